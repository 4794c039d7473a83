//! Subnets. The VLAN is the one of that number in the row's site; a row without a site means the one without a site.

use std::collections::BTreeMap;

use plan::{Address as Ip, Prefix};
use ringfence_plan as plan;
use ringfence_store as store;
use store::ReadTx;
use store::tables::subnet::{Subnet, SubnetStatus};

use super::column::Row;
use super::decide::{Existing, Found, Noun, done, line, referred, tags, text};
use super::merge::Merge;
use super::name::{Names, VlanKey};
use super::plan::{On, SubnetDraft};
use super::vlan::number;
use crate::Refusal;
use crate::limit::{self, Problems};

pub(super) struct Subnets;

pub(super) struct Given {
    name: Option<String>,
    description: Option<String>,
    notes: Option<String>,
    status: Option<SubnetStatus>,
    site: Option<u32>,
    vlan: Option<u32>,
    gateway: Option<Ip>,
    tags: Option<Vec<u32>>,
}

/// The position of a row's VRF: the one it names, else the one that the import names, else the global one.
pub(super) fn vrf(row: Row<'_>, problems: &mut Problems, names: &mut Names) -> u32 {
    match referred(row, "vrf", problems) {
        Some(name) => names.vrf(name),
        None => names.default_vrf,
    }
}

impl Noun for Subnets {
    type Key = (u32, Prefix);
    type Given = Given;
    type Draft = SubnetDraft;

    fn read(row: Row<'_>, names: &mut Names) -> Result<(Self::Key, Given), String> {
        let prefix = Prefix::parse(row.get("cidr")).map_err(|e| format!("cidr: {e}"))?;
        let mut problems = Problems::default();
        let vrf = vrf(row, &mut problems, names);
        let site = referred(row, "site", &mut problems).map(|site| names.site(site));
        let vlan = match row.given("vlan").map(number) {
            None => None,
            Some(Ok(vid)) => Some(names.vlan(VlanKey { vid, site })),
            Some(Err(why)) => {
                problems.add("vlan", why);
                None
            }
        };
        let status = row.given("status").and_then(|word| {
            let status = SubnetStatus::parse(&word.to_lowercase());
            if status.is_none() {
                problems.add("status", "must be container, active, reserved or deprecated");
            }
            status
        });
        let gateway = row.given("gateway").and_then(|cell| gateway(cell, prefix, &mut problems));
        let given = Given {
            name: line(row, "name", limit::NAME, &mut problems),
            description: line(row, "description", limit::DESCRIPTION, &mut problems),
            notes: text(row, "notes", limit::NOTES, &mut problems),
            status,
            site,
            vlan,
            gateway,
            tags: tags(row, None, &mut problems, names),
        };
        done(problems)?;
        Ok(((vrf, prefix), given))
    }

    fn label((vrf, prefix): &Self::Key, names: &Names) -> String {
        format!("{prefix} in {}", names.refs.vrf(*vrf))
    }

    fn existing(rx: &mut ReadTx<'_>, keys: &[Self::Key], names: &mut Names) -> Result<Found<Self>, Refusal> {
        let mut wanted: BTreeMap<u32, Vec<Prefix>> = BTreeMap::new();
        for (vrf, prefix) in keys {
            wanted.entry(*vrf).or_default().push(*prefix);
        }
        let mut found = Found::<Self>::new();
        for (vrf, prefixes) in wanted {
            let Some(id) = names.refs.vrfs.get(vrf as usize).and_then(|named| named.id) else { continue };
            for subnet in rx.subnets().find_prefixes(id, &prefixes)? {
                let on = On { id: subnet.id.0, version: subnet.version };
                found.insert((vrf, subnet.prefix), Existing { on, draft: draft(vrf, subnet, names) });
            }
        }
        Ok(found)
    }

    fn fresh((vrf, prefix): &Self::Key, _names: &Names) -> SubnetDraft {
        SubnetDraft::new(*vrf, *prefix)
    }

    fn merge(merge: &mut Merge, draft: &mut SubnetDraft, given: Given, names: &Names) {
        merge.text("name", &mut draft.name, given.name);
        merge.text("description", &mut draft.description, given.description);
        merge.text("notes", &mut draft.notes, given.notes);
        merge.set("status", &mut draft.status, given.status, |_| false, |status| status.as_str().to_owned());
        merge.optional("site", &mut draft.site, given.site, |site| names.refs.site(*site).to_owned());
        let vlan = |vlan: &u32| names.refs.vlans.get(*vlan as usize).map_or_else(String::new, |named| names.refs.vlan(named.key));
        merge.optional("vlan", &mut draft.vlan, given.vlan, vlan);
        merge.optional("gateway", &mut draft.gateway, given.gateway, Ip::to_string);
        merge.set("tags", &mut draft.tags, given.tags, Vec::is_empty, |tags| names.refs.tags(tags).join(", "));
    }

    fn need(draft: &SubnetDraft, names: &mut Names) {
        names.need_vrf(draft.vrf);
        names.need_site(draft.site);
        names.need_vlan(draft.vlan);
        names.need_tags(&draft.tags);
    }
}

fn gateway(cell: &str, prefix: Prefix, problems: &mut Problems) -> Option<Ip> {
    match Ip::parse(cell) {
        Ok(ip) if prefix.contains_address(ip) => return Some(ip),
        Ok(ip) => problems.add("gateway", format!("{ip} is not inside {prefix}")),
        Err(error) => problems.add("gateway", error.to_string()),
    }
    None
}

fn draft(vrf: u32, subnet: Subnet, names: &mut Names) -> SubnetDraft {
    let facts = subnet.facts;
    SubnetDraft {
        vrf,
        prefix: subnet.prefix,
        name: facts.name,
        description: facts.description,
        notes: facts.notes,
        status: facts.status,
        site: names.site_of(facts.site_id),
        vlan: names.vlan_of(facts.vlan_id),
        gateway: facts.gateway,
        tags: names.tags(&facts.tags),
    }
}
