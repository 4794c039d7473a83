//! Which prefix stands directly below which.

use std::fmt;

use crate::Prefix;

/// The list is not strictly ascending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsorted {
    /// Where the first prefix stands that is not above the one before it.
    pub index: usize,
}

impl fmt::Display for Unsorted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the prefix at index {} is out of order or stands there twice", self.index)
    }
}

impl std::error::Error for Unsorted {}

/// The index of each prefix's direct parent, the tightest other one that contains it; `None` for roots. Linear.
///
/// # Errors
/// [`Unsorted`] unless the list is in strictly ascending order, which also excludes doubles. Families may be mixed.
pub fn nest(prefixes: &[Prefix]) -> Result<Vec<Option<usize>>, Unsorted> {
    let mut parents = Vec::with_capacity(prefixes.len());
    let mut open: Vec<(usize, Prefix)> = Vec::new();
    let mut before: Option<Prefix> = None;
    for (index, &prefix) in prefixes.iter().enumerate() {
        if before.is_some_and(|before| before >= prefix) {
            return Err(Unsorted { index });
        }
        before = Some(prefix);
        while open.pop_if(|(_, candidate)| !candidate.contains(&prefix)).is_some() {}
        parents.push(open.last().map(|&(parent, _)| parent));
        open.push((index, prefix));
    }
    Ok(parents)
}

/// How deep each prefix stands, roots at 0, from the answer of [`nest`]. Linear.
#[must_use]
pub fn depths(parents: &[Option<usize>]) -> Vec<u32> {
    let mut depths: Vec<u32> = Vec::with_capacity(parents.len());
    for parent in parents {
        // A parent stands before its children, so its depth is known by now.
        let depth = parent.and_then(|parent| depths.get(parent)).map_or(0, |above| above + 1);
        depths.push(depth);
    }
    depths
}
