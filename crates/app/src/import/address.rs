//! Addresses. Each goes to the tightest subnet of its VRF; for new ones the subnet that the mask names is made when it is not there.

use std::collections::{BTreeMap, BTreeSet};

use plan::{Address as Ip, Family, Prefix};
use ringfence_plan as plan;
use ringfence_store as store;
use store::ReadTx;
use store::tables::address::{Address, AddressStatus};
use store::tables::{SubnetId, VrfId};

use super::column::Row;
use super::decide::{Entry, Existing, Found, Noun, State, Vetting, done, line, tags, text};
use super::merge::Merge;
use super::name::Names;
use super::notes::Notes;
use super::plan::{AddressDraft, NewPlace, On};
use super::subnet::vrf;
use super::tree::tightest;
use crate::Refusal;
use crate::limit::{self, Problems};

#[derive(Default)]
pub(super) struct Addresses {
    /// Subnets that masks of new addresses name and that are not there.
    pub(super) subnets: BTreeSet<NewPlace>,
}

pub(super) struct Given {
    mask: Option<u8>,
    status: Option<AddressStatus>,
    hostname: Option<String>,
    owner: Option<String>,
    mac: Option<String>,
    description: Option<String>,
    notes: Option<String>,
    device: Option<String>,
    interface: Option<String>,
    expires_on: Option<String>,
    tags: Option<Vec<u32>>,
}

fn status(word: &str) -> Option<AddressStatus> {
    match word.to_lowercase().as_str() {
        "active" | "dhcp" | "slaac" | "used" => Some(AddressStatus::Used),
        "reserved" | "deprecated" => Some(AddressStatus::Reserved),
        "free" => Some(AddressStatus::Free),
        _ => None,
    }
}

impl Noun for Addresses {
    type Key = (u32, Ip);
    type Given = Given;
    type Draft = AddressDraft;

    fn read(row: Row<'_>, names: &mut Names) -> Result<(Self::Key, Given), String> {
        let (ip, mask) = Prefix::parse_host(row.get("address")).map_err(|e| format!("address: {e}"))?;
        let mut problems = Problems::default();
        let vrf = vrf(row, &mut problems, names);
        let status = row.given("status").and_then(|word| {
            let status = status(word);
            if status.is_none() {
                problems.add("status", "must be active, dhcp, slaac, used, reserved, deprecated or free");
            }
            status
        });
        let expires_on = row.given("expires_at").map(str::to_owned);
        if let Some(day) = &expires_on
            && !day.parse::<jiff::civil::Date>().is_ok_and(|date| date.to_string() == *day)
        {
            problems.add("expires_at", "must be a day as YYYY-MM-DD");
        }
        let given = Given {
            mask,
            status,
            hostname: line(row, "dns_name", limit::NAME, &mut problems),
            owner: line(row, "owner", limit::NAME, &mut problems),
            mac: line(row, "mac", limit::MAC, &mut problems),
            description: line(row, "description", limit::DESCRIPTION, &mut problems),
            notes: text(row, "notes", limit::NOTES - 2 * (limit::NAME + 16), &mut problems),
            device: line(row, "device", limit::NAME, &mut problems),
            interface: line(row, "interface", limit::NAME, &mut problems),
            expires_on,
            tags: tags(row, None, &mut problems, names),
        };
        done(problems)?;
        Ok(((vrf, ip), given))
    }

    fn label((vrf, ip): &Self::Key, names: &Names) -> String {
        format!("{ip} in {}", names.refs.vrf(*vrf))
    }

    fn existing(rx: &mut ReadTx<'_>, keys: &[Self::Key], names: &mut Names) -> Result<Found<Self>, Refusal> {
        let mut wanted: BTreeMap<u32, Vec<Ip>> = BTreeMap::new();
        for (vrf, ip) in keys {
            wanted.entry(*vrf).or_default().push(*ip);
        }
        let mut found = Found::<Self>::new();
        for (vrf, ips) in wanted {
            let Some(id) = vrf_id(names, vrf) else { continue };
            for address in rx.addresses().find_ips(id, &ips)? {
                let on = On { id: address.id.0, version: address.version };
                found.insert((vrf, address.address), Existing { on, draft: draft(vrf, address, names) });
            }
        }
        Ok(found)
    }

    /// Finds the subnets that are to be made, and refuses new addresses that then lie in none.
    fn vet(&mut self, rx: &mut ReadTx<'_>, entries: &mut [Entry<Self>], vetting: &mut Vetting<'_, Self>) -> Result<(), Refusal> {
        let mut places: BTreeMap<(u32, Family), BTreeMap<Prefix, Option<SubnetId>>> = BTreeMap::new();
        let fresh = |entry: &Entry<Self>| match &entry.state {
            State::Read(key, given) if !vetting.existing.contains_key(key) => Some((*key, given.mask)),
            _ => None,
        };
        for ((vrf, ip), mask) in entries.iter().filter_map(fresh) {
            let known = match places.entry((vrf, ip.family())) {
                std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::btree_map::Entry::Vacant(slot) => {
                    let outline = match vrf_id(vetting.names, vrf) {
                        Some(id) => rx.subnets().outline(id, ip.family())?,
                        None => Vec::new(),
                    };
                    slot.insert(outline.into_iter().map(|place| (place.prefix, Some(place.id))).collect())
                }
            };
            if let Some(prefix) = mask.and_then(|length| Prefix::containing(ip, length))
                && !known.contains_key(&prefix)
            {
                known.insert(prefix, None);
                self.subnets.insert(NewPlace { vrf, prefix });
            }
        }
        for entry in entries {
            let State::Read(key @ (vrf, ip), Given { mask: None, .. }) = &entry.state else { continue };
            let inside = vetting.existing.contains_key(key)
                || places.get(&(*vrf, ip.family())).is_some_and(|known| tightest(known, Prefix::from(*ip)).is_some());
            if !inside {
                let label = Self::label(key, vetting.names);
                entry.refuse(label, "address: no subnet of this VRF contains it: write its mask, or make a subnet first");
            }
        }
        Ok(())
    }

    fn fresh((vrf, ip): &Self::Key, _names: &Names) -> AddressDraft {
        AddressDraft::new(*vrf, *ip)
    }

    fn merge(merge: &mut Merge, draft: &mut AddressDraft, given: Given, names: &Names) {
        merge.set("status", &mut draft.status, given.status, |_| false, |status| status.as_str().to_owned());
        merge.text("dns_name", &mut draft.hostname, given.hostname);
        merge.text("owner", &mut draft.owner, given.owner);
        merge.text("mac", &mut draft.mac, given.mac);
        merge.text("description", &mut draft.description, given.description);
        if given.notes.is_some() || given.device.is_some() || given.interface.is_some() {
            let before = Notes::split(&draft.notes);
            let mut now = before.clone();
            let from_text = given.notes.as_deref().map(Notes::split).unwrap_or_default();
            let some = |text: String| Some(text).filter(|text| !text.is_empty());
            merge.text("notes", &mut now.text, some(from_text.text));
            merge.text("device", &mut now.device, given.device.or_else(|| some(from_text.device)));
            merge.text("interface", &mut now.interface, given.interface.or_else(|| some(from_text.interface)));
            if now != before {
                draft.notes = now.join();
            }
        }
        merge.optional("expires_at", &mut draft.expires_on, given.expires_on, Clone::clone);
        merge.set("tags", &mut draft.tags, given.tags, Vec::is_empty, |tags| names.refs.tags(tags).join(", "));
    }

    fn need(draft: &AddressDraft, names: &mut Names) {
        names.need_vrf(draft.vrf);
        names.need_tags(&draft.tags);
    }
}

fn vrf_id(names: &Names, vrf: u32) -> Option<VrfId> {
    names.refs.vrfs.get(vrf as usize)?.id
}

fn draft(vrf: u32, address: Address, names: &mut Names) -> AddressDraft {
    let facts = address.facts;
    AddressDraft {
        vrf,
        address: address.address,
        status: facts.status,
        hostname: facts.hostname,
        owner: facts.owner,
        mac: facts.mac,
        description: facts.description,
        notes: facts.notes,
        expires_on: facts.expires_on,
        tags: names.tags(&facts.tags),
    }
}
