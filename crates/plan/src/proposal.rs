//! Split, merge and resize as proposals: what would be made, what moves, and what would be stranded. Nothing is changed here.

use std::fmt;

use crate::{Address, Prefix, free};

/// The most parts of one split.
pub const MOST_PARTS: u32 = 65_536;

/// A prefix cut into equal parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// What is cut.
    pub prefix: Prefix,
    /// All parts, ascending; together they are exactly the prefix.
    pub parts: Vec<Prefix>,
    /// Parts that stand there already as children.
    pub existing: Vec<Prefix>,
    /// Children that move below a part.
    pub moves: Vec<Move>,
    /// Children larger than a part: they stay, and the parts inside them would become theirs.
    pub astride: Vec<Prefix>,
}

/// A child and the part that it moves below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// What moves.
    pub child: Prefix,
    /// Its new parent.
    pub to: Prefix,
}

impl Split {
    /// The part that an address goes to, `None` outside the prefix.
    #[must_use]
    pub fn part_of(&self, address: Address) -> Option<Prefix> {
        let part = Prefix::containing(address, self.parts.first()?.length())?;
        self.prefix.contains(&part).then_some(part)
    }

    /// Which of these addresses could be used and no longer can, because they become the network or broadcast address of a part.
    pub fn stranded(&self, addresses: impl IntoIterator<Item = Address>) -> Vec<Address> {
        let edge = |address: &Address| self.part_of(*address).is_some_and(|part| part.is_edge(*address));
        addresses.into_iter().filter(|address| !self.prefix.is_edge(*address) && edge(address)).collect()
    }
}

/// Why a prefix cannot be split so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitError {
    /// The length must be longer than the prefix's and within the family.
    Length {
        /// What was to be cut.
        prefix: Prefix,
        /// The length asked for.
        length: u8,
    },
    /// More than [`MOST_PARTS`].
    TooMany {
        /// What was to be cut.
        prefix: Prefix,
        /// The length asked for.
        length: u8,
    },
}

impl fmt::Display for SplitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { prefix, .. } if prefix.host_bits() == 0 => write!(f, "{prefix} is a single address and cannot be split"),
            Self::Length { prefix, length } => write!(
                f,
                "{prefix} cannot be split into /{length}: choose a length from {} to {}",
                prefix.length() + 1,
                prefix.family().bits()
            ),
            Self::TooMany { prefix, length } => write!(
                f,
                "{prefix} has more than {MOST_PARTS} /{length}: split in steps, at most to /{}",
                prefix.length().saturating_add(16).min(prefix.family().bits())
            ),
        }
    }
}

impl std::error::Error for SplitError {}

/// Cuts a prefix into parts of `length`. Of `children`, in any order, those outside the prefix are left out of account.
///
/// # Errors
/// [`SplitError`] for a length that does not lie below the prefix, and for more than [`MOST_PARTS`] parts.
pub fn split(prefix: Prefix, length: u8, children: &[Prefix]) -> Result<Split, SplitError> {
    if length <= prefix.length() || length > prefix.family().bits() {
        return Err(SplitError::Length { prefix, length });
    }
    let deeper = length - prefix.length();
    if 1_u128.checked_shl(deeper.into()).is_none_or(|parts| parts > u128::from(MOST_PARTS)) {
        return Err(SplitError::TooMany { prefix, length });
    }
    let mut parts = vec![prefix];
    for _ in 0..deeper {
        parts = parts.into_iter().filter_map(Prefix::halves).flatten().collect();
    }
    let mut split = Split { prefix, parts, existing: Vec::new(), moves: Vec::new(), astride: Vec::new() };
    for &child in children.iter().filter(|child| prefix.contains(child) && **child != prefix) {
        match split.part_of(child.first()) {
            Some(part) if part == child => split.existing.push(child),
            Some(part) if part.contains(&child) => split.moves.push(Move { child, to: part }),
            _ => split.astride.push(child),
        }
    }
    Ok(split)
}

/// Why prefixes cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeError {
    /// Fewer than two.
    TooFew,
    /// Both families.
    Families,
    /// Two of them share addresses.
    Overlap {
        /// One of them.
        one: Prefix,
        /// The other, equal to it or inside it.
        other: Prefix,
    },
    /// They are not all of the smallest prefix that contains them.
    Incomplete {
        /// The smallest prefix that contains them.
        target: Prefix,
        /// What of it is missing, as the fewest prefixes, ascending.
        missing: Vec<Prefix>,
    },
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew => f.write_str("choose at least two prefixes to merge"),
            Self::Families => f.write_str("IPv4 and IPv6 prefixes cannot be merged with each other"),
            Self::Overlap { one, other } if one == other => write!(f, "{one} is chosen twice"),
            Self::Overlap { one, other } => write!(f, "{other} lies inside {one}: merge only prefixes side by side"),
            Self::Incomplete { target, missing } => {
                write!(f, "these do not make up all of {target}")?;
                let Some(first) = missing.first() else { return Ok(()) };
                write!(f, ": missing {first}")?;
                if missing.len() > 1 { write!(f, " and {} more", missing.len() - 1) } else { Ok(()) }
            }
        }
    }
}

impl std::error::Error for MergeError {}

/// The one prefix that these, in any order, make up exactly.
///
/// # Errors
/// [`MergeError`] unless they are two or more of one family, disjoint, and together all of one prefix.
pub fn merge(prefixes: &[Prefix]) -> Result<Prefix, MergeError> {
    let mut sorted = prefixes.to_vec();
    sorted.sort_unstable();
    let (Some(&lowest), Some(&highest), true) = (sorted.first(), sorted.last(), sorted.len() > 1) else {
        return Err(MergeError::TooFew);
    };
    let target = lowest.common(&highest).ok_or(MergeError::Families)?;
    // In preorder a prefix that contains any later one contains the next.
    if let Some((&one, &other)) = sorted.iter().zip(sorted.iter().skip(1)).find(|(one, other)| one.contains(other)) {
        return Err(MergeError::Overlap { one, other });
    }
    let missing = free::free_prefixes(target, &sorted);
    if missing.is_empty() { Ok(target) } else { Err(MergeError::Incomplete { target, missing }) }
}

/// A prefix made larger or smaller around its first address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resize {
    /// What it is now.
    pub from: Prefix,
    /// What it becomes. When it grows, its first address may move down to the next boundary; when it shrinks, its lower end stays.
    pub to: Prefix,
    /// Others that come to lie inside it and did not before.
    pub swallowed: Vec<Prefix>,
    /// Of the swallowed, those that contained it before: it would outgrow its own ancestors.
    pub outgrown: Vec<Prefix>,
    /// Others that lay inside it and no longer do.
    pub fallen_out: Vec<Prefix>,
}

impl Resize {
    /// Which of these addresses lay in the prefix and no longer do.
    pub fn outside(&self, addresses: impl IntoIterator<Item = Address>) -> Vec<Address> {
        let lost = |address: &Address| self.from.contains_address(*address) && !self.to.contains_address(*address);
        addresses.into_iter().filter(lost).collect()
    }

    /// Which of these addresses stay in the prefix but could be used and no longer can, because they become its network or broadcast
    /// address.
    pub fn stranded(&self, addresses: impl IntoIterator<Item = Address>) -> Vec<Address> {
        let edge = |address: &Address| self.from.contains_address(*address) && !self.from.is_edge(*address) && self.to.is_edge(*address);
        addresses.into_iter().filter(edge).collect()
    }
}

/// Why a prefix cannot be resized so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResizeError {
    /// The length is beyond the family.
    Length {
        /// What was to be resized.
        prefix: Prefix,
        /// The length asked for.
        length: u8,
    },
    /// The length is the one it has.
    Unchanged {
        /// What was to be resized.
        prefix: Prefix,
    },
    /// What it would become stands there already.
    Exists {
        /// The other one.
        to: Prefix,
    },
}

impl fmt::Display for ResizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { prefix, length } => {
                write!(
                    f,
                    "{prefix} cannot become a /{length}: the prefix length of {} is at most {}",
                    prefix.family(),
                    prefix.family().bits()
                )
            }
            Self::Unchanged { prefix } => write!(f, "{prefix} has that length already"),
            Self::Exists { to } => write!(f, "{to} exists already: remove it first or choose another length"),
        }
    }
}

impl std::error::Error for ResizeError {}

/// Gives a prefix another length. `others` are the prefixes of the same VRF, in any order; the prefix itself may be among them.
///
/// # Errors
/// [`ResizeError`] for a length beyond the family, the length it has, and when the outcome stands there already.
pub fn resize(prefix: Prefix, length: u8, others: &[Prefix]) -> Result<Resize, ResizeError> {
    let to = Prefix::containing(prefix.first(), length).ok_or(ResizeError::Length { prefix, length })?;
    if to == prefix {
        return Err(ResizeError::Unchanged { prefix });
    }
    let mut resize = Resize { from: prefix, to, swallowed: Vec::new(), outgrown: Vec::new(), fallen_out: Vec::new() };
    for &other in others.iter().filter(|other| **other != prefix) {
        if other == to {
            return Err(ResizeError::Exists { to });
        }
        match (prefix.contains(&other), to.contains(&other)) {
            (false, true) => {
                resize.swallowed.push(other);
                resize.outgrown.extend(other.contains(&prefix).then_some(other));
            }
            (true, false) => resize.fallen_out.push(other),
            _ => {}
        }
    }
    Ok(resize)
}
