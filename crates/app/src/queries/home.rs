//! The home page's facts.

use guard::permission::{Permission, granted};
use ringfence_guard as guard;
use ringfence_store as store;
use store::ReadTx;
use store::repo::{EventFilter, Page, VlanFilter};

use crate::shape;
use crate::{OpCtx, Query, Refusal};

/// What the home page shows.
pub struct ShowHome;

/// The home page's facts.
pub struct Home {
    /// Subnets in all.
    pub subnets: i64,
    /// Address rows in all.
    pub addresses: i64,
    /// Sites, up to 1,000.
    pub sites: usize,
    /// VLANs, up to 1,000.
    pub vlans: usize,
    /// The fullest IPv4 subnets that hold addresses.
    pub fullest: Vec<shape::Subnet>,
    /// The latest events, for those who may see them.
    pub events: Vec<shape::Event>,
}

impl Query for ShowHome {
    const PERMISSION: Option<Permission> = Some(Permission::SubnetRead);
    type Output = Home;

    fn answer(&self, rx: &mut ReadTx<'_>, op: &OpCtx) -> Result<Home, Refusal> {
        let events = if granted(&op.origin.actor, Permission::AuditRead) {
            rx.log().events(&EventFilter::default(), &Page::first(10))?.rows
        } else {
            Vec::new()
        };
        Ok(Home {
            subnets: rx.subnets().count(None)?,
            addresses: rx.addresses().total()?,
            sites: rx.sites().list(None, &Page::first(1000))?.rows.len(),
            vlans: rx.vlans().list(&VlanFilter::default(), &Page::first(1000))?.rows.len(),
            fullest: rx.subnets().fullest(8)?.into_iter().map(shape::Subnet::from).collect(),
            events: events.into_iter().map(shape::Event::from).collect(),
        })
    }
}
