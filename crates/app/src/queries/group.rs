//! VRFs, sites, VLANs and tags: one, many.

use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store as store;
use store::ReadTx;
use store::repo::VlanFilter;
use store::tables::{SiteId, TagId, VlanId, VrfId};

use super::{Paging, list};
use crate::shape::{self, List};
use crate::{OpCtx, Query, Refusal};

/// Declares the two queries of a noun that is listed by name.
macro_rules! by_name {
    ($get:ident, $list:ident, $id:ident, $shape:ident, $kind:literal, $repo:ident, $permission:ident) => {
        /// One.
        pub struct $get(pub $id);

        impl Query for $get {
            const PERMISSION: Option<Permission> = Some(Permission::$permission);
            type Output = shape::$shape;

            fn is_brief(&self) -> bool {
                true
            }

            fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<shape::$shape, Refusal> {
                Ok(rx.$repo().find(self.0)?.ok_or_else(|| Refusal::missing($kind, self.0.0))?.into())
            }
        }

        /// Many, by name.
        #[derive(Default)]
        pub struct $list {
            /// A part of the name.
            pub q: Option<String>,
            /// Which window.
            pub paging: Paging,
        }

        impl Query for $list {
            const PERMISSION: Option<Permission> = Some(Permission::$permission);
            type Output = List<shape::$shape>;

            fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<List<shape::$shape>, Refusal> {
                let page = self.paging.page(|text| Some(text.to_owned()))?;
                Ok(list(rx.$repo().list(self.q.as_deref(), &page)?, |row| row.facts.name.clone(), shape::$shape::from))
            }
        }
    };
}

by_name!(GetVrf, ListVrfs, VrfId, Vrf, "vrf", vrfs, VrfRead);
by_name!(GetSite, ListSites, SiteId, Site, "site", sites, SiteRead);
by_name!(GetTag, ListTags, TagId, Tag, "tag", tags, TagRead);

/// One VLAN.
pub struct GetVlan(pub VlanId);

impl Query for GetVlan {
    const PERMISSION: Option<Permission> = Some(Permission::VlanRead);
    type Output = shape::Vlan;

    fn is_brief(&self) -> bool {
        true
    }

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<shape::Vlan, Refusal> {
        Ok(rx.vlans().find(self.0)?.ok_or_else(|| Refusal::missing("vlan", self.0.0))?.into())
    }
}

/// VLANs by number.
#[derive(Default)]
pub struct ListVlans {
    /// Which.
    pub filter: VlanFilter,
    /// Which window.
    pub paging: Paging,
}

impl Query for ListVlans {
    const PERMISSION: Option<Permission> = Some(Permission::VlanRead);
    type Output = List<shape::Vlan>;

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<List<shape::Vlan>, Refusal> {
        let page = self.paging.page(|text| {
            let (vid, id) = text.split_once('/')?;
            Some((vid.parse().ok()?, id.parse().ok()?))
        })?;
        Ok(list(rx.vlans().list(&self.filter, &page)?, |v| format!("{}/{}", v.facts.vid, v.id), shape::Vlan::from))
    }
}
