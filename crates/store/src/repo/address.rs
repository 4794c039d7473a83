//! Addresses, and handing out free ones.
//!
//! Counters of the subnet move by deltas in the same transaction. The caller holds the subnet's lock for every change.

use guard::permission::Allowed;
use plan::{Address as Ip, Prefix, Span};
use ringfence_guard as guard;
use ringfence_plan as plan;
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};

use super::{Addresses, Page, Subnets, Window, tag};
use crate::dialect::{Fixed, Statement, arg, fold, key, plus, substring};
use crate::error::StoreError;
use crate::tables::address::{
    Address, AddressFacts, AddressStatus, COLUMNS, INSERT as INSERT_COLUMNS, read, search_text, snapshot, values,
};
use crate::tables::subnet::{Subnet, bytes};
use crate::tables::{AddressId, SubnetId, VrfId};
use crate::unit::sealed::Session as _;
use crate::unit::{Access, Change, Insert, WriteTx, insert};

static INSERT: Insert = insert!(KIND, INSERT_COLUMNS);
const KIND: &str = "address";

/// Rows read at a time while looking for a gap.
const PROBE: u64 = 64;

/// Which addresses to list; every part that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressFilter {
    /// Directly in that subnet.
    pub subnet_id: Option<SubnetId>,
    /// In that routing table.
    pub vrf_id: Option<VrfId>,
    /// That address.
    pub address: Option<Ip>,
    /// Inside that span.
    pub within: Option<Span>,
    /// That status.
    pub status: Option<AddressStatus>,
    /// That host name, whatever the case.
    pub hostname: Option<String>,
    /// Carrying that tag.
    pub tag: Option<String>,
    /// A part of host name, owner, MAC or description.
    pub q: Option<String>,
}

/// An address row as counters need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRow {
    /// The address.
    pub address: Ip,
    /// Its status.
    pub status: AddressStatus,
}

/// A free address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vacancy {
    /// The address.
    pub address: Ip,
    /// Whether a `free` row holds notes about it.
    pub noted: bool,
}

/// What a subnet's counters hold, or how they move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Status used, network and broadcast left out.
    pub used: i64,
    /// Status reserved, network and broadcast left out.
    pub reserved: i64,
}

impl Counts {
    /// How a subnet of that prefix counts these rows.
    pub fn of(prefix: Prefix, rows: impl IntoIterator<Item = AddressRow>) -> Self {
        let mut counts = Self::default();
        for row in rows {
            if prefix.is_edge(row.address) {
                continue;
            }
            match row.status {
                AddressStatus::Used => counts.used += 1,
                AddressStatus::Reserved => counts.reserved += 1,
                AddressStatus::Free => {}
            }
        }
        counts
    }

    const fn minus(self, other: Self) -> Self {
        Self { used: self.used - other.used, reserved: self.reserved - other.reserved }
    }
}

fn col(name: &'static str) -> Expr {
    Expr::col((KIND, name))
}

fn select() -> SelectStatement {
    let mut query = Query::select();
    query
        .from(KIND)
        .columns(COLUMNS.iter().map(|c| (KIND, *c)))
        .column(("vrf", "name"))
        .inner_join("vrf", Expr::col(("vrf", "id")).equals((KIND, "vrf_id")));
    query
}

static GET: Fixed = Fixed::new(|| Statement::from(select().and_where(col("id").eq(arg()))));
static TAGGED: Fixed = Fixed::new(|| {
    let mut query = Query::select();
    query
        .column(("tag", "name"))
        .from("address_tag")
        .inner_join("tag", Expr::col(("tag", "id")).equals(("address_tag", "tag_id")))
        .and_where(Expr::col(("address_tag", "address_id")).eq(arg()))
        .order_by(("tag", "name"), Order::Asc);
    Statement::from(&mut query)
});
static TAKEN: Fixed = Fixed::new(|| {
    let mut query = Query::select();
    query
        .column("address")
        .column("status")
        .from(KIND)
        .and_where(Expr::col("subnet_id").eq(arg()))
        .and_where(Expr::col("address").gte(arg()))
        .order_by("address", Order::Asc)
        .limit(PROBE);
    Statement::from(&mut query)
});
static COUNT: Fixed = Fixed::new(|| {
    let mut query = Query::update();
    query
        .table("subnet")
        .value("used", plus("used", arg()))
        .value("reserved", plus("reserved", arg()))
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

impl<A: Access> Addresses<'_, A> {
    fn with_tags(&mut self, mut addresses: Vec<Address>) -> Result<Vec<Address>, StoreError> {
        let ids: Vec<i64> = addresses.iter().map(|a| a.id.0).collect();
        let mut names = tag::ADDRESS.names(self.0, &ids)?;
        for address in &mut addresses {
            address.facts.tags = names.remove(&address.id.0).unwrap_or_default();
        }
        Ok(addresses)
    }

    /// The address row, if it exists.
    pub fn find(&mut self, id: AddressId) -> Result<Option<Address>, StoreError> {
        let Some(mut address) = self.0.fixed_row(&GET, &[id.into()], read)? else { return Ok(None) };
        address.facts.tags = self.0.fixed_rows(&TAGGED, &[id.into()], |row| row.take())?;
        Ok(Some(address))
    }

    /// The row of that address in that routing table.
    pub fn find_ip(&mut self, vrf: VrfId, ip: Ip) -> Result<Option<Address>, StoreError> {
        let mut query = select();
        query
            .and_where(col("vrf_id").eq(vrf.0))
            .and_where(col("family").eq(i64::from(ip.family().number())))
            .and_where(col("address").eq(Expr::val(bytes(ip))));
        let rows = self.0.rows(&mut query, read)?;
        Ok(self.with_tags(rows)?.pop())
    }

    /// The rows of those addresses in that routing table.
    pub fn find_ips(&mut self, vrf: VrfId, ips: &[Ip]) -> Result<Vec<Address>, StoreError> {
        let mut found = Vec::new();
        for chunk in ips.chunks(500) {
            let mut query = select();
            query.and_where(col("vrf_id").eq(vrf.0)).and_where(col("family").is_in([4i64, 6i64]));
            query.and_where(col("address").is_in(chunk.iter().map(|ip| ip.to_bytes().to_vec())));
            let rows = self.0.rows(&mut query, read)?;
            found.extend(self.with_tags(rows)?);
        }
        Ok(found)
    }

    /// Addresses by VRF, family and address.
    pub fn list(&mut self, filter: &AddressFilter, page: &Page<AddressId>) -> Result<Window<Address>, StoreError> {
        let mut query = select();
        let engine = self.0.engine();
        conditions(&mut query, filter);
        let needle = filter.q.as_deref().map(fold).filter(|q| !q.is_empty());
        if let Some(needle) = needle {
            let by = substring(&mut query, engine, KIND, &needle);
            if let Some(after) = page.after {
                query.and_where(Expr::col(by).gt(after.0));
            }
            query.order_by(by, Order::Asc);
        } else {
            let last = match page.after {
                Some(after) => match self.find(after)? {
                    Some(last) => Some(last),
                    None => return Ok(Window { rows: Vec::new(), more: false }),
                },
                None => None,
            };
            in_order(&mut query, filter.subnet_id.is_some(), last.as_ref());
        }
        query.limit(page.limit + 1);
        let window = Window::cut(self.0.rows(&mut query, read)?, page.limit);
        Ok(Window { rows: self.with_tags(window.rows)?, more: window.more })
    }

    /// How many rows are directly in the subnet, whatever their status.
    pub fn count(&mut self, subnet: SubnetId) -> Result<i64, StoreError> {
        let mut query = Query::select();
        query.expr(Expr::col("id").count()).from(KIND).and_where(Expr::col("subnet_id").eq(subnet.0));
        Ok(self.0.row(&mut query, |row| row.take::<i64>())?.unwrap_or(0))
    }

    /// How many rows there are at all.
    pub fn total(&mut self) -> Result<i64, StoreError> {
        let mut query = Query::select();
        query.expr(Expr::col("id").count()).from(KIND);
        Ok(self.0.row(&mut query, |row| row.take::<i64>())?.unwrap_or(0))
    }

    /// The subnet's direct rows inside `prefix`.
    pub(crate) fn between(&mut self, subnet: SubnetId, prefix: Prefix) -> Result<Vec<AddressRow>, StoreError> {
        let mut query = Query::select();
        query.columns(["address", "status"]).from(KIND).and_where(Expr::col("subnet_id").eq(subnet.0));
        query
            .and_where(Expr::col("address").gte(Expr::val(bytes(prefix.first()))))
            .and_where(Expr::col("address").lte(Expr::val(bytes(prefix.last()))));
        let family = prefix.family();
        self.0.rows(&mut query, |row| Ok(AddressRow { address: crate::tables::address(family, row.take()?)?, status: row.take()? }))
    }

    /// Up to `count` free addresses of the subnet, lowest first: no network or broadcast address, no row other than `free`, not inside a child.
    pub fn next_free(&mut self, subnet: &Subnet, count: usize) -> Result<Vec<Vacancy>, StoreError> {
        let children = if subnet.derived.children == 0 { Vec::new() } else { Subnets(&mut *self.0).children(subnet.id)? };
        let blocked: Vec<Span> = children.iter().map(|child| child.span()).collect();
        let usable = subnet.prefix.usable();
        let mut from = subnet.derived.free_from.max(usable.first());
        let mut free = Vec::new();
        loop {
            let family = from.family();
            let rows = self.0.fixed_rows(&TAKEN, &[subnet.id.into(), bytes(from)], |row| {
                Ok(AddressRow { address: crate::tables::address(family, row.take()?)?, status: row.take()? })
            })?;
            let full = u64::try_from(rows.len()).is_ok_and(|n| n == PROBE);
            let seen_to = if full { rows.last().map(|row| row.address) } else { None };
            let Some(known) = Span::new(from, seen_to.unwrap_or(usable.last()).min(usable.last())) else { return Ok(free) };
            let taken = rows.iter().filter(|row| row.status != AddressStatus::Free).map(|row| row.address);
            let found = plan::allocate::next_addresses(known, from, taken, &blocked, count - free.len());
            let noted = |ip: Ip| rows.iter().any(|row| row.address == ip);
            free.extend(found.into_iter().map(|address| Vacancy { address, noted: noted(address) }));
            match seen_to.and_then(|last| last.checked_add(1)) {
                Some(next) if free.len() < count && next <= usable.last() => from = next,
                _ => return Ok(free),
            }
        }
    }
}

fn conditions(query: &mut SelectStatement, filter: &AddressFilter) {
    if let Some(subnet) = filter.subnet_id {
        query.and_where(col("subnet_id").eq(subnet.0));
    }
    if let Some(vrf) = filter.vrf_id {
        query.and_where(col("vrf_id").eq(vrf.0));
    }
    if let Some(ip) = filter.address {
        query.and_where(col("family").eq(i64::from(ip.family().number()))).and_where(col("address").eq(Expr::val(bytes(ip))));
    }
    if let Some(span) = filter.within {
        query.and_where(col("family").eq(i64::from(span.family().number())));
        query.and_where(col("address").gte(Expr::val(bytes(span.first())))).and_where(col("address").lte(Expr::val(bytes(span.last()))));
    }
    if let Some(status) = filter.status {
        query.and_where(col("status").eq(status.as_str()));
    }
    if let Some(hostname) = &filter.hostname {
        query.and_where(col("name_key").eq(key(hostname)));
    }
    if let Some(name) = &filter.tag {
        let mut tagged = Query::select();
        tagged
            .column(("address_tag", "address_id"))
            .from("address_tag")
            .inner_join("tag", Expr::col(("tag", "id")).equals(("address_tag", "tag_id")))
            .and_where(Expr::col(("tag", "name")).eq(name.as_str()));
        query.and_where(col("id").in_subquery(tagged));
    }
}

fn in_order(query: &mut SelectStatement, one_subnet: bool, after: Option<&Address>) {
    let keys: &[&'static str] = if one_subnet { &["address"] } else { &["vrf_id", "family", "address"] };
    for key in keys {
        query.order_by((KIND, *key), Order::Asc);
    }
    let Some(last) = after else { return };
    let at = Expr::val(bytes(last.address));
    if one_subnet {
        query.and_where(col("address").gt(at));
    } else {
        let key = Expr::tuple([col("vrf_id"), col("family"), col("address")]);
        let values = Expr::tuple([Expr::val(last.vrf.id.0), Expr::val(i64::from(last.address.family().number())), at]);
        query.and_where(col("vrf_id").gte(last.vrf.id.0)).and_where(key.gt(values));
    }
}

impl Addresses<'_, WriteTx<'_>> {
    /// Locks the address's subnet and then reads the address again; gives both. A subnet that came in between makes the unit run again.
    pub fn lock(&mut self, id: AddressId) -> Result<Option<(Address, Subnet)>, StoreError> {
        loop {
            let Some(before) = self.find(id)? else { return Ok(None) };
            let Some(subnet) = self.0.subnets().lock(before.subnet_id)? else { continue };
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
                None => self.insert_row(subnet, vacancy.address, facts)?,
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
            .value("expires_on", sea_query::Value::String(facts.expires_on.clone()))
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
        let mut counts: std::collections::BTreeMap<SubnetId, Counts> = std::collections::BTreeMap::new();
        for (id, (subnet, prefix, vrf, ip, facts)) in ids.iter().zip(rows) {
            notes.push(self.0.note(KIND, *id, None::<&()>, Some(&snapshot(*vrf, *ip, facts)))?);
            tagged.extend(facts.tags.iter().map(|tag| (*id, tag.clone())));
            let count = counts.entry(*subnet).or_default();
            *count = count.minus(Counts::default().minus(Counts::of(*prefix, [AddressRow { address: *ip, status: facts.status }])));
        }
        for (subnet, by) in counts {
            self.count_in(subnet, by)?;
        }
        notes.extend(super::subnet::attach_all(self.0, tag::ADDRESS, &tagged)?);
        Ok(Change::many((), notes))
    }

    /// Whether the routing table holds any address row.
    pub(crate) fn any(&mut self, vrf: VrfId) -> Result<bool, StoreError> {
        let mut query = Query::select();
        query.column("id").from(KIND).and_where(Expr::col("vrf_id").eq(vrf.0)).limit(1);
        Ok(self.0.row(&mut query, |row| row.take::<i64>())?.is_some())
    }
}
