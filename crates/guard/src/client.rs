//! Who is at the other end. The peer, unless the peer is a proxy we were told to trust: then the rightmost hop of `X-Forwarded-For`
//! that is not itself trusted. Everything to the left of that hop was written by the client and is not looked at.
//!
//! IPv4-mapped IPv6 becomes IPv4 before anything is compared, or the same client would have two addresses and a trusted network two
//! spellings.

use ipnet::{IpNet, Ipv4Net};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The networks whose forwarded headers count (`proxy_trust_cidrs`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// These networks, given as IPv4 or IPv6; networks inside `::ffff:0:0/96` are the IPv4 networks they stand for.
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks.into_iter().map(unmapped).collect())
    }

    /// Whether `address` is one of our proxies.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// A network inside `::ffff:0:0/96` as the IPv4 network it stands for: clients are compared in that form.
pub(crate) fn unmapped(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    let v4 = v6.addr().to_ipv4_mapped().zip(v6.prefix_len().checked_sub(96));
    v4.and_then(|(address, length)| Ipv4Net::new(address, length).ok()).map_or(network, IpNet::V4)
}

/// A trusted proxy sent a hop that is no address. To be answered with 400: skipping it would let the client choose who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadForwarded;

impl fmt::Display for BadForwarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the proxy sent an X-Forwarded-For header with a hop that is no IP address")
    }
}

impl std::error::Error for BadForwarded {}

/// The client's address. `forwarded_for` are the lines of `X-Forwarded-For` in the order received; they are ignored unless `peer` is
/// trusted. If every hop is trusted, the outermost one is the client.
pub fn resolve(peer: IpAddr, forwarded_for: &[&str], trusted: &TrustedProxies) -> Result<IpAddr, BadForwarded> {
    let mut client = peer.to_canonical();
    for hop in forwarded_for.iter().flat_map(|line| line.split(',')).rev() {
        if !trusted.contains(client) {
            break;
        }
        client = parse(hop.trim()).ok_or(BadForwarded)?;
    }
    Ok(client)
}

/// An address as proxies write it: bare, with brackets, or with a port.
fn parse(hop: &str) -> Option<IpAddr> {
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    let with_port = || match hop.parse::<SocketAddr>().ok()? {
        SocketAddr::V6(address) if address.scope_id() != 0 => None,
        address => Some(address.ip()),
    };
    hop.parse::<IpAddr>().ok().or_else(bracketed).or_else(with_port).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn proxies() -> TrustedProxies {
        TrustedProxies::new(["10.0.0.0/8", "::ffff:192.0.2.0/120", "fd00::/8"].map(|network| network.parse().unwrap()).to_vec())
    }

    #[test]
    fn a_stranger_cannot_say_who_he_is() {
        assert_eq!(resolve(ip("203.0.113.9"), &["1.2.3.4"], &proxies()), Ok(ip("203.0.113.9")));
        assert_eq!(resolve(ip("203.0.113.9"), &["garbage"], &proxies()), Ok(ip("203.0.113.9")));
        assert_eq!(resolve(ip("10.0.0.1"), &["1.2.3.4"], &TrustedProxies::default()), Ok(ip("10.0.0.1")));
    }

    #[test]
    fn the_rightmost_hop_that_is_no_proxy() {
        for (lines, client) in [
            (&["203.0.113.9"][..], "203.0.113.9"),
            (&["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            (&["1.1.1.1, 203.0.113.9 , 10.3.4.5"], "203.0.113.9"),
            (&["1.1.1.1", "203.0.113.9, 10.3.4.5", "192.0.2.7"], "203.0.113.9"),
            (&["garbage, 203.0.113.9"], "203.0.113.9"),
            (&["10.9.9.9, 10.3.4.5"], "10.9.9.9"),
            (&["::ffff:203.0.113.9"], "203.0.113.9"),
            (&["203.0.113.9:4711"], "203.0.113.9"),
            (&["[2001:db8::9]"], "2001:db8::9"),
            (&["[2001:db8::9]:4711, fd00::1"], "2001:db8::9"),
            (&[], "10.0.0.1"),
        ] {
            assert_eq!(resolve(ip("10.0.0.1"), lines, &proxies()), Ok(ip(client)), "{lines:?}");
        }
    }

    #[test]
    fn mapped_peers_are_ipv4_first() {
        assert_eq!(resolve(ip("::ffff:10.0.0.1"), &["203.0.113.9"], &proxies()), Ok(ip("203.0.113.9")));
        assert_eq!(resolve(ip("::ffff:203.0.113.9"), &["1.1.1.1"], &proxies()), Ok(ip("203.0.113.9")));
        assert!(proxies().contains(ip("192.0.2.200")));
    }

    #[test]
    fn a_bad_hop_from_a_proxy_is_refused() {
        for line in ["", "garbage", "203.0.113.9, ", "unknown", "203.0.113.09", "fe80::1%eth0", "203.0.113.9 10.0.0.2", "1.2.3", "_hidden"]
        {
            assert_eq!(resolve(ip("10.0.0.1"), &[line], &proxies()), Err(BadForwarded), "{line:?}");
        }
        assert_eq!(resolve(ip("10.0.0.1"), &["203.0.113.9, oops, 10.0.0.2"], &proxies()), Err(BadForwarded));
    }

    proptest! {
        /// Whatever a client prepends, the hop that our proxy appended decides.
        #[test]
        fn forged_hops_change_nothing(forged in "[ -~]{0,40}", client in any::<u32>()) {
            let client = IpAddr::from(client.to_be_bytes());
            prop_assume!(!proxies().contains(client));
            let line = format!("{forged}, {client}");
            prop_assert_eq!(resolve(ip("10.0.0.1"), &[&forged, &line], &proxies()), Ok(client));
        }
    }
}
