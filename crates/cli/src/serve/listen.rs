//! The accept loop: one port for https, and for the plain requests that deserve an answer.
//!
//! The first byte of a connection tells TLS from plain text. Plain requests get the way to https ([`super::plain`]), unless a trusted proxy that
//! speaks https to the browser sends them.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use guard::client::TrustedProxies;
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

use super::layer::Front;
use super::plain;

/// Connections at a time; more wait in the kernel's queue.
const CONNECTIONS: usize = 8_192;
/// Of these, what one address may hold (of IPv6 one /64); a trusted proxy speaks for many and holds what it needs.
const CONNECTIONS_OF_ONE: usize = 1_024;
/// How long a client may take for its first byte, its handshake, and the head of each request.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a connection may stay without a request; nothing may be under way then.
const IDLE: Duration = Duration::from_mins(3);

/// What every connection needs.
struct Common {
    tls: TlsAcceptor,
    front: Arc<Front>,
    shares: Arc<Shares>,
    http: auto::Builder<TokioExecutor>,
}

/// Who holds how many connections.
#[derive(Default)]
struct Shares {
    proxies: TrustedProxies,
    held: Mutex<HashMap<IpAddr, usize>>,
}

/// A share of the places, given back when it is dropped.
struct Share {
    shares: Arc<Shares>,
    of: Option<IpAddr>,
}

impl Share {
    /// None when the address holds all it may.
    fn take(shares: &Arc<Shares>, peer: IpAddr) -> Option<Self> {
        if shares.proxies.contains(peer) {
            return Some(Self { shares: Arc::clone(shares), of: None });
        }
        let peer = peer.to_canonical();
        let of = match peer {
            IpAddr::V4(_) => peer,
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        };
        let mut held = shares.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(of).or_default();
        if *count >= CONNECTIONS_OF_ONE {
            return None;
        }
        *count += 1;
        Some(Self { shares: Arc::clone(shares), of: Some(of) })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some(of) = self.of else { return };
        let mut held = self.shares.held.lock().unwrap_or_else(PoisonError::into_inner);
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
    /// What answers.
    pub(super) front: Front,
    /// Proxies that are believed.
    pub(super) proxies: Vec<IpNet>,
}

/// Accepts until `stop`, then waits for the requests in flight.
pub(super) async fn run(listener: TcpListener, service: Service, mut stop: watch::Receiver<bool>) {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(64 * 1024);
    http.http2().timer(TokioTimer::new()).max_concurrent_streams(200).keep_alive_interval(Duration::from_secs(30));
    let Service { tls, front, proxies } = service;
    let shares = Arc::new(Shares { proxies: TrustedProxies::new(proxies), held: Mutex::default() });
    let common = Arc::new(Common { tls, front: Arc::new(front), shares, http });
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
                let Some(share) = Share::take(&common.shares, peer.ip()) else {
                    tracing::debug!(%peer, "the address holds too many connections: this one is closed");
                    continue;
                };
                let (common, watcher) = (Arc::clone(&common), graceful.watcher());
                tokio::spawn(async move {
                    connection(&common, stream, peer, watcher).await;
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

async fn connection(common: &Common, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
    // Small answers should leave at once; a socket that refuses the option still works.
    let _kept = stream.set_nodelay(true);
    let mut first = [0];
    match tokio::time::timeout(PATIENCE, stream.peek(&mut first)).await {
        Ok(Ok(1)) => {}
        _ => return,
    }
    if first == [0x16] {
        match tokio::time::timeout(PATIENCE, common.tls.accept(stream)).await {
            Ok(Ok(stream)) => exchange(common, stream, peer, watcher, true).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "no tls handshake"),
            Err(_) => tracing::debug!(%peer, "the tls handshake took too long"),
        }
    } else {
        exchange(common, stream, peer, watcher, false).await;
    }
}

async fn exchange<S>(common: &Common, stream: S, peer: SocketAddr, watcher: Watcher, encrypted: bool)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let from_proxy = common.shares.proxies.contains(peer.ip());
    let front = Arc::clone(&common.front);
    let work = Arc::new(Work::default());
    let seen = Arc::clone(&work);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let front = Arc::clone(&front);
        let under_way = Work::begin(&seen);
        async move {
            let _under_way = under_way;
            let scheme = if from_proxy { plain::scheme_at_proxy(request.headers()) } else { None };
            if scheme.unwrap_or(encrypted) {
                return Ok::<_, Infallible>(front.answer(request.map(Body::new)).await);
            }
            Ok(plain::answer(&request, front.hosts()))
        }
    });
    let connection = common.http.serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        ended = watcher.watch(connection) => {
            if let Err(error) = ended {
                tracing::debug!(%peer, %error, "the connection ended early");
            }
        }
        () = work.rest() => tracing::debug!(%peer, "the connection is closed: no request for long"),
    }
}

/// The requests of one connection. HTTP/1 ends an idle connection by itself; with HTTP/2 whoever answers pings could stay for ever.
#[derive(Default)]
struct Work {
    begun: AtomicU64,
    ended: AtomicU64,
}

/// A request that is being answered, until it is dropped.
struct UnderWay(Arc<Work>);

impl Work {
    fn begin(work: &Arc<Self>) -> UnderWay {
        work.begun.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(work))
    }

    /// Returns when no first request came within [`PATIENCE`], or when [`IDLE`] has passed without any, begun or under way.
    async fn rest(&self) {
        tokio::time::sleep(PATIENCE).await;
        let mut before = 0;
        while !self.rested_since(before) {
            before = self.begun();
            tokio::time::sleep(IDLE).await;
        }
    }

    fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    /// Whether nothing was begun since `before` had been begun, and nothing is under way.
    fn rested_since(&self, before: u64) -> bool {
        self.begun() == before && self.ended.load(Ordering::Relaxed) == before
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_rests_only_without_requests() {
        let work = Arc::new(Work::default());
        assert!(work.rested_since(work.begun()), "none ever");
        let before = work.begun();
        let long = Work::begin(&work);
        assert!(!work.rested_since(before), "one was begun");
        assert!(!work.rested_since(work.begun()), "one is under way");
        drop(long);
        assert!(!work.rested_since(before));
        assert!(work.rested_since(work.begun()));
    }

    #[test]
    fn one_address_holds_its_share_and_no_more() {
        let shares = |proxies: Vec<IpNet>| Arc::new(Shares { proxies: TrustedProxies::new(proxies), held: Mutex::default() });
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let take = |shares: &Arc<Shares>, from: &str, count: usize| -> Vec<Option<Share>> {
            (0..count).map(|_| Share::take(shares, address(from))).collect()
        };
        let open = shares(Vec::new());
        let mut mine = take(&open, "192.0.2.1", CONNECTIONS_OF_ONE);
        assert!(mine.iter().all(Option::is_some));
        assert!(Share::take(&open, address("192.0.2.1")).is_none());
        assert!(Share::take(&open, address("::ffff:192.0.2.1")).is_none(), "the same address in IPv6 spelling");
        assert!(Share::take(&open, address("192.0.2.2")).is_some());
        mine.pop();
        assert!(Share::take(&open, address("192.0.2.1")).is_some(), "a place was given back");
        drop(mine);
        assert!(open.held.lock().unwrap().is_empty());

        let six = take(&open, "2001:db8::1", CONNECTIONS_OF_ONE);
        assert!(Share::take(&open, address("2001:db8::ffff:2")).is_none(), "one /64 is one client");
        assert!(Share::take(&open, address("2001:db8:0:1::1")).is_some());
        drop(six);

        let behind = shares(vec!["192.0.2.1/32".parse().unwrap()]);
        assert!(take(&behind, "192.0.2.1", CONNECTIONS_OF_ONE + 1).iter().all(Option::is_some), "a trusted proxy speaks for many");
    }
}
