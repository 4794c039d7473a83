//! The names of a plan as rows: those that were there must still be the same, those that were missing are made, once each.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_store as store;
use store::repo::{Page, VlanFilter};
use store::tables::group::{SiteFacts, VlanFacts, VrfFacts};
use store::tables::{SiteId, VlanId, VrfId};
use store::{Change, StoreError, WriteTx};

use super::name::{Named, Refs, at};
use crate::Refusal;

/// The rows of a plan's names, by position.
pub(super) struct Resolved {
    vrfs: Vec<Option<VrfId>>,
    sites: Vec<Option<SiteId>>,
    vlans: Vec<Option<VlanId>>,
}

/// A whole small table.
pub(super) const fn all<C>() -> Page<C> {
    Page::first(10_000_000)
}

fn row<I: Copy>(list: &[Option<I>], index: u32) -> Result<I, StoreError> {
    at(list, index)?.ok_or_else(|| StoreError::Corrupt("an import plan needs a name that it does not say it needs".into()))
}

impl Resolved {
    pub(super) fn vrf(&self, index: u32) -> Result<VrfId, StoreError> {
        row(&self.vrfs, index)
    }

    pub(super) fn site(&self, index: Option<u32>) -> Result<Option<SiteId>, StoreError> {
        index.map(|index| row(&self.sites, index)).transpose()
    }

    pub(super) fn vlan(&self, index: Option<u32>) -> Result<Option<VlanId>, StoreError> {
        index.map(|index| row(&self.vlans, index)).transpose()
    }

    /// Notes a site that the file itself makes.
    pub(super) fn put_site(&mut self, position: usize, id: SiteId) {
        if let Some(slot) = self.sites.get_mut(position) {
            *slot = Some(id);
        }
    }
}

fn conflict(what: &str, label: &str, how: &str) -> Refusal {
    Refusal::Conflict(format!("the {what} {label} was {how} since the dry run; nothing was changed: make the dry run again"))
}

/// Compares needed names with the rows that are there; gives the positions of those to make.
fn compare<K, I: Copy + PartialEq>(
    what: &'static str,
    list: &[Named<K, I>],
    now: impl Fn(&K) -> Option<I>,
    label: impl Fn(&K) -> String,
) -> Result<Vec<usize>, Refusal> {
    let mut missing = Vec::new();
    for (position, named) in list.iter().enumerate().filter(|(_, named)| named.needed) {
        match (named.id, now(&named.key)) {
            (None, None) => missing.push(position),
            (None, Some(_)) => return Err(conflict(what, &label(&named.key), "made")),
            (Some(then), Some(now)) if then == now => {}
            (Some(_), _) => return Err(conflict(what, &label(&named.key), "renamed or removed")),
        }
    }
    Ok(missing)
}

/// Puts new rows into their positions.
fn put<I: Copy>(list: &mut [Option<I>], positions: &[usize], ids: &[I]) {
    for (position, id) in positions.iter().zip(ids) {
        if let Some(slot) = list.get_mut(*position) {
            *slot = Some(*id);
        }
    }
}

pub(super) fn resolve(tx: &mut WriteTx<'_>, refs: &Refs) -> Result<(Resolved, Vec<Change<()>>), Refusal> {
    let mut changes = Vec::new();
    let mut resolved = Resolved {
        vrfs: refs.vrfs.iter().map(|named| named.id).collect(),
        sites: refs.sites.iter().map(|named| named.id).collect(),
        vlans: refs.vlans.iter().map(|named| named.id).collect(),
    };
    if refs.vrfs.iter().any(|named| named.needed) {
        let now: BTreeMap<String, VrfId> = tx.vrfs().list(None, &all())?.rows.into_iter().map(|vrf| (vrf.facts.name, vrf.id)).collect();
        let missing = compare("VRF", &refs.vrfs, |name| now.get(name).copied(), Clone::clone)?;
        let facts: Vec<VrfFacts> = keys(&refs.vrfs, &missing).map(|name| VrfFacts { name: name.clone(), ..VrfFacts::default() }).collect();
        let made = tx.vrfs().insert_all(&facts)?;
        put(&mut resolved.vrfs, &missing, made.value());
        changes.push(made.map(drop));
    }
    if refs.sites.iter().any(|named| named.needed) {
        let now: BTreeMap<String, SiteId> =
            tx.sites().list(None, &all())?.rows.into_iter().map(|site| (site.facts.name, site.id)).collect();
        let missing = compare("site", &refs.sites, |name| now.get(name).copied(), Clone::clone)?;
        let facts: Vec<SiteFacts> =
            keys(&refs.sites, &missing).map(|name| SiteFacts { name: name.clone(), ..SiteFacts::default() }).collect();
        let made = tx.sites().insert_all(&facts)?;
        put(&mut resolved.sites, &missing, made.value());
        changes.push(made.map(drop));
    }
    if refs.vlans.iter().any(|named| named.needed) {
        let list = tx.vlans().list(&VlanFilter::default(), &all())?.rows;
        let now: BTreeMap<(u16, Option<SiteId>), VlanId> =
            list.into_iter().map(|vlan| ((vlan.facts.vid, vlan.facts.site_id), vlan.id)).collect();
        let made_sites: BTreeSet<u32> =
            (0..).zip(&refs.sites).filter(|(_, site)| site.id.is_none()).map(|(position, _)| position).collect();
        let find = |key: &super::name::VlanKey| {
            // A site that was made a moment ago has no VLANs.
            let site = key.site.filter(|site| !made_sites.contains(site)).map(|site| resolved.site(Some(site)));
            match (key.site, site) {
                (None, _) => now.get(&(key.vid, None)).copied(),
                (Some(_), Some(Ok(site))) => now.get(&(key.vid, site)).copied(),
                (Some(_), _) => None,
            }
        };
        let missing = compare("VLAN", &refs.vlans, find, |key| refs.vlan(*key))?;
        let facts = |key: &super::name::VlanKey| {
            let site_id = resolved.site(key.site)?;
            Ok(VlanFacts { vid: key.vid, name: String::new(), site_id, description: String::new(), tags: Vec::new() })
        };
        let facts = keys(&refs.vlans, &missing).map(facts).collect::<Result<Vec<_>, StoreError>>()?;
        let made = tx.vlans().insert_all(&facts)?;
        put(&mut resolved.vlans, &missing, made.value());
        changes.push(made.map(drop));
    }
    Ok((resolved, changes))
}

/// The keys at those positions.
fn keys<'l, K, I>(list: &'l [Named<K, I>], positions: &'l [usize]) -> impl Iterator<Item = &'l K> {
    positions.iter().filter_map(|position| list.get(*position)).map(|named| &named.key)
}
