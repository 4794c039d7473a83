//! What stands beside many rows, read for all of them at once: how much hangs on each, and names for ids.

use sea_query::{Expr, ExprTrait, Query};

use super::{Log, Sites, Tags, Vlans, tag};
use crate::error::StoreError;
use crate::tables::{SiteId, TagId, VlanId};
use crate::unit::Access;

/// Tables that a change names rows of by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Referred {
    /// Routing tables.
    Vrf,
    /// Sites.
    Site,
    /// VLANs.
    Vlan,
}

/// Rows of `table` per value of `column`, for these values. Values without rows are left out.
fn count(access: &mut impl Access, table: &'static str, column: &'static str, values: &[i64]) -> Result<Vec<(i64, i64)>, StoreError> {
    let mut counts = Vec::with_capacity(values.len());
    for chunk in values.chunks(tag::IN_LIST) {
        let mut query = Query::select();
        query.from(table).column(column).expr(Expr::col(column).count()).group_by_col(column);
        query.and_where(Expr::col(column).is_in(chunk.iter().copied()));
        counts.extend(access.rows(&mut query, |row| Ok((row.take()?, row.take()?)))?);
    }
    Ok(counts)
}

impl<A: Access> Log<'_, A> {
    /// What changes refer to by id, as people call it: the name, of a VLAN its number and name. Rows that are gone are left out.
    pub fn names(&mut self, of: Referred, ids: &[i64]) -> Result<Vec<(i64, String)>, StoreError> {
        let table = match of {
            Referred::Vrf => "vrf",
            Referred::Site => "site",
            Referred::Vlan => "vlan",
        };
        let mut names = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(tag::IN_LIST) {
            let mut query = Query::select();
            query.from(table).columns(["id", "name"]).and_where(Expr::col("id").is_in(chunk.iter().copied()));
            if of == Referred::Vlan {
                query.column("vid");
            }
            names.extend(self.0.rows(&mut query, |row| {
                let (id, name) = (row.take()?, row.take::<String>()?);
                let vid = if of == Referred::Vlan { Some(row.take::<i64>()?) } else { None };
                Ok((id, vid.map_or(name.clone(), |vid| format!("{vid} {name}").trim_end().to_owned())))
            })?);
        }
        Ok(names)
    }
}

impl<A: Access> Sites<'_, A> {
    /// How many subnets name each site as their own; sites without any are left out.
    pub fn subnet_counts(&mut self, sites: &[SiteId]) -> Result<Vec<(SiteId, i64)>, StoreError> {
        let ids: Vec<i64> = sites.iter().map(|id| id.0).collect();
        Ok(count(self.0, "subnet", "site_id", &ids)?.into_iter().map(|(id, n)| (SiteId(id), n)).collect())
    }
}

impl<A: Access> Vlans<'_, A> {
    /// How many subnets use each VLAN; VLANs without any are left out.
    pub fn subnet_counts(&mut self, vlans: &[VlanId]) -> Result<Vec<(VlanId, i64)>, StoreError> {
        let ids: Vec<i64> = vlans.iter().map(|id| id.0).collect();
        Ok(count(self.0, "subnet", "vlan_id", &ids)?.into_iter().map(|(id, n)| (VlanId(id), n)).collect())
    }
}

impl<A: Access> Tags<'_, A> {
    /// How many objects carry each tag: one entry per tag and kind of object, none where there is nothing.
    pub fn use_counts(&mut self, tags: &[TagId]) -> Result<Vec<(TagId, i64)>, StoreError> {
        let ids: Vec<i64> = tags.iter().map(|id| id.0).collect();
        let mut counts = Vec::new();
        for tagging in [tag::SUBNET, tag::ADDRESS, tag::VLAN] {
            counts.extend(count(self.0, tagging.table, "tag_id", &ids)?.into_iter().map(|(id, n)| (TagId(id), n)));
        }
        Ok(counts)
    }
}
