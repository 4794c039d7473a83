//! How much hangs on the rows of a list, for the numbers beside them and for the question whether one can go.

use std::collections::BTreeMap;

use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store as store;
use store::ReadTx;
use store::tables::{SiteId, TagId, VlanId};

use crate::{OpCtx, Query, Refusal};

/// How many objects each row holds or carries, by id; rows without any are left out.
pub enum Tally {
    /// Subnets of every VRF.
    Vrfs,
    /// Subnets that name these sites as their own.
    Sites(Vec<SiteId>),
    /// Subnets of these VLANs.
    Vlans(Vec<VlanId>),
    /// Subnets, addresses and VLANs that carry these tags.
    Tags(Vec<TagId>),
}

impl Query for Tally {
    const PERMISSION: Option<Permission> = Some(Permission::SubnetRead);
    type Output = BTreeMap<i64, i64>;

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<BTreeMap<i64, i64>, Refusal> {
        let counts: Vec<(i64, i64)> = match self {
            Self::Vrfs => rx.vrfs().subnet_counts()?.into_iter().map(|(id, n)| (id.0, n)).collect(),
            Self::Sites(ids) => rx.sites().subnet_counts(ids)?.into_iter().map(|(id, n)| (id.0, n)).collect(),
            Self::Vlans(ids) => rx.vlans().subnet_counts(ids)?.into_iter().map(|(id, n)| (id.0, n)).collect(),
            Self::Tags(ids) => rx.tags().use_counts(ids)?.into_iter().map(|(id, n)| (id.0, n)).collect(),
        };
        let mut tally = BTreeMap::new();
        for (id, n) in counts {
            *tally.entry(id).or_default() += n;
        }
        Ok(tally)
    }
}

/// What names a site: kinds of objects with their numbers, those without any left out.
pub struct SiteUses(pub SiteId);

impl Query for SiteUses {
    const PERMISSION: Option<Permission> = Some(Permission::SiteRead);
    type Output = Vec<(&'static str, i64)>;

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<Self::Output, Refusal> {
        Ok(rx.sites().uses(self.0)?.into_iter().filter(|(_, n)| *n > 0).collect())
    }
}
