//! What follows from a set of prefixes: parents, depths, children, covered space, inherited sites. Used when many subnets are set at once, and by
//! `check`, which recomputes everything.

use plan::{Count, Family, Prefix};
use ringfence_plan as plan;

use crate::driver::Row;
use crate::error::{DriverError, StoreError};
use crate::tables::{SiteId, address, family};

/// A node of one routing table's tree of one family, in tree order.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) prefix: Prefix,
    pub(crate) site: Option<SiteId>,
}

/// What follows for a node; indexes are positions in the same slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) parent: Option<usize>,
    pub(crate) depth: i64,
    pub(crate) children: i64,
    pub(crate) covered: Count,
    pub(crate) site_from: Option<usize>,
    pub(crate) site_effective: Option<SiteId>,
}

/// Derives the facts of all nodes in one pass; `nodes` must be in tree order without repetition.
pub(crate) fn facts(nodes: &[Node]) -> Result<Vec<Facts>, StoreError> {
    let prefixes: Vec<Prefix> = nodes.iter().map(|n| n.prefix).collect();
    let parents = plan::tree::nest(&prefixes).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    let mut facts: Vec<Facts> = Vec::with_capacity(nodes.len());
    for (node, parent) in nodes.iter().zip(parents) {
        let above = parent.and_then(|p| facts.get(p).copied().map(|f| (p, f, nodes.get(p).and_then(|n| n.site))));
        let mut own = Facts { parent, depth: 0, children: 0, covered: Count::ZERO, site_from: None, site_effective: node.site };
        if let Some((index, up, site_of_parent)) = above {
            own.depth = up.depth + 1;
            if node.site.is_none() {
                own.site_from = if site_of_parent.is_some() { Some(index) } else { up.site_from };
                own.site_effective = up.site_effective;
            }
        }
        facts.push(own);
        if let Some(up) = parent.and_then(|p| facts.get_mut(p)) {
            up.children += 1;
            up.covered = up.covered.checked_add(node.prefix.size()).unwrap_or(Count::WHOLE);
        }
    }
    Ok(facts)
}

/// Reads `family, first, length`.
pub(crate) fn prefix(row: &mut Row<'_>) -> Result<Prefix, DriverError> {
    let family: Family = family(row)?;
    let first = address(family, row.take()?)?;
    Prefix::new(first, row.take()?).map_err(|e| DriverError::other(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_sites_and_cover_follow_from_the_order() {
        let node = |text: &str, site: Option<i64>| Node { prefix: Prefix::parse(text).unwrap(), site: site.map(SiteId) };
        let nodes = [
            node("10.0.0.0/8", Some(7)),
            node("10.0.0.0/16", None),
            node("10.0.0.0/24", Some(8)),
            node("10.0.0.0/26", None),
            node("10.0.1.0/24", None),
            node("11.0.0.0/8", None),
        ];
        let facts = facts(&nodes).unwrap();
        let view: Vec<_> = facts.iter().map(|f| (f.parent, f.depth, f.children, f.site_from, f.site_effective.map(|s| s.0))).collect();
        assert_eq!(
            view,
            [
                (None, 0, 1, None, Some(7)),
                (Some(0), 1, 2, Some(0), Some(7)),
                (Some(1), 2, 1, None, Some(8)),
                (Some(2), 3, 0, Some(2), Some(8)),
                (Some(1), 2, 0, Some(0), Some(7)),
                (None, 0, 0, None, None)
            ]
        );
        assert_eq!(facts[1].covered.to_string(), "512");
    }
}
