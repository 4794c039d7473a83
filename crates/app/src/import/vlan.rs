//! VLANs, unique by number within their site. A status has no counterpart: it is kept as a tag unless it is `active`.

use ringfence_store as store;
use store::ReadTx;

use super::column::Row;
use super::decide::{Existing, Found, Noun, done, line, referred, tags};
use super::merge::Merge;
use super::name::{Names, VlanKey};
use super::plan::{On, VlanDraft};
use crate::Refusal;
use crate::limit::{self, Problems};

pub(super) struct Vlans;

pub(super) struct Given {
    name: Option<String>,
    description: Option<String>,
    tags: Option<Vec<u32>>,
}

/// A VLAN number, or what is wrong with it.
pub(super) fn number(text: &str) -> Result<u16, &'static str> {
    text.parse().ok().filter(|vid| (1..=4094).contains(vid)).ok_or("must be a number between 1 and 4094")
}

impl Noun for Vlans {
    type Key = VlanKey;
    type Given = Given;
    type Draft = VlanDraft;

    fn read(row: Row<'_>, names: &mut Names) -> Result<(VlanKey, Given), String> {
        let mut problems = Problems::default();
        let vid = number(row.get("vid")).unwrap_or_else(|why| {
            problems.add("vid", why);
            0
        });
        let site = referred(row, "site", &mut problems);
        let name = line(row, "name", limit::NAME, &mut problems);
        let description = line(row, "description", limit::DESCRIPTION, &mut problems);
        let status = row.given("status").filter(|status| !status.eq_ignore_ascii_case("active"));
        let tags = tags(row, status, &mut problems, names);
        done(problems)?;
        let key = VlanKey { vid, site: site.map(|site| names.site(site)) };
        Ok((key, Given { name, description, tags }))
    }

    fn label(key: &VlanKey, names: &Names) -> String {
        names.refs.vlan(*key)
    }

    fn existing(_rx: &mut ReadTx<'_>, keys: &[VlanKey], names: &mut Names) -> Result<Found<Self>, Refusal> {
        let mut found = Found::<Self>::new();
        for key in keys {
            let Some(vlan) = names.vlan_row(*key) else { continue };
            let on = On { id: vlan.id.0, version: vlan.version };
            let (name, description, tags) = (vlan.facts.name.clone(), vlan.facts.description.clone(), vlan.facts.tags.clone());
            let draft = VlanDraft { vid: key.vid, site: key.site, name, description, tags: names.tags(&tags) };
            found.insert(*key, Existing { on, draft });
        }
        Ok(found)
    }

    fn fresh(key: &VlanKey, _names: &Names) -> VlanDraft {
        VlanDraft { vid: key.vid, site: key.site, name: String::new(), description: String::new(), tags: Vec::new() }
    }

    fn merge(merge: &mut Merge, draft: &mut VlanDraft, given: Given, names: &Names) {
        merge.text("name", &mut draft.name, given.name);
        merge.text("description", &mut draft.description, given.description);
        merge.set("tags", &mut draft.tags, given.tags, Vec::is_empty, |tags| names.refs.tags(tags).join(", "));
    }

    fn need(draft: &VlanDraft, names: &mut Names) {
        names.need_site(draft.site);
        names.need_tags(&draft.tags);
    }
}
