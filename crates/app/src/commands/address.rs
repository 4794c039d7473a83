//! Addresses: make, change, delete, hand out the next free ones.

use guard::audit::Event;
use guard::permission::Permission;
use plan::Address as Ip;
use ringfence_guard as guard;
use ringfence_plan as plan;
use ringfence_store as store;
use store::tables::address::{Address, AddressFacts, AddressStatus};
use store::tables::subnet::Subnet;
use store::tables::{AddressId, Named, SubnetId, VrfId};
use store::{Recorded, StoreError, WriteTx};

use super::expect_version;
use crate::limit::{self, Problems, tidy_tags};
use crate::{Command, OpCtx, Refusal, event, shape};

const KIND: &str = "address";

/// What of an address is to change; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressPatch {
    /// What it is.
    pub status: Option<AddressStatus>,
    /// DNS or host name.
    pub hostname: Option<String>,
    /// Who it belongs to.
    pub owner: Option<String>,
    /// Hardware address.
    pub mac: Option<String>,
    /// A line.
    pub description: Option<String>,
    /// Long text.
    pub notes: Option<String>,
    /// A day, or none.
    pub expires_on: Option<Option<String>>,
    /// Tag names.
    pub tags: Option<Vec<String>>,
}

impl AddressPatch {
    /// The facts after the change.
    #[must_use]
    pub fn apply(&self, facts: &AddressFacts) -> AddressFacts {
        let text = |new: &Option<String>, old: &String| new.clone().unwrap_or_else(|| old.clone());
        AddressFacts {
            status: self.status.unwrap_or(facts.status),
            hostname: text(&self.hostname, &facts.hostname),
            owner: text(&self.owner, &facts.owner),
            mac: text(&self.mac, &facts.mac),
            description: text(&self.description, &facts.description),
            notes: text(&self.notes, &facts.notes),
            expires_on: self.expires_on.clone().unwrap_or_else(|| facts.expires_on.clone()),
            tags: tidy_tags(self.tags.clone().unwrap_or_else(|| facts.tags.clone())),
        }
    }
}

/// Checks texts and the day.
pub(crate) fn check(facts: &AddressFacts) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    problems.hostname("hostname", &facts.hostname);
    problems.line("owner", &facts.owner, limit::NAME);
    problems.mac("mac", &facts.mac);
    problems.line("description", &facts.description, limit::DESCRIPTION);
    problems.text("notes", &facts.notes, limit::NOTES);
    problems.tags(&facts.tags);
    if let Some(day) = &facts.expires_on
        && !day.parse::<jiff::civil::Date>().is_ok_and(|date| date.to_string() == *day)
    {
        problems.add("expires_at", "must be a day as YYYY-MM-DD");
    }
    problems.done()
}

fn shown(tx: &mut WriteTx<'_>, id: AddressId) -> Result<shape::Address, Refusal> {
    Ok(tx.addresses().find(id)?.ok_or(StoreError::Missing { table: KIND, id: id.0 })?.into())
}

/// Makes a row for a given address.
pub struct CreateAddress {
    /// Its routing table.
    pub vrf: VrfId,
    /// The address.
    pub address: Ip,
    /// What is set on it.
    pub facts: AddressFacts,
}

impl Command for CreateAddress {
    const NAME: &'static str = "address.create";
    const PERMISSION: Option<Permission> = Some(Permission::AddressWrite);
    type Output = shape::Address;

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<shape::Address>, Refusal> {
        let facts = AddressPatch::default().apply(&self.facts);
        check(&facts)?;
        let Some(subnet) = tx.subnets().lock_tightest(self.vrf, self.address)? else {
            if tx.vrfs().find(self.vrf)?.is_none() {
                return Err(Refusal::invalid("vrf_id", format!("there is no vrf {}", self.vrf)));
            }
            return Err(Refusal::invalid("address", format!("no subnet of this vrf contains {}: make one first", self.address)));
        };
        op.demand(Permission::AddressWrite, &subnet)?;
        if let Some(twin) = tx.addresses().find_ip(self.vrf, self.address)? {
            let label = format!("{} in vrf {}", self.address, twin.vrf.name);
            return Err(Refusal::Duplicate { kind: KIND, id: twin.id.0, label, field: "address" });
        }
        let change = tx.addresses().insert(&subnet, self.address, &facts)?;
        let id = *change.value();
        let event = Event::new(event::ADDRESS_CREATED).on(KIND, id.0, self.address.to_string()).with("subnet_id", subnet.id.0);
        let recorded = tx.record(&event, change)?;
        let address = shown(tx, id)?;
        Ok(recorded.map(|_| address))
    }
}

/// Changes what people set on an address.
pub struct UpdateAddress {
    /// Which.
    pub id: AddressId,
    /// The version that the client saw.
    pub expect: Option<i64>,
    /// What changes.
    pub patch: AddressPatch,
}

impl Command for UpdateAddress {
    const NAME: &'static str = "address.update";
    const PERMISSION: Option<Permission> = Some(Permission::AddressWrite);
    type Output = shape::Address;

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<shape::Address>, Refusal> {
        let (address, subnet) = tx.addresses().lock(self.id)?.ok_or_else(|| Refusal::missing(KIND, self.id.0))?;
        expect_version(self.expect, address.version)?;
        let facts = self.patch.apply(&address.facts);
        check(&facts)?;
        if facts == address.facts {
            return Ok(tx.unchanged(address.into()));
        }
        let event = Event::new(event::ADDRESS_UPDATED).on(KIND, address.id.0, address.address.to_string());
        let allowed = op.allow(Permission::AddressWrite, address)?;
        let change = tx.addresses().update(&allowed, &subnet, &facts)?;
        let recorded = tx.record(&event, change)?;
        let address = shown(tx, self.id)?;
        Ok(recorded.map(|()| address))
    }
}

/// Deletes an address row: the address is free again.
pub struct DeleteAddress {
    /// Which.
    pub id: AddressId,
    /// The version that the client saw.
    pub expect: Option<i64>,
}

impl Command for DeleteAddress {
    const NAME: &'static str = "address.delete";
    const PERMISSION: Option<Permission> = Some(Permission::AddressWrite);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let (address, subnet) = tx.addresses().lock(self.id)?.ok_or_else(|| Refusal::missing(KIND, self.id.0))?;
        expect_version(self.expect, address.version)?;
        let event = Event::new(event::ADDRESS_DELETED)
            .on(KIND, address.id.0, address.address.to_string())
            .with("subnet_id", subnet.id.0)
            .with("vrf_id", subnet.vrf.id.0);
        let allowed = op.allow(Permission::AddressWrite, address)?;
        let change = tx.addresses().remove(&allowed, &subnet)?;
        Ok(tx.record(&event, change)?)
    }
}

/// Hands out the next free addresses of a subnet.
pub struct AllocateAddresses {
    /// Out of which subnet.
    pub subnet: SubnetId,
    /// How many.
    pub count: usize,
    /// What is set on each.
    pub facts: AddressFacts,
}

impl Command for AllocateAddresses {
    const NAME: &'static str = "address.allocate";
    const PERMISSION: Option<Permission> = Some(Permission::AddressWrite);
    type Output = Vec<shape::Address>;

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<Vec<shape::Address>>, Refusal> {
        if self.count == 0 || self.count > limit::BATCH {
            return Err(Refusal::invalid("count", format!("must be between 1 and {}", limit::BATCH)));
        }
        if self.facts.status == AddressStatus::Free {
            return Err(Refusal::invalid("status", "an address that is handed out is used or reserved"));
        }
        let facts = AddressPatch::default().apply(&self.facts);
        check(&facts)?;
        let subnet = tx.subnets().lock(self.subnet)?.ok_or_else(|| Refusal::missing("subnet", self.subnet.0))?;
        op.demand(Permission::AddressWrite, &subnet)?;
        let free = tx.addresses().next_free(&subnet, self.count)?;
        if free.len() < self.count {
            return Err(Refusal::NoSpace(format!("{} has {} free, {} wanted", subnet.prefix, addresses(free.len()), self.count)));
        }
        tx.retry_when_taken();
        let change = tx.addresses().allocate(&subnet, &free, &facts)?;
        let event = match free.as_slice() {
            [one] => Event::new(event::ADDRESS_ALLOCATED)
                .on(KIND, change.value().first().map_or(0, |id| id.0), one.address.to_string())
                .with("subnet_id", subnet.id.0),
            many => Event::new(event::ADDRESS_ALLOCATED)
                .on("subnet", subnet.id.0, subnet.prefix.to_string())
                .with("addresses", many.iter().map(|v| v.address.to_string()).collect::<Vec<_>>()),
        };
        let recorded = tx.record(&event, change)?;
        let mut shown = Vec::with_capacity(free.len());
        for (vacancy, id) in free.iter().zip(recorded.value()) {
            let row = if vacancy.noted { tx.addresses().find(*id)? } else { None };
            shown.push(row.unwrap_or_else(|| fresh(*id, &subnet, vacancy.address, &facts, op)).into());
        }
        Ok(recorded.map(|_| shown))
    }
}

/// The row as it was just written: no need to read it back.
fn fresh(id: AddressId, subnet: &Subnet, address: Ip, facts: &AddressFacts, op: &OpCtx) -> Address {
    Address {
        id,
        version: 1,
        vrf: Named { id: subnet.vrf.id, name: subnet.vrf.name.clone() },
        subnet_id: subnet.id,
        address,
        facts: facts.clone(),
        created_at: op.now(),
        updated_at: op.now(),
    }
}

fn addresses(count: usize) -> String {
    match count {
        0 => "no address".to_owned(),
        1 => "1 address".to_owned(),
        n => format!("{n} addresses"),
    }
}
