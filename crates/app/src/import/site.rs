//! Sites: `region` is the place that a site lies in.

use ringfence_store as store;
use store::ReadTx;

use super::OnDuplicate;
use super::column::Row;
use super::decide::{Entry, Existing, Found, Noun, State, Vetting, done, line, referred};
use super::merge::Merge;
use super::name::Names;
use super::plan::{On, SiteDraft};
use crate::Refusal;
use crate::limit::{self, Problems};

/// Places inside each other at most: far beyond any plan, and a bound for the walk upwards.
pub(super) const DEEPEST: usize = 1_000;

pub(super) struct Sites;

pub(super) struct Given {
    region: Option<u32>,
    description: Option<String>,
}

impl Noun for Sites {
    type Key = String;
    type Given = Given;
    type Draft = SiteDraft;

    fn read(row: Row<'_>, names: &mut Names) -> Result<(String, Given), String> {
        let mut problems = Problems::default();
        let name = row.get("name");
        problems.name("name", name, limit::NAME);
        let description = line(row, "description", limit::DESCRIPTION, &mut problems);
        let region = referred(row, "region", &mut problems);
        done(problems)?;
        names.site(name);
        Ok((name.to_owned(), Given { region: region.map(|region| names.site(region)), description }))
    }

    fn label(key: &String, _names: &Names) -> String {
        key.clone()
    }

    fn existing(_rx: &mut ReadTx<'_>, keys: &[String], names: &mut Names) -> Result<Found<Self>, Refusal> {
        let mut found = Found::<Self>::new();
        for key in keys {
            let Some(site) = names.known.sites.get(key) else { continue };
            let (on, parent) = (On { id: site.id.0, version: site.version }, site.facts.parent_id);
            let description = site.facts.description.clone();
            let parent = names.site_of(parent);
            found.insert(key.clone(), Existing { on, draft: SiteDraft { name: key.clone(), parent, description } });
        }
        Ok(found)
    }

    /// Refuses the row that would close a circle.
    fn vet(&mut self, _rx: &mut ReadTx<'_>, entries: &mut [Entry<Self>], vetting: &mut Vetting<'_, Self>) -> Result<(), Refusal> {
        let mut above = parents(vetting.names);
        for entry in entries {
            let State::Read(key, Given { region: Some(region), .. }) = &entry.state else { continue };
            let (key, region) = (key.clone(), *region);
            let kept = vetting.existing.get(&key).is_some_and(|there| match vetting.mode {
                OnDuplicate::Skip => true,
                OnDuplicate::Fill => there.draft.parent.is_some(),
                OnDuplicate::Overwrite => false,
            });
            if kept {
                continue;
            }
            let own = vetting.names.site(&key);
            match climb(&above, own, region) {
                Climb::Free => {
                    if let Some(slot) = above.get_mut(own as usize) {
                        *slot = Some(region);
                    }
                }
                Climb::Circle => {
                    let region = vetting.names.refs.site(region).to_owned();
                    let why = format!("region: {region} lies inside {key}: a site cannot lie inside itself");
                    entry.refuse(key, why);
                }
                Climb::Deep => entry.refuse(key, format!("region: lies more than {DEEPEST} places deep")),
            }
        }
        Ok(())
    }

    fn fresh(key: &String, _names: &Names) -> SiteDraft {
        SiteDraft { name: key.clone(), parent: None, description: String::new() }
    }

    fn merge(merge: &mut Merge, draft: &mut SiteDraft, given: Given, names: &Names) {
        merge.text("description", &mut draft.description, given.description);
        merge.optional("region", &mut draft.parent, given.region, |site| names.refs.site(*site).to_owned());
    }

    fn need(draft: &SiteDraft, names: &mut Names) {
        names.need_site(draft.parent);
    }
}

/// For each known name the position of the place that it lies in now.
fn parents(names: &mut Names) -> Vec<Option<u32>> {
    let pairs: Vec<_> = names.known.sites.iter().map(|(name, site)| (name.clone(), site.facts.parent_id)).collect();
    let placed: Vec<_> = pairs.into_iter().map(|(name, parent)| (names.site(&name), names.site_of(parent))).collect();
    let mut above = vec![None; names.refs.sites.len()];
    for (site, parent) in placed {
        if let Some(slot) = above.get_mut(site as usize) {
            *slot = parent;
        }
    }
    above
}

enum Climb {
    Free,
    Circle,
    Deep,
}

/// Whether `own` may come to lie in `region`.
fn climb(above: &[Option<u32>], own: u32, region: u32) -> Climb {
    let mut at = region;
    for _ in 0..DEEPEST {
        if at == own {
            return Climb::Circle;
        }
        match above.get(at as usize).copied().flatten() {
            Some(next) => at = next,
            None => return Climb::Free,
        }
    }
    Climb::Deep
}
