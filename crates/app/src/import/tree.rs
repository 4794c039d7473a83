//! Finding what contains a prefix in a sorted map.

use std::collections::BTreeMap;

use plan::Prefix;
use ringfence_plan as plan;

/// The longest prefix in `known` that contains `inner` or is it.
///
/// In tree order everything between a container and what it contains lies in the container too. So the nearest prefix before `inner` is either the
/// answer, or the answer contains both and is not longer than what the two share: look again from there.
pub(super) fn tightest<T>(known: &BTreeMap<Prefix, T>, inner: Prefix) -> Option<(Prefix, &T)> {
    let mut from = inner;
    loop {
        let (before, value) = known.range(..=from).next_back()?;
        if before.contains(&inner) {
            return Some((*before, value));
        }
        from = before.common(&from)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tightest_is_what_trying_every_length_finds() {
        let texts = [
            "0.0.0.0/0",
            "10.0.0.0/8",
            "10.0.0.0/24",
            "10.0.0.128/25",
            "10.0.2.0/24",
            "10.128.0.0/9",
            "10.200.0.0/32",
            "::/0",
            "fe80::/10",
        ];
        let all: Vec<Prefix> = texts.iter().map(|text| Prefix::parse(text).unwrap()).collect();
        let probes = [
            "10.0.0.1/32",
            "10.0.0.200/32",
            "10.0.1.0/24",
            "10.0.3.3/32",
            "10.255.0.0/16",
            "11.0.0.0/8",
            "9.9.9.9/32",
            "fe80::1/128",
            "2001::/16",
        ];
        for skip in 0..=all.len() {
            let known: BTreeMap<Prefix, usize> = all.iter().enumerate().filter(|(i, _)| *i != skip).map(|(i, p)| (*p, i)).collect();
            for probe in all.iter().copied().chain(probes.iter().map(|text| Prefix::parse(text).unwrap())) {
                let naive = known.keys().filter(|p| p.contains(&probe)).max_by_key(|p| p.length()).copied();
                assert_eq!(tightest(&known, probe).map(|(p, _)| p), naive, "{probe} without {:?}", all.get(skip));
            }
        }
    }
}
