//! The dry run as a query.

use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store as store;
use store::ReadTx;

use super::decide::{Decided, Input, decide};
use super::name::Names;
use super::plan::{Acts, Plan};
use super::sheet::Sheet;
use super::{Kind, Options, Planned, address, site, subnet, vlan, vrf};
use crate::limit::{self, Problems};
use crate::{OpCtx, Query, Refusal};

/// Longest name of a file that is kept, in characters.
const SOURCE: usize = 200;

pub(super) struct DryRun<'p> {
    pub(super) options: Options,
    pub(super) source: String,
    pub(super) bytes: Vec<u8>,
    pub(super) progress: &'p (dyn Fn(usize, usize) + Sync),
}

impl Query for DryRun<'_> {
    const PERMISSION: Option<Permission> = Some(Permission::ImportRun);
    type Output = Planned;

    fn answer(&self, rx: &mut ReadTx<'_>, op: &OpCtx) -> Result<Planned, Refusal> {
        let kind = self.options.kind;
        op.allow(kind.permission(), ()).map(drop)?;
        let mut problems = Problems::default();
        if let Some(vrf) = &self.options.vrf {
            problems.line("vrf", vrf, limit::NAME);
        }
        problems.done()?;
        let sheet = Sheet::open(&self.bytes)?;
        let mut names = Names::read(rx, &self.options)?;
        let names = &mut names;
        let mode = self.options.on_duplicate;
        let input = Input { sheet: &sheet, kind, ignore: &self.options.ignore, mode, progress: self.progress };
        let (acts, rows, mut totals) = match kind {
            Kind::Sites => {
                let Decided { rows, acts, totals } = decide(&mut site::Sites, rx, &input, names)?;
                (Acts::Sites(acts), rows, totals)
            }
            Kind::Vrfs => {
                let Decided { rows, acts, totals } = decide(&mut vrf::Vrfs, rx, &input, names)?;
                (Acts::Vrfs(acts), rows, totals)
            }
            Kind::Vlans => {
                let Decided { rows, acts, totals } = decide(&mut vlan::Vlans, rx, &input, names)?;
                (Acts::Vlans(acts), rows, totals)
            }
            Kind::Subnets => {
                let Decided { rows, acts, totals } = decide(&mut subnet::Subnets, rx, &input, names)?;
                (Acts::Subnets(acts), rows, totals)
            }
            Kind::Addresses => {
                let mut noun = address::Addresses::default();
                let Decided { rows, acts, totals } = decide(&mut noun, rx, &input, names)?;
                (Acts::Addresses { rows: acts, subnets: noun.subnets.into_iter().collect() }, rows, totals)
            }
        };
        let mut refs = std::mem::take(&mut names.refs);
        match &acts {
            // A site that the file itself makes is not made along.
            Acts::Sites(acts) => {
                let own: std::collections::BTreeSet<&str> = acts.iter().map(|act| act.draft.name.as_str()).collect();
                for site in refs.sites.iter_mut().filter(|site| site.id.is_none() && own.contains(site.key.as_str())) {
                    site.needed = false;
                }
                totals.also.remove("sites");
                refs.note(&mut totals);
            }
            Acts::Addresses { subnets, .. } if !subnets.is_empty() => {
                let labels = subnets.iter().map(|place| format!("{} in {}", place.prefix, refs.vrf(place.vrf))).collect();
                totals.also.insert("subnets".to_owned(), labels);
            }
            _ => {}
        }
        let source = self.source.chars().filter(|c| !c.is_control()).take(SOURCE).collect();
        let plan = Plan { kind, source, totals: totals.clone(), refs, acts };
        Ok(Planned { format: sheet.format(), totals, rows, plan })
    }
}
