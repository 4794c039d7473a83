//! One box: an address, a prefix, the beginning of an address, a part of a name, a MAC, a VLAN number.

use guard::permission::Permission;
use plan::{Address, Prefix, Span};
use ringfence_guard as guard;
use ringfence_plan as plan;
use ringfence_store as store;
use serde::{Deserialize, Serialize};
use store::ReadTx;
use store::repo::{AddressFilter, Page, SubnetFilter, VlanFilter};
use utoipa::ToSchema;

use crate::shape;
use crate::{OpCtx, Query, Refusal};

/// Finds things.
pub struct Search {
    /// What was typed.
    pub q: String,
    /// Rows of each kind at most.
    pub limit: u64,
}

/// What was found, by kind, best first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Found {
    /// Addresses.
    pub addresses: Vec<shape::Address>,
    /// Subnets.
    pub subnets: Vec<shape::Subnet>,
    /// For an address or prefix: the subnets around it, in every routing table that has any.
    pub contained_in: Vec<shape::Path>,
    /// VLANs.
    pub vlans: Vec<shape::Vlan>,
    /// Sites.
    pub sites: Vec<shape::Site>,
    /// VRFs.
    pub vrfs: Vec<shape::Vrf>,
}

impl Query for Search {
    const PERMISSION: Option<Permission> = Some(Permission::SearchRead);
    type Output = Found;

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<Found, Refusal> {
        let typed = self.q.trim();
        if typed.is_empty() {
            return Ok(Found::default());
        }
        if typed.chars().count() > 200 {
            return Err(Refusal::invalid("q", "at most 200 characters"));
        }
        if let Ok(address) = Address::parse(typed) {
            return self.around(rx, Prefix::from(address));
        }
        if let Ok(prefix) = Prefix::parse(typed) {
            return self.around(rx, prefix);
        }
        if let Some(span) = beginning(typed) {
            return self.inside(rx, span);
        }
        self.named(rx, typed)
    }
}

impl Search {
    /// What is recorded at and inside a prefix, and what contains it.
    fn around(&self, rx: &mut ReadTx<'_>, prefix: Prefix) -> Result<Found, Refusal> {
        let mut found = self.inside(rx, prefix.span())?;
        let filter = SubnetFilter { contains: Some(prefix.first()), contains_length: Some(prefix.length()), ..SubnetFilter::default() };
        let mut rows = rx.subnets().list(&filter, &Page::first(1000))?.rows;
        rows.sort_by_key(|s| (s.vrf.id, s.prefix));
        for subnet in rows {
            let subnet = shape::Subnet::from(subnet);
            match found.contained_in.last_mut() {
                Some(path) if path.vrf == subnet.vrf => path.subnets.push(subnet),
                _ => found.contained_in.push(shape::Path { vrf: subnet.vrf.clone(), subnets: vec![subnet] }),
            }
        }
        Ok(found)
    }

    fn inside(&self, rx: &mut ReadTx<'_>, span: Span) -> Result<Found, Refusal> {
        let page = Page::first(self.limit);
        let filter = AddressFilter { within: Some(span), ..AddressFilter::default() };
        let addresses = rx.addresses().list(&filter, &page)?.rows;
        let mut subnets = Vec::new();
        for within in span.prefixes().into_iter().take(4) {
            let filter = SubnetFilter { within: Some(within), ..SubnetFilter::default() };
            subnets.extend(rx.subnets().list(&filter, &Page::first(self.limit))?.rows);
        }
        subnets.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        Ok(Found {
            addresses: addresses.into_iter().map(shape::Address::from).collect(),
            subnets: subnets.into_iter().map(shape::Subnet::from).collect(),
            ..Found::default()
        })
    }

    fn named(&self, rx: &mut ReadTx<'_>, typed: &str) -> Result<Found, Refusal> {
        let page = Page::first(self.limit);
        let by_mac = mac(typed);
        let q = Some(by_mac.clone().unwrap_or_else(|| typed.to_owned()));
        let addresses = rx.addresses().list(&AddressFilter { q: q.clone(), ..AddressFilter::default() }, &page)?.rows;
        let mut found = Found { addresses: addresses.into_iter().map(shape::Address::from).collect(), ..Found::default() };
        if by_mac.is_some() {
            return Ok(found);
        }
        let subnets = rx.subnets().list(&SubnetFilter { q: q.clone(), ..SubnetFilter::default() }, &Page::first(self.limit))?.rows;
        found.subnets = subnets.into_iter().map(shape::Subnet::from).collect();
        let vid = typed.strip_prefix("vlan").unwrap_or(typed).trim().parse().ok();
        let filter = VlanFilter { vid, q: if vid.is_some() { None } else { q.clone() }, site_id: None };
        found.vlans = rx.vlans().list(&filter, &Page::first(self.limit))?.rows.into_iter().map(shape::Vlan::from).collect();
        let small = Page::first(self.limit);
        found.sites = rx.sites().list(q.as_deref(), &small)?.rows.into_iter().map(shape::Site::from).collect();
        found.vrfs = rx.vrfs().list(q.as_deref(), &small)?.rows.into_iter().map(shape::Vrf::from).collect();
        Ok(found)
    }
}

/// A hardware address in any notation as its bare digits.
fn mac(typed: &str) -> Option<String> {
    let separated = typed.contains([':', '-', '.']);
    let bare = store::tables::address::bare_mac(typed);
    let fits = separated && bare.len() >= 6 && bare.len() <= 16 && bare.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then_some(bare)
}

/// `10.1.` and `2001:db8:` as the span of everything that begins with it.
pub(super) fn beginning(typed: &str) -> Option<Span> {
    if let Some(head) = typed.strip_suffix('.') {
        let octets: Vec<&str> = head.split('.').collect();
        if octets.len() > 3 {
            return None;
        }
        let length = u8::try_from(octets.len() * 8).ok()?;
        let full = format!("{head}{}", ".0".repeat(4 - octets.len()));
        return Prefix::containing(Address::parse(&full).ok()?, length).map(Prefix::span);
    }
    let head = typed.strip_suffix(':')?;
    let groups: Vec<&str> = head.split(':').filter(|g| !g.is_empty()).collect();
    if groups.is_empty() || groups.len() > 7 || head.contains("::") {
        return None;
    }
    let length = u8::try_from(groups.len() * 16).ok()?;
    Prefix::containing(Address::parse(&format!("{}::", groups.join(":"))).ok()?, length).map(Prefix::span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_are_spans() {
        let text = |typed: &str| beginning(typed).map(|s| format!("{} {}", s.first(), s.last()));
        assert_eq!(text("10.1.").as_deref(), Some("10.1.0.0 10.1.255.255"));
        assert_eq!(text("2001:db8:").as_deref(), Some("2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"));
        assert_eq!(text("10.1"), None);
        assert_eq!(text("web."), None);
        assert_eq!(text("010.1."), None);
    }

    #[test]
    fn macs_are_known_by_their_separators() {
        assert_eq!(mac("00:1A:2b:3c:4d:5e").as_deref(), Some("001a2b3c4d5e"));
        assert_eq!(mac("001a.2b3c.4d5e").as_deref(), Some("001a2b3c4d5e"));
        assert_eq!(mac("deadbeef"), None);
        assert_eq!(mac("web-01"), None);
    }
}
