//! What happened to one object, as people read it.

use std::collections::BTreeMap;

use ringfence_store as store;
use store::ReadTx;
use store::repo::Referred;

use crate::Refusal;
use crate::shape::Change;

/// Fields of a change that hold the id of another row.
const REFERENCES: [(&str, Referred); 3] = [("vrf_id", Referred::Vrf), ("site_id", Referred::Site), ("vlan_id", Referred::Vlan)];

/// The latest changes of an object, newest first, with names in place of ids. What is gone keeps its number.
pub(super) fn history(rx: &mut ReadTx<'_>, kind: &str, id: i64, limit: u64) -> Result<Vec<Change>, Refusal> {
    let mut changes: Vec<Change> = rx.log().history(kind, id, limit)?.into_iter().map(Change::from).collect();
    for (field, of) in REFERENCES {
        let mut values: Vec<&mut String> = changes
            .iter_mut()
            .flat_map(|change| change.fields.iter_mut())
            .filter(|(name, _, _)| name == field)
            .flat_map(|(_, before, after)| before.iter_mut().chain(after.iter_mut()))
            .collect();
        let mut ids: Vec<i64> = values.iter().filter_map(|value| value.parse().ok()).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            continue;
        }
        let names: BTreeMap<i64, String> = rx.log().names(of, &ids)?.into_iter().collect();
        for value in &mut values {
            if let Some(name) = value.parse().ok().and_then(|id: i64| names.get(&id)) {
                (*value).clone_from(name);
            }
        }
    }
    Ok(changes)
}
