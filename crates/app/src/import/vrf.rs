//! VRFs. `enforce_unique` is checked and has no effect: ours always are.

use ringfence_store as store;
use store::ReadTx;

use super::column::Row;
use super::decide::{Existing, Found, Noun, done, line};
use super::merge::Merge;
use super::name::Names;
use super::plan::{On, VrfDraft};
use crate::Refusal;
use crate::limit::{self, Problems};

pub(super) struct Vrfs;

pub(super) struct Given {
    rd: Option<String>,
    description: Option<String>,
}

impl Noun for Vrfs {
    type Key = String;
    type Given = Given;
    type Draft = VrfDraft;

    fn read(row: Row<'_>, _names: &mut Names) -> Result<(String, Given), String> {
        let mut problems = Problems::default();
        let name = row.get("name");
        problems.name("name", name, limit::NAME);
        let rd = line(row, "rd", limit::TAG, &mut problems);
        let description = line(row, "description", limit::DESCRIPTION, &mut problems);
        let unique = row.get("enforce_unique").to_lowercase();
        if !matches!(unique.as_str(), "" | "true" | "false" | "yes" | "no" | "on" | "off" | "1" | "0") {
            problems.add("enforce_unique", "must be true or false");
        }
        done(problems)?;
        Ok((name.to_owned(), Given { rd, description }))
    }

    fn label(key: &String, _names: &Names) -> String {
        key.clone()
    }

    fn existing(_rx: &mut ReadTx<'_>, keys: &[String], names: &mut Names) -> Result<Found<Self>, Refusal> {
        let there = |key: &String| {
            let vrf = names.known.vrfs.get(key)?;
            let (rd, description) = (vrf.facts.rd.clone(), vrf.facts.description.clone());
            let draft = VrfDraft { name: key.clone(), rd, description };
            Some((key.clone(), Existing { on: On { id: vrf.id.0, version: vrf.version }, draft }))
        };
        Ok(keys.iter().filter_map(there).collect())
    }

    fn fresh(key: &String, _names: &Names) -> VrfDraft {
        VrfDraft { name: key.clone(), rd: String::new(), description: String::new() }
    }

    fn merge(merge: &mut Merge, draft: &mut VrfDraft, given: Given, _names: &Names) {
        merge.text("rd", &mut draft.rd, given.rd);
        merge.text("description", &mut draft.description, given.description);
    }

    fn need(_draft: &VrfDraft, _names: &mut Names) {}
}
