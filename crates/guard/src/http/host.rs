//! Which names we answer to. A browser that was made to believe that a foreign name is our address (DNS rebinding) sends that name in
//! `Host`; it gets 421 and nothing else. Links in mails are built from the same names, so a forged one would end there too.

use http::header::HOST;
use http::{HeaderMap, Uri};
use std::fmt;
use std::net::IpAddr;

/// The names and addresses we answer to. Ports do not count: a forwarded port is no other site's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    names: Vec<String>,
    literals: bool,
}

impl Hosts {
    /// These names or addresses, with or without a port. With `literals` every literal IP address counts as well, for listening on all
    /// addresses: rebinding needs a name, so an address in `Host` is harmless.
    #[must_use]
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>, literals: bool) -> Self {
        Self { names: names.into_iter().filter_map(canonical).collect(), literals }
    }

    /// Whether `host`, as sent, is one of ours.
    #[must_use]
    pub fn allows(&self, host: &str) -> bool {
        canonical(host).is_some_and(|name| self.names.contains(&name) || (self.literals && name.parse::<IpAddr>().is_ok()))
    }
}

/// The host without port, brackets, trailing dot and capitals; addresses in their shortest form. None if it is no host.
fn canonical(host: &str) -> Option<String> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(name, after)| (name, after.strip_prefix(':').or((after.is_empty()).then_some("0"))))?,
        None if host.parse::<IpAddr>().is_ok() => (host, Some("0")),
        None => host.split_once(':').map_or((host, Some("0")), |(name, port)| (name, Some(port))),
    };
    let port_fits = port.is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    if let Ok(address) = name.parse::<IpAddr>() {
        return port_fits.then(|| address.to_canonical().to_string());
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    let name_fits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    (port_fits && name_fits && !host.starts_with('[')).then(|| name.to_ascii_lowercase())
}

/// The name sent is none of ours, or there is none. To be answered with 421.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misdirected;

impl fmt::Display for Misdirected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this name is not one Ringfence answers to; set public_url in ringfence.toml to the address people use")
    }
}

impl std::error::Error for Misdirected {}

/// The host the client asked for: the authority of the target (HTTP/2, absolute form), else the one `Host` header. None if there is
/// none, or several, or if both stand there and differ.
#[must_use]
pub fn requested<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let mut values = headers.get_all(HOST).iter();
    let header = match (values.next(), values.next()) {
        (_, Some(_)) => return None,
        (Some(value), None) => Some(value.to_str().ok()?),
        (None, None) => None,
    };
    match (uri.authority().map(http::uri::Authority::as_str), header) {
        (Some(authority), Some(header)) => authority.eq_ignore_ascii_case(header).then_some(authority),
        (authority, header) => authority.or(header),
    }
}

/// The decision for a request; the host as sent, if it is one of ours.
pub fn check<'a>(uri: &'a Uri, headers: &'a HeaderMap, hosts: &Hosts) -> Result<&'a str, Misdirected> {
    requested(uri, headers).filter(|host| hosts.allows(host)).ok_or(Misdirected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_with_any_port_and_spelling() {
        let hosts = Hosts::new(["localhost", "IPAM.example.org:8443", "192.0.2.5", "[2001:db8::5]:8443"], false);
        for host in
            ["localhost", "localhost:1", "LOCALHOST.", "ipam.example.org:443", "192.0.2.5:8443", "[2001:db8:0::5]", "[2001:db8::5]:1"]
        {
            assert!(hosts.allows(host), "{host}");
        }
        for host in [
            "",
            ":8443",
            "evil.example",
            "localhost.evil.example",
            "evil.localhost",
            "localhost:",
            "localhost:x",
            "localhost@evil.example",
            "192.0.2.6",
            "[2001:db8::6]",
            "[localhost]",
            "[::1",
            "localhost:1:2",
            "localhost..",
            "localhost/",
        ] {
            assert!(!hosts.allows(host), "{host}");
        }
    }

    #[test]
    fn listening_everywhere_allows_addresses_but_no_names() {
        let hosts = Hosts::new(["localhost"], true);
        for host in ["203.0.113.9:8443", "[2001:db8::9]:8443", "[::ffff:203.0.113.9]"] {
            assert!(hosts.allows(host), "{host}");
        }
        for host in ["evil.example", "203.0.113.9.evil.example", "3405803785x"] {
            assert!(!hosts.allows(host), "{host}");
        }
    }

    #[test]
    fn two_hosts_are_none() {
        let uri: Uri = "https://localhost/".parse().unwrap();
        let mut headers = HeaderMap::new();
        assert_eq!(requested(&uri, &headers), Some("localhost"));
        headers.append(HOST, "LOCALHOST".parse().unwrap());
        assert_eq!(requested(&uri, &headers), Some("localhost"));
        assert_eq!(requested(&"/".parse().unwrap(), &headers), Some("LOCALHOST"));
        headers.append(HOST, "localhost".parse().unwrap());
        assert_eq!(requested(&"/".parse().unwrap(), &headers), None);
        let foreign = HeaderMap::from_iter([(HOST, "evil.example".parse().unwrap())]);
        assert_eq!(requested(&uri, &foreign), None);
        assert_eq!(requested(&"/".parse().unwrap(), &HeaderMap::new()), None);
    }

    proptest! {
        #[test]
        fn nothing_but_the_name_is_the_name(host in "[ -~]{0,30}") {
            let hosts = Hosts::new(["localhost"], false);
            let name = host.split(':').next().unwrap().to_ascii_lowercase();
            prop_assert!(!hosts.allows(&host) || name == "localhost" || name == "localhost.");
        }
    }
}
