//! The accept loop: one port for https, and for the plain requests that deserve an answer.
//!
//! The first byte of a connection tells TLS from plain text. Plain requests get the way to https ([`super::plain`]), unless a trusted proxy that
//! speaks https to the browser sends them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::plain;

/// Connections at a time; more wait in the kernel's queue.
const CONNECTIONS: usize = 8_192;
/// How long a client may take for its first byte, its handshake, and the head of each request.
const PATIENCE: Duration = Duration::from_secs(10);

/// What every connection needs.
struct Shared {
    tls: TlsAcceptor,
    router: Router,
    proxies: Vec<IpNet>,
    http: auto::Builder<TokioExecutor>,
}

/// Accepts until `stop`, then waits for the requests in flight.
pub(super) async fn run(listener: TcpListener, tls: TlsAcceptor, router: Router, proxies: Vec<IpNet>, mut stop: watch::Receiver<bool>) {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(64 * 1024);
    http.http2().timer(TokioTimer::new()).max_concurrent_streams(200).keep_alive_interval(Duration::from_secs(30));
    let shared = Arc::new(Shared { tls, router, proxies, http });
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (shared, watcher) = (Arc::clone(&shared), graceful.watcher());
                tokio::spawn(async move {
                    connection(&shared, stream, peer, watcher).await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file handles, mostly: pause instead of spinning.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    graceful.shutdown().await;
}

async fn connection(shared: &Shared, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
    // Small answers should leave at once; a socket that refuses the option still works.
    let _kept = stream.set_nodelay(true);
    let mut first = [0];
    match tokio::time::timeout(PATIENCE, stream.peek(&mut first)).await {
        Ok(Ok(1)) => {}
        _ => return,
    }
    if first == [0x16] {
        match tokio::time::timeout(PATIENCE, shared.tls.accept(stream)).await {
            Ok(Ok(stream)) => exchange(shared, stream, peer, watcher, true).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "no tls handshake"),
            Err(_) => tracing::debug!(%peer, "the tls handshake took too long"),
        }
    } else {
        exchange(shared, stream, peer, watcher, false).await;
    }
}

async fn exchange<S>(shared: &Shared, stream: S, peer: SocketAddr, watcher: Watcher, encrypted: bool)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let from_proxy = shared.proxies.iter().any(|network| network.contains(&peer.ip().to_canonical()));
    let router = shared.router.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move {
            if encrypted || (from_proxy && plain::is_https_at_proxy(request.headers())) {
                return router.oneshot(request.map(Body::new)).await;
            }
            Ok(plain::answer(&request))
        }
    });
    let connection = shared.http.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%peer, %error, "the connection ended early");
    }
}
