//! The accept loop: one port for https, and for the plain requests that deserve an answer.
//!
//! The first byte of a connection tells TLS from plain text. Plain requests get the way to https ([`super::plain`]), unless a trusted proxy that
//! speaks https to the browser sends them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use guard::http::host::Hosts;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use ipnet::IpNet;
use ringfence_guard as guard;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::plain;

/// Connections at a time; more wait in the kernel's queue.
const CONNECTIONS: usize = 8_192;
/// Of these, what one address may hold (of IPv6 one /64); a trusted proxy speaks for many and holds what it needs.
const CONNECTIONS_OF_ONE: usize = 1_024;
/// How long a client may take for its first byte, its handshake, and the head of each request.
const PATIENCE: Duration = Duration::from_secs(10);

/// What every connection needs.
struct Shared {
    tls: TlsAcceptor,
    router: Router,
    proxies: Vec<IpNet>,
    hosts: Arc<Hosts>,
    held: Mutex<HashMap<IpAddr, usize>>,
    http: auto::Builder<TokioExecutor>,
}

/// A share of the places, given back when it is dropped.
struct Share {
    shared: Arc<Shared>,
    of: Option<IpAddr>,
}

impl Share {
    /// None when the address holds all it may.
    fn take(shared: &Arc<Shared>, peer: IpAddr) -> Option<Self> {
        let peer = peer.to_canonical();
        if shared.proxies.iter().any(|network| network.contains(&peer)) {
            return Some(Self { shared: Arc::clone(shared), of: None });
        }
        let of = match peer {
            IpAddr::V4(_) => peer,
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        };
        let mut held = shared.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(of).or_default();
        if *count >= CONNECTIONS_OF_ONE {
            return None;
        }
        *count += 1;
        Some(Self { shared: Arc::clone(shared), of: Some(of) })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some(of) = self.of else { return };
        let mut held = self.shared.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&of) {
            *count -= 1;
            if *count == 0 {
                held.remove(&of);
            }
        }
    }
}

/// What [`run`] serves, and to whom.
pub(super) struct Service {
    /// Certificate and protocols.
    pub(super) tls: TlsAcceptor,
    /// Every route with its layers.
    pub(super) router: Router,
    /// Proxies that are believed.
    pub(super) proxies: Vec<IpNet>,
    /// Names that are ours.
    pub(super) hosts: Arc<Hosts>,
}

/// Accepts until `stop`, then waits for the requests in flight.
pub(super) async fn run(listener: TcpListener, service: Service, mut stop: watch::Receiver<bool>) {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(64 * 1024);
    http.http2().timer(TokioTimer::new()).max_concurrent_streams(200).keep_alive_interval(Duration::from_secs(30));
    let Service { tls, router, proxies, hosts } = service;
    let shared = Arc::new(Shared { tls, router, proxies, hosts, held: Mutex::default(), http });
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
                let Some(share) = Share::take(&shared, peer.ip()) else {
                    tracing::debug!(%peer, "the address holds too many connections: this one is closed");
                    continue;
                };
                let watcher = graceful.watcher();
                tokio::spawn(async move {
                    connection(&share.shared, stream, peer, watcher).await;
                    drop((place, share));
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
    let (router, hosts) = (shared.router.clone(), Arc::clone(&shared.hosts));
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let (router, hosts) = (router.clone(), Arc::clone(&hosts));
        async move {
            if encrypted || (from_proxy && plain::is_https_at_proxy(request.headers())) {
                return router.oneshot(request.map(Body::new)).await;
            }
            Ok(plain::answer(&request, &hosts))
        }
    });
    let connection = shared.http.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%peer, %error, "the connection ended early");
    }
}
