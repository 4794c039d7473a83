//! Subnets: one, many, its surroundings.

use guard::permission::Permission;
use plan::allocate::{AllocateError, Strategy};
use plan::{Address, Prefix};
use ringfence_guard as guard;
use ringfence_plan as plan;
use ringfence_store as store;
use store::ReadTx;
use store::repo::{Page, SubnetFilter, Under};
use store::tables::SubnetId;

use super::history::history;
use super::{Paging, list, place, subnet_place};
use crate::shape::{self, List};
use crate::{OpCtx, Query, Refusal};

const KIND: &str = "subnet";

/// One subnet.
pub struct GetSubnet(pub SubnetId);

impl Query for GetSubnet {
    const PERMISSION: Option<Permission> = Some(Permission::SubnetRead);
    type Output = shape::Subnet;

    fn is_brief(&self) -> bool {
        true
    }

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<shape::Subnet, Refusal> {
        Ok(rx.subnets().find(self.0)?.ok_or_else(|| Refusal::missing(KIND, self.0.0))?.into())
    }
}

/// Subnets in tree order.
#[derive(Default)]
pub struct ListSubnets {
    /// Which.
    pub filter: SubnetFilter,
    /// Which window.
    pub paging: Paging,
}

impl Query for ListSubnets {
    const PERMISSION: Option<Permission> = Some(Permission::SubnetRead);
    type Output = List<shape::Subnet>;

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<List<shape::Subnet>, Refusal> {
        let page = self.paging.page(subnet_place)?;
        Ok(list(rx.subnets().list(&self.filter, &page)?, |s| place(&s.place()), shape::Subnet::from))
    }
}

/// A subnet with what a page shows around it.
pub struct ShowSubnet {
    /// Which.
    pub id: SubnetId,
    /// Direct children shown at most.
    pub children: u64,
}

/// The surroundings of a subnet.
pub struct Surroundings {
    /// Itself.
    pub subnet: shape::Subnet,
    /// Its prefix.
    pub prefix: Prefix,
    /// Outermost first.
    pub ancestors: Vec<shape::Subnet>,
    /// The first of its direct children.
    pub children: List<shape::Subnet>,
    /// Direct address rows, whatever their status.
    pub addresses: i64,
    /// The next free address.
    pub next_free: Option<Address>,
    /// What happened to it, newest first.
    pub history: Vec<shape::Change>,
}

impl Query for ShowSubnet {
    const PERMISSION: Option<Permission> = Some(Permission::SubnetRead);
    type Output = Surroundings;

    fn is_brief(&self) -> bool {
        true
    }

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<Surroundings, Refusal> {
        let subnet = rx.subnets().find(self.id)?.ok_or_else(|| Refusal::missing(KIND, self.id.0))?;
        let ancestors = rx.subnets().ancestors(&subnet)?;
        let under = SubnetFilter { under: Some(Under::Subnet(self.id)), ..SubnetFilter::default() };
        let children = rx.subnets().list(&under, &Page::first(self.children))?;
        let next_free = rx.addresses().next_free(&subnet, 1)?.first().map(|v| v.address);
        let history = history(rx, KIND, self.id.0, 20)?;
        Ok(Surroundings {
            prefix: subnet.prefix,
            ancestors: ancestors.into_iter().map(shape::Subnet::from).collect(),
            children: list(children, |s| place(&s.place()), shape::Subnet::from),
            addresses: rx.addresses().count(self.id)?,
            next_free,
            history,
            subnet: subnet.into(),
        })
    }
}

/// The next free address of a subnet, without taking it.
pub struct NextAddress(pub SubnetId);

impl Query for NextAddress {
    const PERMISSION: Option<Permission> = Some(Permission::AddressRead);
    type Output = Address;

    fn is_brief(&self) -> bool {
        true
    }

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<Address, Refusal> {
        let subnet = rx.subnets().find(self.0)?.ok_or_else(|| Refusal::missing(KIND, self.0.0))?;
        let free = rx.addresses().next_free(&subnet, 1)?;
        free.first().map(|v| v.address).ok_or_else(|| Refusal::NoSpace(format!("{} has no free address", subnet.prefix)))
    }
}

/// The next free subnet of a length, without taking it.
pub struct NextSubnet {
    /// Out of which.
    pub within: SubnetId,
    /// Prefix length.
    pub length: u8,
}

impl Query for NextSubnet {
    const PERMISSION: Option<Permission> = Some(Permission::SubnetRead);
    type Output = Prefix;

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<Prefix, Refusal> {
        let subnet = rx.subnets().find(self.within)?.ok_or_else(|| Refusal::missing(KIND, self.within.0))?;
        let occupied = rx.subnets().occupied(&subnet)?;
        let free = plan::allocate::next_prefixes(subnet.prefix, &occupied, self.length, 1, Strategy::First, &mut || 0).map_err(
            |error| match error {
                AllocateError::NoSpace(space) => Refusal::NoSpace(space.to_string()),
                other => Refusal::invalid("length", other.to_string()),
            },
        )?;
        free.first().copied().ok_or_else(|| Refusal::NoSpace(format!("{} has no free /{}", subnet.prefix, self.length)))
    }
}
