//! The parameters of the fence, with the names of the document they come from (`fence.` before each).

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use super::level::Level;
use crate::client::unmapped;

/// Every parameter but the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `enabled`: without it no rule is asked.
    pub enabled: bool,
    /// `trusted_ip_list`
    pub trusted: Networks,
    /// `malicious_ip_list`
    pub malicious: Networks,
    /// Both `recaptcha_public_key` and `recaptcha_private_key` are set.
    pub recaptcha_ready: bool,
    /// `recaptcha_minimum_score`
    pub recaptcha_minimum: Level,
    /// `slowdown_initial_duration` (microseconds in the document)
    pub slowdown_initial: Duration,
    /// `slowdown_duration_incrementation`
    pub slowdown_step: Duration,
    /// `slowdown_duration_max`
    pub slowdown_max: Duration,
    /// `login_always_invalid_duration`
    pub invalid_for: Duration,
    /// `no_answer_duration`
    pub silent_for: Duration,
    /// `no_answer_http_response_code`
    pub silent_status: u16,
    /// `no_answer_message`: what a stopped attempt reads, by language; empty: nothing.
    pub silent_message: BTreeMap<String, String>,
    /// `max_try_without_security`: the `min_level` of a `login_failed` rule that names no bound.
    pub free_tries: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            trusted: Networks::default(),
            malicious: Networks::default(),
            recaptcha_ready: false,
            recaptcha_minimum: Level::thousandths(400),
            slowdown_initial: Duration::from_millis(500),
            slowdown_step: Duration::from_millis(500),
            slowdown_max: Duration::from_secs(5),
            invalid_for: Duration::from_mins(15),
            silent_for: Duration::from_mins(15),
            silent_status: 429,
            silent_message: BTreeMap::new(),
            free_tries: 3,
        }
    }
}

/// A list of addresses and networks of both families.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Most entries of a list: it is meant for a quick answer to an attack, not as a firewall.
    pub const MOST: usize = 1_000;

    /// Reads entries separated by white space or commas: an address, an address with a prefix length or a mask
    /// (`192.0.2.0/255.255.255.0`), both families. Host bits may be set, as in an address with its network's mask.
    pub fn parse(text: &str) -> Result<Self, BadNetwork> {
        let words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
        let networks = words.map(network).collect::<Result<Vec<_>, _>>()?;
        if networks.len() > Self::MOST { Err(BadNetwork::TooMany) } else { Ok(Self(networks)) }
    }

    /// Whether the list is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the address lies in one of the networks.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The list in its one spelling, an entry a line.
impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, network) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n" };
            let host = network.prefix_len() == network.max_prefix_len();
            if host { write!(f, "{gap}{}", network.addr())? } else { write!(f, "{gap}{network}")? }
        }
        Ok(())
    }
}

/// Why a list is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadNetwork {
    /// An entry that is neither.
    Entry(String),
    /// More than [`Networks::MOST`].
    TooMany,
}

impl fmt::Display for BadNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(word) => write!(f, "{word:?} is neither an address nor a network such as 192.0.2.0/24"),
            Self::TooMany => write!(f, "at most {} entries: a firewall does more, and faster", Networks::MOST),
        }
    }
}

impl std::error::Error for BadNetwork {}

fn network(word: &str) -> Result<IpNet, BadNetwork> {
    let bad = || BadNetwork::Entry(word.chars().take(60).collect());
    let parsed = match word.split_once('/') {
        None => word.parse::<IpAddr>().map(IpNet::from).map_err(|_| bad())?,
        Some((address, mask)) => match mask.parse::<IpAddr>() {
            Ok(mask) => IpNet::with_netmask(address.parse().map_err(|_| bad())?, mask).map_err(|_| bad())?,
            Err(_) => word.parse::<IpNet>().map_err(|_| bad())?,
        },
    };
    Ok(unmapped(parsed).trunc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Networks {
        Networks::parse(text).unwrap()
    }

    #[test]
    fn addresses_masks_and_prefixes_of_both_families() {
        let networks = list("::1, 127.0.0.1\n192.168.55.9/24 10.0.0.0/255.0.0.0 ::ffff:203.0.113.0/120 2001:db8::/32");
        for inside in ["::1", "127.0.0.1", "192.168.55.7", "10.255.0.1", "203.0.113.200", "::ffff:192.168.55.7", "2001:db8:1::1"] {
            assert!(networks.contains(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["::2", "127.0.0.2", "192.168.56.1", "11.0.0.1", "2001:db9::1"] {
            assert!(!networks.contains(outside.parse().unwrap()), "{outside}");
        }
        assert_eq!(list(&networks.to_string()), networks);
        assert_eq!(list("10.0.0.7/8").to_string(), "10.0.0.0/8");
        assert!(list("  ").is_empty());
    }

    #[test]
    fn what_is_no_network_is_named() {
        for bad in ["10.0.0.0/33", "10.0.0.256", "example.org", "10.0.0.0/0.255.0.0", "10.0.0.0/", "/8", "1.2.3.4/::1"] {
            assert_eq!(Networks::parse(bad), Err(BadNetwork::Entry(bad.to_owned())));
        }
        let many = "10.0.0.1 ".repeat(1_001);
        assert_eq!(Networks::parse(&many), Err(BadNetwork::TooMany));
    }
}
