//! Changing addresses. Counters and hint of the subnet move in the same transaction; the caller holds the subnet's lock.

use std::collections::BTreeMap;

use guard::permission::Allowed;
use plan::{Address as Ip, Prefix};
use ringfence_guard as guard;
use ringfence_plan as plan;
use sea_query::{CaseStatement, Expr, ExprTrait, Query, Value};

use super::{AddressRow, Counts, KIND, Vacancy, col, select};
use crate::dialect::{Fixed, Statement, arg, key, plus};
use crate::error::StoreError;
use crate::repo::{Addresses, tag};
use crate::tables::address::{Address, AddressFacts, AddressStatus, INSERT as COLUMNS, read, search_text, snapshot, values};
use crate::tables::subnet::{Subnet, bytes};
use crate::tables::{AddressId, SubnetId, VrfId};
use crate::unit::sealed::Session as _;
use crate::unit::{Change, Insert, WriteTx, insert};

static INSERT: Insert = insert!(KIND, COLUMNS);

static COUNT: Fixed = Fixed::new(|| {
    let mut query = Query::update();
    query
        .table("subnet")
        .value("used", plus("used", arg()))
        .value("reserved", plus("reserved", arg()))
        .and_where(Expr::col("id").eq(arg()));
    Statement::from(&mut query)
});
/// Counts, and moves the hint behind a run of addresses that are all taken, if it lies in that run.
static COUNT_AND_PASS: Fixed = Fixed::new(|| {
    let hint = || Expr::col("free_from");
    let passed = CaseStatement::new().case(hint().gte(arg()).and(hint().lte(arg())), arg()).finally(hint());
    let mut query = Query::update();
    query
        .table("subnet")
        .value("used", plus("used", arg()))
        .value("reserved", plus("reserved", arg()))
        .value("free_from", passed)
        .and_where(Expr::col("id").eq(arg()));
    Statement::from(&mut query)
});
static COUNT_AND_HINT: Fixed = Fixed::new(|| {
    let mut query = Query::update();
    query
        .table("subnet")
        .value("used", plus("used", arg()))
        .value("reserved", plus("reserved", arg()))
        .value("free_from", arg())
        .and_where(Expr::col("id").eq(arg()));
    Statement::from(&mut query)
});

impl Addresses<'_, WriteTx<'_>> {
    /// Locks the address's subnet and then reads the address again; gives both. A subnet that came in between makes the unit run again.
    pub fn lock(&mut self, id: AddressId) -> Result<Option<(Address, Subnet)>, StoreError> {
        loop {
            let Some(before) = self.find(id)? else { return Ok(None) };
            let Some(subnet) = self.0.subnets().lock(before.subnet_id)? else { continue };
            if self.0.is_alone() {
                return Ok(Some((before, subnet)));
            }
            match self.find(id)? {
                None => return Ok(None),
                Some(address) if address.subnet_id == subnet.id => return Ok(Some((address, subnet))),
                Some(_) => {}
            }
        }
    }

    /// Moves a subnet's counters.
    pub(crate) fn count_in(&mut self, subnet: SubnetId, by: Counts) -> Result<(), StoreError> {
        if by == Counts::default() {
            return Ok(());
        }
        self.0.fixed(&COUNT, &[by.used.into(), by.reserved.into(), subnet.into()]).map(drop)
    }

    /// Makes an address row in the subnet, which the caller has locked and found to be the tightest.
    pub fn insert(&mut self, subnet: &Subnet, ip: Ip, facts: &AddressFacts) -> Result<Change<AddressId>, StoreError> {
        let change = self.insert_row(subnet, ip, facts)?;
        self.count_in(subnet.id, Counts::of(subnet.prefix, [AddressRow { address: ip, status: facts.status }]))?;
        Ok(change)
    }

    fn insert_row(&mut self, subnet: &Subnet, ip: Ip, facts: &AddressFacts) -> Result<Change<AddressId>, StoreError> {
        let row = values(subnet.vrf.id, subnet.id, ip, facts, self.0.origin().at);
        let id = AddressId(self.0.insert(&INSERT.one, &row)?);
        let mut rows = Vec::new();
        if !facts.tags.is_empty() {
            rows = tag::ADDRESS.put(self.0, id.0, &facts.tags)?;
        }
        rows.push(self.0.note(KIND, id.0, None::<&()>, Some(&snapshot(subnet.vrf.id, ip, facts)))?);
        Ok(Change::many(id, rows))
    }

    /// Hands out free addresses that [`Addresses::next_free`] named in this unit for the same `subnet`: new rows, or `free` rows that are taken into
    /// use. A `subnet` read before another release or allocation of this unit must be read again first.
    pub fn allocate(&mut self, subnet: &Subnet, free: &[Vacancy], facts: &AddressFacts) -> Result<Change<Vec<AddressId>>, StoreError> {
        let mut changes = Vec::with_capacity(free.len());
        for vacancy in free {
            let noted = if vacancy.noted { self.find_ip(subnet.vrf.id, vacancy.address)? } else { None };
            changes.push(match noted {
                Some(row) => self.write(&row, facts)?.map(|()| row.id),
                None => self.0.contended(|tx| tx.addresses().insert_row(subnet, vacancy.address, facts))?,
            });
        }
        let moved = Counts::of(subnet.prefix, free.iter().map(|v| AddressRow { address: v.address, status: facts.status }));
        if facts.status == AddressStatus::Free {
            return Ok(Change::all(changes));
        }
        let next = free.last().and_then(|v| v.address.checked_add(1)).unwrap_or(subnet.prefix.last());
        self.0.fixed(&COUNT_AND_HINT, &[moved.used.into(), moved.reserved.into(), bytes(next), subnet.id.into()])?;
        Ok(Change::all(changes))
    }

    fn write(&mut self, address: &Address, facts: &AddressFacts) -> Result<Change<()>, StoreError> {
        let mut update = tag::versioned_update(KIND, address.id.0, self.0.origin().at.micros());
        update
            .value("status", facts.status.as_str())
            .value("hostname", facts.hostname.as_str())
            .value("owner", facts.owner.as_str())
            .value("mac", facts.mac.as_str())
            .value("description", facts.description.as_str())
            .value("notes", facts.notes.as_str())
            .value("expires_on", Value::String(facts.expires_on.clone()))
            .value("name_key", key(&facts.hostname))
            .value("search", search_text(facts));
        self.0.execute(&mut update)?;
        let mut rows = Vec::new();
        if facts.tags != address.facts.tags {
            rows = tag::ADDRESS.put(self.0, address.id.0, &facts.tags)?;
        }
        let (before, after) = (snapshot(address.vrf.id, address.address, &address.facts), snapshot(address.vrf.id, address.address, facts));
        rows.push(self.0.note(KIND, address.id.0, Some(&before), Some(&after))?);
        Ok(Change::many((), rows))
    }

    /// Changes what people set. `subnet` is the address's, locked.
    pub fn update(&mut self, address: &Allowed<Address>, subnet: &Subnet, facts: &AddressFacts) -> Result<Change<()>, StoreError> {
        let address = address.get();
        let row = |status| Counts::of(subnet.prefix, [AddressRow { address: address.address, status }]);
        let change = self.write(address, facts)?;
        self.count_in(subnet.id, row(facts.status).minus(row(address.facts.status)))?;
        if facts.status == AddressStatus::Free {
            self.0.subnets().free_down_to(subnet.id, address.address)?;
        }
        Ok(change)
    }

    /// Removes the row: the address is free again. `subnet` is the address's, locked.
    pub fn remove(&mut self, address: &Allowed<Address>, subnet: &Subnet) -> Result<Change<()>, StoreError> {
        let address = address.get();
        tag::ADDRESS.clear(self.0, address.id.0)?;
        self.0.execute(Query::delete().from_table(KIND).and_where(Expr::col("id").eq(address.id.0)))?;
        let row = AddressRow { address: address.address, status: address.facts.status };
        self.count_in(subnet.id, Counts::default().minus(Counts::of(subnet.prefix, [row])))?;
        self.0.subnets().free_down_to(subnet.id, address.address)?;
        self.0.changed((), KIND, address.id.0, Some(&snapshot(address.vrf.id, address.address, &address.facts)), None::<&()>)
    }

    /// Removes every row of a subnet, before the subnet itself goes.
    pub fn remove_all(&mut self, subnet: &Allowed<Subnet>) -> Result<Change<usize>, StoreError> {
        let subnet = subnet.get();
        let mut query = select();
        query.and_where(col("subnet_id").eq(subnet.id.0));
        let rows = self.0.rows(&mut query, read)?;
        let addresses = self.with_tags(rows)?;
        let mut notes = Vec::with_capacity(addresses.len());
        for address in &addresses {
            notes.push(self.0.note(KIND, address.id.0, Some(&snapshot(address.vrf.id, address.address, &address.facts)), None::<&()>)?);
        }
        let mut of_subnet = Query::select();
        of_subnet.column("id").from(KIND).and_where(Expr::col("subnet_id").eq(subnet.id.0));
        self.0.execute(Query::delete().from_table("address_tag").and_where(Expr::col("address_id").in_subquery(of_subnet)))?;
        self.0.execute(Query::delete().from_table(KIND).and_where(Expr::col("subnet_id").eq(subnet.id.0)))?;
        let rows = addresses.iter().map(|a| AddressRow { address: a.address, status: a.facts.status });
        self.count_in(subnet.id, Counts::default().minus(Counts::of(subnet.prefix, rows)))?;
        self.0.subnets().free_down_to(subnet.id, subnet.prefix.usable().first())?;
        Ok(Change::many(addresses.len(), notes))
    }

    /// Makes many rows at once, each in the tightest subnet that the caller found; none of the addresses has a row yet.
    pub fn insert_all(&mut self, rows: &[(SubnetId, Prefix, VrfId, Ip, AddressFacts)]) -> Result<Change<()>, StoreError> {
        let now = self.0.origin().at;
        let inserts = rows.iter().map(|(subnet, _, vrf, ip, facts)| values(*vrf, *subnet, *ip, facts, now)).collect();
        let ids = self.0.insert_many(&INSERT, inserts)?;
        let mut notes = Vec::with_capacity(ids.len());
        let mut tagged = Vec::new();
        let mut landed: BTreeMap<SubnetId, (Prefix, Vec<AddressRow>)> = BTreeMap::new();
        for (id, (subnet, prefix, vrf, ip, facts)) in ids.iter().zip(rows) {
            notes.push(self.0.note(KIND, *id, None::<&()>, Some(&snapshot(*vrf, *ip, facts)))?);
            tagged.extend(facts.tags.iter().map(|tag| (*id, tag.clone())));
            landed.entry(*subnet).or_insert_with(|| (*prefix, Vec::new())).1.push(AddressRow { address: *ip, status: facts.status });
        }
        for (subnet, (prefix, rows)) in landed {
            self.land(subnet, prefix, rows)?;
        }
        notes.extend(crate::repo::subnet::attach_all(self.0, tag::ADDRESS, &tagged)?);
        Ok(Change::many((), notes))
    }

    /// Counts new rows of a subnet and lets its hint pass those that lie side by side from the first one on: after an import the next free address is
    /// one look-up away.
    fn land(&mut self, subnet: SubnetId, prefix: Prefix, mut rows: Vec<AddressRow>) -> Result<(), StoreError> {
        rows.sort_unstable_by_key(|row| row.address);
        let by = Counts::of(prefix, rows.iter().copied());
        let mut taken = rows.iter().filter(|row| row.status != AddressStatus::Free).map(|row| row.address);
        let Some(first) = taken.next() else { return self.count_in(subnet, by) };
        let mut last = first;
        for next in taken {
            if last.checked_add(1) != Some(next) {
                break;
            }
            last = next;
        }
        let behind = last.checked_add(1).unwrap_or(last).min(prefix.last());
        let values = [by.used.into(), by.reserved.into(), bytes(first), bytes(last), bytes(behind), subnet.into()];
        self.0.fixed(&COUNT_AND_PASS, &values).map(drop)
    }

    /// Whether the routing table holds any address row.
    pub(crate) fn any(&mut self, vrf: VrfId) -> Result<bool, StoreError> {
        let mut query = Query::select();
        query.column("id").from(KIND).and_where(Expr::col("vrf_id").eq(vrf.0)).limit(1);
        Ok(self.0.row(&mut query, |row| row.take::<i64>())?.is_some())
    }
}
