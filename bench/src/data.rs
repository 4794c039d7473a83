//! The data set: networks, subnets and addresses with host names, as numbers, as CSV, and as what is still free.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

/// Hosts of a /24, without network and broadcast address.
const HOSTS: u32 = 254;
/// Rows of one CSV file; the importer takes at most 200,000.
const ROWS: u32 = 100_000;
const CITIES: [&str; 5] = ["oslo", "graz", "lyon", "bern", "turin"];

/// How much there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// Number of /24.
    pub(crate) subnets: u32,
    /// How many of them lie in one /16.
    per_block: u32,
    /// Addresses in each.
    per_subnet: u32,
    /// Prefixes that are not part of the set and in which clients can race.
    pub(crate) races: [&'static str; 2],
}

impl Size {
    /// 10.0.0.0/8, 4 × /16, 1,000 × /24, 100,000 addresses.
    pub(crate) const STANDARD: Self = Self { subnets: 1_000, per_block: 250, per_subnet: 100, races: ["10.64.0.0/12", "10.80.0.0/12"] };
    /// 100,000 × /24 below two /8, 2,000,000 addresses.
    pub(crate) const LARGE: Self = Self { subnets: 100_000, per_block: 256, per_subnet: 20, races: ["11.160.0.0/12", "11.176.0.0/12"] };

    /// Number of addresses.
    pub(crate) const fn addresses(self) -> u32 {
        self.subnets * self.per_subnet
    }

    /// The network of the /24 number `n`.
    fn network(self, n: u32) -> u32 {
        (10 << 24) + ((n / self.per_block) << 16) + ((n % self.per_block) << 8)
    }

    /// Address number `n` of the set.
    pub(crate) fn address(self, n: u32) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.network(n / self.per_subnet) + n % self.per_subnet + 1)
    }

    /// Address number `n` of those that the set leaves free: first in the /24, one in each by turns, then in the upper half of the first /8.
    pub(crate) fn free_address(self, n: u32) -> Ipv4Addr {
        let inside = self.subnets * (HOSTS - self.per_subnet);
        if n < inside {
            return Ipv4Addr::from_bits(self.network(n % self.subnets) + self.per_subnet + 1 + n / self.subnets);
        }
        Ipv4Addr::from_bits((10 << 24) + (1 << 23) + (n - inside))
    }

    /// All prefixes as CSV.
    pub(crate) fn subnet_file(self) -> String {
        let mut text = "cidr,name,description\n".to_owned();
        let blocks = self.subnets.div_ceil(self.per_block);
        for n in 0..blocks.div_ceil(256) {
            line(&mut text, format_args!("{}.0.0.0/8,network {n},", 10 + n));
        }
        for n in 0..blocks {
            line(&mut text, format_args!("{}/16,block {n},", Ipv4Addr::from_bits((10 << 24) + (n << 16))));
        }
        for n in 0..self.subnets {
            line(&mut text, format_args!("{}/24,segment {n},rack {} in {}", Ipv4Addr::from_bits(self.network(n)), n % 40, city(n)));
        }
        text
    }

    /// The addresses as CSV, in as many files as are needed.
    pub(crate) fn address_files(self) -> impl Iterator<Item = String> {
        (0..self.addresses().div_ceil(ROWS)).map(move |file| self.address_file(file * ROWS, ((file + 1) * ROWS).min(self.addresses())))
    }

    /// The addresses `from..to` as CSV.
    pub(crate) fn address_file(self, from: u32, to: u32) -> String {
        let mut text = "address,status,dns_name,description\n".to_owned();
        for n in from..to {
            line(&mut text, format_args!("{}/24,active,{},", self.address(n), host_name(n)));
        }
        text
    }
}

/// The name of host number `n`; its six digits stand nowhere else.
pub(crate) fn host_name(n: u32) -> String {
    format!("srv-{n:06}.r{:02}.{}.example.net", n % 40, city(n))
}

/// A part of the name of host `n` and of about ten others.
pub(crate) fn name_part(n: u32) -> String {
    format!("{:05}", n / 10)
}

fn city(n: u32) -> &'static str {
    CITIES.get(n as usize % CITIES.len()).copied().unwrap_or_default()
}

fn line(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = text.write_fmt(what);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Size, host_name, name_part};

    #[test]
    fn the_set_is_as_large_as_it_says() {
        let size = Size::STANDARD;
        let text = size.subnet_file();
        assert_eq!(text.lines().count(), 1 + 1 + 4 + 1_000);
        assert!(text.contains("\n10.0.0.0/8,") && text.contains("\n10.3.0.0/16,") && text.contains("\n10.3.249.0/24,"), "{text}");
        assert_eq!(size.address_files().map(|file| file.lines().count() - 1).sum::<usize>(), 100_000);
        assert_eq!(Size::LARGE.addresses(), 2_000_000);
        assert_eq!(Size::LARGE.address(1_999_999).to_string(), "11.134.159.20");
    }

    #[test]
    fn free_addresses_are_free_and_new() {
        let size = Size::STANDARD;
        let mut seen: HashSet<_> = (0..size.addresses()).map(|n| size.address(n)).collect();
        assert!((0..200_000).all(|n| seen.insert(size.free_address(n))));
    }

    #[test]
    fn a_part_of_a_name_finds_about_ten() {
        let part = name_part(43_210);
        assert!(host_name(43_217).contains(&part));
        assert!((9..15).contains(&(0..100_000).filter(|n| host_name(*n).contains(&part)).count()));
    }
}
