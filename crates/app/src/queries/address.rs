//! Addresses: one, many.

use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store as store;
use store::ReadTx;
use store::repo::AddressFilter;
use store::tables::AddressId;

use super::history::history;
use super::{Paging, address_place, list, place};
use crate::shape::{self, List};
use crate::{OpCtx, Query, Refusal};

/// One address.
pub struct GetAddress(pub AddressId);

impl Query for GetAddress {
    const PERMISSION: Option<Permission> = Some(Permission::AddressRead);
    type Output = shape::Address;

    fn is_brief(&self) -> bool {
        true
    }

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<shape::Address, Refusal> {
        Ok(rx.addresses().find(self.0)?.ok_or_else(|| Refusal::missing("address", self.0.0))?.into())
    }
}

/// Addresses in order.
#[derive(Default)]
pub struct ListAddresses {
    /// Which.
    pub filter: AddressFilter,
    /// Which window.
    pub paging: Paging,
}

impl Query for ListAddresses {
    const PERMISSION: Option<Permission> = Some(Permission::AddressRead);
    type Output = List<shape::Address>;

    fn is_brief(&self) -> bool {
        self.filter.subnet_id.is_some() || self.filter.address.is_some()
    }

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<List<shape::Address>, Refusal> {
        let page = self.paging.page(address_place)?;
        Ok(list(rx.addresses().list(&self.filter, &page)?, |a| place(&a.place()), shape::Address::from))
    }
}

/// An address with what a page shows around it.
pub struct ShowAddress(pub AddressId);

/// The surroundings of an address.
pub struct Surroundings {
    /// Itself.
    pub address: shape::Address,
    /// Its subnets, outermost first.
    pub path: Vec<shape::Subnet>,
    /// What happened to it, newest first.
    pub history: Vec<shape::Change>,
}

impl Query for ShowAddress {
    const PERMISSION: Option<Permission> = Some(Permission::AddressRead);
    type Output = Surroundings;

    fn is_brief(&self) -> bool {
        true
    }

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<Surroundings, Refusal> {
        let address = rx.addresses().find(self.0)?.ok_or_else(|| Refusal::missing("address", self.0.0))?;
        let path = rx.subnets().path_to(address.vrf.id, address.address)?;
        let history = history(rx, "address", self.0.0, 50)?;
        Ok(Surroundings { address: address.into(), path: path.into_iter().map(shape::Subnet::from).collect(), history })
    }
}
