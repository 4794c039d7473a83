//! The same HTTP stack with nothing behind it: what no handler can exceed on this machine.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use crate::client::Target;
use crate::{Fallible, cores};

/// A running server that answers `/healthz` with a constant; it ends with its value.
pub(crate) struct Bare {
    /// How to reach it.
    pub(crate) target: Target,
    _runtime: Runtime,
}

impl Bare {
    /// Starts it on a free port, with a certificate and key as PEM files.
    pub(crate) fn start(certificate: &Path, key: &Path) -> Fallible<Self> {
        let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?.with_no_client_auth();
        let tls = TlsAcceptor::from(Arc::new(tls.with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(cores()).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let target = Target::new(listener.local_addr()?.port(), certificate)?;
        runtime.spawn(accept(listener, tls));
        Ok(Self { target, _runtime: runtime })
    }
}

async fn accept(listener: TcpListener, tls: TlsAcceptor) {
    let router = Router::new().route("/healthz", get(async || "ok\n"));
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, service) = (tls.clone(), TowerToHyperService::new(router.clone()));
        tokio::spawn(async move {
            // A client that leaves is the load tool at its end.
            let _left = stream.set_nodelay(true);
            if let Ok(stream) = tls.accept(stream).await {
                let _left = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            }
        });
    }
}
