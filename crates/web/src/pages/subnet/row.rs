//! A subnet of the application as the lines of pages show it.

use ringfence_app::shape;

use crate::fill;
use crate::view::subnet::{Crumb, SiteLabel, SubnetRow, SubnetStatus, VlanLabel};

/// The status of that word.
pub(crate) fn status(word: &str) -> SubnetStatus {
    match word {
        "container" => SubnetStatus::Container,
        "reserved" => SubnetStatus::Reserved,
        "deprecated" => SubnetStatus::Deprecated,
        _ => SubnetStatus::Active,
    }
}

/// A subnet on the way from the root.
pub(crate) fn crumb(subnet: &shape::Subnet) -> Crumb {
    Crumb { id: subnet.id, prefix: subnet.prefix.clone(), name: subnet.name.clone() }
}

pub(super) fn site(subnet: &shape::Subnet) -> Option<SiteLabel> {
    subnet.site.as_ref().map(|site| SiteLabel { name: site.name.clone(), inherited: site.inherited })
}

pub(super) fn vlan(subnet: &shape::Subnet) -> Option<VlanLabel> {
    subnet.vlan.as_ref().map(|vlan| VlanLabel { vid: i64::from(vlan.vid), name: vlan.name.clone() })
}

/// A line that unfolds, so many steps below the first line of its list.
pub(super) fn branch(subnet: shape::Subnet, depth: usize) -> SubnetRow {
    SubnetRow {
        id: subnet.id,
        usage: fill::usage(&subnet),
        site: site(&subnet),
        vlan: vlan(&subnet),
        status: status(&subnet.status),
        prefix: subnet.prefix,
        name: subnet.name,
        vrf: subnet.vrf.name,
        children: subnet.children,
        depth,
        flat: false,
        open: false,
        tags: subnet.tags,
    }
}

/// A line of a list that is no tree.
pub(super) fn leaf(subnet: shape::Subnet) -> SubnetRow {
    SubnetRow { flat: true, ..branch(subnet, 0) }
}
