//! Names that rows refer to, each kept once: what the database knows them as, and whether any row that acts needs them.

use std::collections::BTreeMap;

use ringfence_store as store;
use serde::{Deserialize, Serialize};
use store::repo::{Page, VlanFilter};
use store::tables::group::{Site, Vlan, Vrf};
use store::tables::{GLOBAL, SiteId, TagId, VlanId, VrfId};
use store::{ReadTx, StoreError};

use super::{Kind, Options, Totals};

/// More than any installation has of sites, VRFs, VLANs or tags.
const ALL: u64 = 10_000_000;

/// A name and the row that it was when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Named<K, I> {
    pub(super) key: K,
    pub(super) id: Option<I>,
    /// Whether a row that acts refers to it.
    pub(super) needed: bool,
}

/// A VLAN by number and site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct VlanKey {
    pub(super) vid: u16,
    /// Position in [`Refs::sites`].
    pub(super) site: Option<u32>,
}

/// Everything that the rows of a plan refer to, by position.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refs {
    pub(super) vrfs: Vec<Named<String, VrfId>>,
    pub(super) sites: Vec<Named<String, SiteId>>,
    pub(super) vlans: Vec<Named<VlanKey, VlanId>>,
    pub(super) tags: Vec<Named<String, TagId>>,
}

pub(super) fn at<T>(list: &[T], index: u32) -> Result<&T, StoreError> {
    list.get(index as usize).ok_or_else(|| StoreError::Corrupt("an import plan refers to nothing".into()))
}

impl Refs {
    pub(super) fn vrf(&self, index: u32) -> &str {
        self.vrfs.get(index as usize).map_or("", |named| &named.key)
    }

    pub(super) fn site(&self, index: u32) -> &str {
        self.sites.get(index as usize).map_or("", |named| &named.key)
    }

    pub(super) fn tag(&self, index: u32) -> &str {
        self.tags.get(index as usize).map_or("", |named| &named.key)
    }

    /// `100 of Oslo`, or `100`.
    pub(super) fn vlan(&self, key: VlanKey) -> String {
        key.site.map_or_else(|| key.vid.to_string(), |site| format!("{} of {}", key.vid, self.site(site)))
    }

    /// Tag names, sorted and each once.
    pub(super) fn tags(&self, tags: &[u32]) -> Vec<String> {
        crate::limit::tidy_tags(tags.iter().map(|tag| self.tag(*tag).to_owned()).collect())
    }

    /// Notes in the totals what is made along.
    pub(super) fn note(&self, totals: &mut Totals) {
        let mut note = |kind: &str, mut names: Vec<String>| {
            names.sort();
            if !names.is_empty() {
                totals.also.insert(kind.to_owned(), names);
            }
        };
        note("vrfs", missing(&self.vrfs).map(|named| named.key.clone()).collect());
        note("sites", missing(&self.sites).map(|named| named.key.clone()).collect());
        note("vlans", missing(&self.vlans).map(|named| self.vlan(named.key)).collect());
        note("tags", missing(&self.tags).map(|named| named.key.clone()).collect());
    }
}

/// What is needed and not there.
pub(super) fn missing<K, I>(list: &[Named<K, I>]) -> impl Iterator<Item = &Named<K, I>> {
    list.iter().filter(|named| named.needed && named.id.is_none())
}

/// What was there when the dry run began, as far as the kind needs it.
#[derive(Default)]
pub(super) struct Known {
    pub(super) vrfs: BTreeMap<String, Vrf>,
    pub(super) sites: BTreeMap<String, Site>,
    pub(super) site_names: BTreeMap<SiteId, String>,
    pub(super) vlans: BTreeMap<(u16, Option<SiteId>), Vlan>,
    pub(super) vlan_keys: BTreeMap<VlanId, (u16, Option<SiteId>)>,
    tags: BTreeMap<String, TagId>,
}

impl Known {
    fn read(rx: &mut ReadTx<'_>, kind: Kind) -> Result<Self, StoreError> {
        let mut known = Self::default();
        if !matches!(kind, Kind::Sites | Kind::Vlans) {
            known.vrfs = rx.vrfs().list(None, &Page::first(ALL))?.rows.into_iter().map(|vrf| (vrf.facts.name.clone(), vrf)).collect();
        }
        if matches!(kind, Kind::Sites | Kind::Vlans | Kind::Subnets) {
            let sites = rx.sites().list(None, &Page::first(ALL))?.rows;
            known.site_names = sites.iter().map(|site| (site.id, site.facts.name.clone())).collect();
            known.sites = sites.into_iter().map(|site| (site.facts.name.clone(), site)).collect();
        }
        if matches!(kind, Kind::Vlans | Kind::Subnets) {
            let vlans = rx.vlans().list(&VlanFilter::default(), &Page::first(ALL))?.rows;
            known.vlan_keys = vlans.iter().map(|vlan| (vlan.id, (vlan.facts.vid, vlan.facts.site_id))).collect();
            known.vlans = vlans.into_iter().map(|vlan| ((vlan.facts.vid, vlan.facts.site_id), vlan)).collect();
        }
        if !matches!(kind, Kind::Sites | Kind::Vrfs) {
            known.tags = rx.tags().list(None, &Page::first(ALL))?.rows.into_iter().map(|tag| (tag.facts.name, tag.id)).collect();
        }
        Ok(known)
    }
}

/// Gives each name its position.
pub(super) struct Names {
    pub(super) refs: Refs,
    pub(super) known: Known,
    /// The VRF of rows that name none.
    pub(super) default_vrf: u32,
    vrfs: BTreeMap<String, u32>,
    sites: BTreeMap<String, u32>,
    vlans: BTreeMap<VlanKey, u32>,
    tags: BTreeMap<String, u32>,
}

fn position<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

/// The position of `key`, which is new in `index` and `list` when it was not there.
fn place<K: Ord + Clone, I>(index: &mut BTreeMap<K, u32>, list: &mut Vec<Named<K, I>>, key: K, id: Option<I>) -> u32 {
    let new = position(list);
    list.push(Named { key: key.clone(), id, needed: false });
    index.insert(key, new);
    new
}

impl Names {
    pub(super) fn read(rx: &mut ReadTx<'_>, options: &Options) -> Result<Self, StoreError> {
        let mut names = Self {
            refs: Refs::default(),
            known: Known::read(rx, options.kind)?,
            default_vrf: 0,
            vrfs: BTreeMap::new(),
            sites: BTreeMap::new(),
            vlans: BTreeMap::new(),
            tags: BTreeMap::new(),
        };
        let global = names.known.vrfs.values().find(|vrf| vrf.id == GLOBAL).map(|vrf| vrf.facts.name.clone());
        let default = options.vrf.as_deref().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).or(global);
        if let Some(name) = default {
            names.default_vrf = names.vrf(&name);
        }
        Ok(names)
    }

    pub(super) fn vrf(&mut self, name: &str) -> u32 {
        if let Some(index) = self.vrfs.get(name) {
            return *index;
        }
        let id = self.known.vrfs.get(name).map(|vrf| vrf.id);
        place(&mut self.vrfs, &mut self.refs.vrfs, name.to_owned(), id)
    }

    pub(super) fn site(&mut self, name: &str) -> u32 {
        if let Some(index) = self.sites.get(name) {
            return *index;
        }
        let id = self.known.sites.get(name).map(|site| site.id);
        place(&mut self.sites, &mut self.refs.sites, name.to_owned(), id)
    }

    /// The position of a site that is there.
    pub(super) fn site_of(&mut self, id: Option<SiteId>) -> Option<u32> {
        let name = self.known.site_names.get(&id?)?.clone();
        Some(self.site(&name))
    }

    pub(super) fn vlan(&mut self, key: VlanKey) -> u32 {
        if let Some(index) = self.vlans.get(&key) {
            return *index;
        }
        let id = self.vlan_row(key).map(|vlan| vlan.id);
        place(&mut self.vlans, &mut self.refs.vlans, key, id)
    }

    /// The row of that number and site, if there is one.
    pub(super) fn vlan_row(&self, key: VlanKey) -> Option<&Vlan> {
        let site = match key.site {
            None => None,
            // A site that is still to be made has no VLANs.
            Some(site) => Some(self.refs.sites.get(site as usize)?.id?),
        };
        self.known.vlans.get(&(key.vid, site))
    }

    /// The position of a VLAN that is there.
    pub(super) fn vlan_of(&mut self, id: Option<VlanId>) -> Option<u32> {
        let (vid, site) = *self.known.vlan_keys.get(&id?)?;
        let site = self.site_of(site);
        Some(self.vlan(VlanKey { vid, site }))
    }

    pub(super) fn tag(&mut self, name: &str) -> u32 {
        if let Some(index) = self.tags.get(name) {
            return *index;
        }
        let id = self.known.tags.get(name).copied();
        place(&mut self.tags, &mut self.refs.tags, name.to_owned(), id)
    }

    /// The positions of tags, in the order of the positions, so that equal sets are equal lists.
    pub(super) fn tags(&mut self, names: &[String]) -> Vec<u32> {
        let mut tags: Vec<u32> = names.iter().map(|name| self.tag(name)).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    pub(super) fn need_vrf(&mut self, index: u32) {
        if let Some(named) = self.refs.vrfs.get_mut(index as usize) {
            named.needed = true;
        }
    }

    pub(super) fn need_site(&mut self, index: Option<u32>) {
        if let Some(named) = index.and_then(|index| self.refs.sites.get_mut(index as usize)) {
            named.needed = true;
        }
    }

    pub(super) fn need_vlan(&mut self, index: Option<u32>) {
        let Some(named) = index.and_then(|index| self.refs.vlans.get_mut(index as usize)) else { return };
        named.needed = true;
        let site = named.key.site;
        self.need_site(site);
    }

    pub(super) fn need_tags(&mut self, tags: &[u32]) {
        for tag in tags {
            if let Some(named) = self.refs.tags.get_mut(*tag as usize) {
                named.needed = true;
            }
        }
    }
}
