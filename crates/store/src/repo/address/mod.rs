//! Addresses: finding them and what is free here, lists in [`list`], changes in [`change`].

mod change;
mod list;

use plan::{Address as Ip, Family, Prefix, Span};
use ringfence_plan as plan;
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};

use super::{Addresses, Subnets, tag};
use crate::dialect::{Fixed, Statement, arg};
use crate::error::StoreError;
use crate::tables::address::{Address, AddressStatus, COLUMNS, read};
use crate::tables::subnet::{Subnet, bytes};
use crate::tables::{AddressId, SubnetId, VrfId};
use crate::unit::Access;

pub use list::AddressFilter;

const KIND: &str = "address";

/// Rows read at a time while looking for a gap.
const PROBE: u64 = 64;

/// An address row as counters need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRow {
    /// The address.
    pub address: Ip,
    /// Its status.
    pub status: AddressStatus,
}

/// The spans of a subnet that are never handed out as addresses, by first address: its children and its gateway.
pub(crate) fn blocked(children: impl IntoIterator<Item = Span>, gateway: Option<Ip>) -> Vec<Span> {
    let mut spans: Vec<Span> = children.into_iter().chain(gateway.and_then(|ip| Span::new(ip, ip))).collect();
    spans.sort_unstable_by_key(|span| span.first());
    spans
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
        // One family at a time, so that each address is looked up in the index.
        for family in [Family::V4, Family::V6] {
            let bytes: Vec<Vec<u8>> = ips.iter().filter(|ip| ip.family() == family).map(|ip| ip.to_bytes().to_vec()).collect();
            for chunk in bytes.chunks(tag::IN_LIST) {
                let mut query = select();
                query.and_where(col("vrf_id").eq(vrf.0)).and_where(col("family").eq(i64::from(family.number())));
                query.and_where(col("address").is_in(chunk.iter().cloned()));
                let rows = self.0.rows(&mut query, read)?;
                found.extend(self.with_tags(rows)?);
            }
        }
        Ok(found)
    }

    /// The addresses of those ids.
    pub fn find_many(&mut self, ids: &[AddressId]) -> Result<Vec<Address>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(500) {
            let rows = self.0.rows(select().and_where(col("id").is_in(chunk.iter().map(|id| id.0))), read)?;
            found.extend(self.with_tags(rows)?);
        }
        Ok(found)
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

    /// Up to `count` free addresses of the subnet, lowest first: no network or broadcast address, no gateway, no row other than
    /// `free`, not inside a child.
    pub fn next_free(&mut self, subnet: &Subnet, count: usize) -> Result<Vec<Vacancy>, StoreError> {
        let children = if subnet.derived.children == 0 { Vec::new() } else { Subnets(&mut *self.0).children(subnet.id)? };
        let blocked = blocked(children.iter().map(|child| child.span()), subnet.facts.gateway);
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
