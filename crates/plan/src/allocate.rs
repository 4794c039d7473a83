//! Handing out what is free: addresses, lowest first, and prefixes by strategy.
//!
//! Prefixes of one length are counted, never enumerated: the free space is a list of runs of slots, a slot being one aligned prefix of
//! the wanted length, numbered from the parent's start. The work depends on the children and on how many are asked for, not on the size
//! of the parent.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::fmt;
use std::str::FromStr;

use crate::{Address, Count, Prefix, Span, free};

/// The most prefixes handed out at once.
pub const MOST: usize = 65_536;

/// The lowest free addresses of `usable` that are not below `from`, at most `count`, ascending.
///
/// `taken` is ascending and is read no further than needed; `blocked` is sorted by first address and may overlap. `from` of the other
/// family counts as no bound. Fewer than `count` means that there are no more.
pub fn next_addresses(
    usable: Span,
    from: Address,
    taken: impl IntoIterator<Item = Address>,
    blocked: &[Span],
    count: usize,
) -> Vec<Address> {
    let mut free = Vec::new();
    let mut taken = taken.into_iter().peekable();
    let mut blocked = blocked.iter().filter(|span| span.family() == usable.family()).peekable();
    let start = if from.family() == usable.family() { from.max(usable.first()) } else { usable.first() };
    let mut candidate = Some(start);
    while let Some(address) = candidate.filter(|address| free.len() < count && usable.contains(*address)) {
        while blocked.next_if(|span| span.last() < address).is_some() {}
        if let Some(span) = blocked.next_if(|span| span.contains(address)) {
            candidate = span.last().checked_add(1);
            continue;
        }
        while taken.next_if(|row| *row < address).is_some() {}
        if taken.peek() != Some(&address) {
            free.push(address);
        }
        candidate = address.checked_add(1);
    }
    free
}

/// Where a new prefix goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// The lowest free place.
    First,
    /// The highest free place.
    Last,
    /// The lowest place in the smallest free block that fits, so that large blocks stay whole.
    Best,
    /// The start of the largest free block, halving the free space as RFC 3531 does: 0, 1/2, 1/4, 3/4, …, so that every prefix keeps the
    /// most room to grow. Blocks are aligned prefixes, because only within one can a prefix grow.
    Sparse,
    /// Any free place with equal chance.
    Random,
}

impl Strategy {
    /// Every strategy, in the order shown to people.
    pub const ALL: [Self; 5] = [Self::First, Self::Last, Self::Best, Self::Sparse, Self::Random];

    /// Its name in the API and on pages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
            Self::Best => "best",
            Self::Sparse => "sparse",
            Self::Random => "random",
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Strategy {
    type Err = StrategyError;

    fn from_str(text: &str) -> Result<Self, StrategyError> {
        Self::ALL.into_iter().find(|strategy| strategy.name() == text).ok_or(StrategyError)
    }
}

/// The text names no strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrategyError;

impl fmt::Display for StrategyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("write one of")?;
        for (index, strategy) in Strategy::ALL.into_iter().enumerate() {
            write!(f, "{} {strategy}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl std::error::Error for StrategyError {}

/// Why no prefixes can be handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllocateError {
    /// The length must be longer than the parent's and within the family.
    Length {
        /// Where the prefixes were wanted.
        parent: Prefix,
        /// The length asked for.
        length: u8,
    },
    /// More than [`MOST`] at once.
    TooMany {
        /// How many were asked for.
        wanted: usize,
    },
    /// Too little is free.
    NoSpace(NoSpace),
}

/// How much space there is, where it was too little.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSpace {
    /// Where the prefixes were wanted.
    pub parent: Prefix,
    /// How many were asked for.
    pub wanted: usize,
    /// The length asked for.
    pub length: u8,
    /// How many of that length still fit.
    pub available: Count,
    /// The length of the largest free block, `None` if nothing at all is free.
    pub largest: Option<u8>,
}

impl fmt::Display for NoSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { parent, wanted, length, available, largest } = self;
        match largest {
            None => write!(f, "{parent} is full: nothing in it is free"),
            Some(largest) if available.is_zero() => {
                write!(f, "{parent} has no room for a /{length}: its largest free block is a /{largest}")
            }
            Some(largest) => {
                write!(f, "{parent} has room for {available} of the {wanted} /{length} asked for; its largest free block is a /{largest}")
            }
        }
    }
}

impl fmt::Display for AllocateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { parent, length } if parent.length() == parent.family().bits() => {
                write!(f, "{parent} is a single address: no /{length} fits below it")
            }
            Self::Length { parent, length } => write!(
                f,
                "/{length} does not fit below {parent}: choose a length from {} to {}",
                parent.length() + 1,
                parent.family().bits()
            ),
            Self::TooMany { wanted } => write!(f, "{wanted} prefixes are too many at once: ask for at most {MOST}"),
            Self::NoSpace(space) => space.fmt(f),
        }
    }
}

impl std::error::Error for AllocateError {}

/// `count` free prefixes of `length` below `parent`, in the order chosen: the first is the one that a single request would get.
///
/// `children` are the direct children (others change nothing but the time it takes), best sorted. `entropy` gives 128 fresh random bits
/// at each call and is drawn by [`Strategy::Random`] alone.
///
/// # Errors
/// [`AllocateError`] for a length that does not lie below the parent, too many at once, or too little space, which says how much there is.
pub fn next_prefixes(
    parent: Prefix,
    children: &[Prefix],
    length: u8,
    count: usize,
    strategy: Strategy,
    entropy: &mut dyn FnMut() -> u128,
) -> Result<Vec<Prefix>, AllocateError> {
    if length <= parent.length() || length > parent.family().bits() {
        return Err(AllocateError::Length { parent, length });
    }
    if count > MOST {
        return Err(AllocateError::TooMany { wanted: count });
    }
    let gaps = free::gaps(parent.span(), children.iter().map(|child| child.span()));
    let slots = Slots::new(parent, length);
    let runs: Vec<Run> = gaps.iter().filter_map(|gap| slots.run(*gap)).collect();
    let available = runs.iter().try_fold(Count::ZERO, |sum, run| sum.checked_add(run.size())).unwrap_or(Count::WHOLE);
    if available < Count::from(count as u128) {
        let largest = gaps.into_iter().flat_map(Span::prefixes).map(Prefix::length).min();
        return Err(AllocateError::NoSpace(NoSpace { parent, wanted: count, length, available, largest }));
    }
    let chosen: Vec<u128> = match strategy {
        Strategy::First => runs.iter().flat_map(|run| run.first..=run.last).take(count).collect(),
        Strategy::Last => runs.iter().rev().flat_map(|run| (run.first..=run.last).rev()).take(count).collect(),
        Strategy::Best => halve(&runs, count, |host| -i16::from(host)),
        Strategy::Sparse => halve(&runs, count, i16::from),
        Strategy::Random => draw(&runs, count, entropy),
    };
    Ok(chosen.into_iter().map(|slot| slots.prefix(slot)).collect())
}

/// The aligned prefixes of one length below a parent, numbered from its start.
struct Slots {
    parent: Prefix,
    length: u8,
    /// Host bits of a slot, at most 127 because a slot is smaller than its parent.
    host: u8,
}

/// Free slots side by side, both ends included.
#[derive(Clone, Copy)]
struct Run {
    first: u128,
    last: u128,
}

impl Run {
    fn size(self) -> Count {
        Count::one_more_than(self.last - self.first)
    }
}

impl Slots {
    fn new(parent: Prefix, length: u8) -> Self {
        Self { parent, length, host: parent.family().bits() - length }
    }

    /// The slots that lie wholly in a gap of the parent, `None` if not one does.
    fn run(&self, gap: Span) -> Option<Run> {
        let base = self.parent.first().bits();
        let (start, end) = (gap.first().bits() - base, gap.last().bits() - base);
        let slot = 1_u128 << self.host;
        let first = (start >> self.host) + u128::from(!start.is_multiple_of(slot));
        // The slot that holds the gap's end counts if it ends there too; else the one before it is the last.
        let holds = end >> self.host;
        let last = if end & (slot - 1) == slot - 1 { holds } else { holds.checked_sub(1)? };
        (first <= last).then_some(Run { first, last })
    }

    fn prefix(&self, slot: u128) -> Prefix {
        let first = Address::inside(self.parent.family(), self.parent.first().bits() + (slot << self.host));
        Prefix::at(first, self.length)
    }
}

/// An aligned block of 2^`host` slots.
#[derive(Clone, Copy)]
struct Block {
    host: u8,
    first: u128,
}

/// The fewest aligned blocks that cover the runs, ascending.
fn blocks(runs: &[Run]) -> impl Iterator<Item = Block> {
    runs.iter().flat_map(|run| {
        let mut rest = Some(*run);
        std::iter::from_fn(move || {
            let Run { first, last } = rest?;
            let fitting = Count::one_more_than(last - first).as_u128().map_or(u128::BITS, u128::ilog2);
            let host = u8::try_from(first.trailing_zeros().min(fitting)).unwrap_or(u8::MAX);
            let next = 1_u128.checked_shl(host.into()).and_then(|size| first.checked_add(size));
            rest = next.filter(|next| *next <= last).map(|first| Run { first, last });
            Some(Block { host, first })
        })
    })
}

/// Takes the first slot of the block that ranks highest, the lowest of equals, `count` times; what is left of a block goes back as its
/// upper halves. `rank` is told a block's `host`.
fn halve(runs: &[Run], count: usize, rank: fn(u8) -> i16) -> Vec<u128> {
    let keyed = |block: Block| (rank(block.host), Reverse(block.first), block.host);
    let mut heap: BinaryHeap<_> = blocks(runs).map(keyed).collect();
    let mut chosen = Vec::with_capacity(count);
    while chosen.len() < count {
        let Some((_, Reverse(first), host)) = heap.pop() else { break };
        chosen.push(first);
        heap.extend((0..host).map(|half| keyed(Block { host: half, first: first + (1_u128 << half) })));
    }
    chosen
}

/// `count` different free slots, every set of them with equal chance (Floyd's sampling). There are at least `count`.
fn draw(runs: &[Run], count: usize, entropy: &mut dyn FnMut() -> u128) -> Vec<u128> {
    // How many slots lie before each run; each sum is below the number of slots, so it fits.
    let mut before = Vec::with_capacity(runs.len());
    let mut last = 0_u128;
    for (index, run) in runs.iter().enumerate() {
        let start = if index == 0 { 0 } else { last + 1 };
        before.push(start);
        last = start + (run.last - run.first);
    }
    let mut ranks = BTreeSet::new();
    let mut chosen = Vec::with_capacity(count);
    for back in (0..count as u128).rev() {
        let bound = last - back;
        let mut rank = up_to(bound, entropy);
        if !ranks.insert(rank) {
            rank = bound;
            ranks.insert(rank);
        }
        let run = before.partition_point(|start| *start <= rank).saturating_sub(1);
        chosen.extend(runs.get(run).zip(before.get(run)).map(|(run, start)| run.first + (rank - start)));
    }
    chosen
}

/// A number from 0 to `bound`, each with equal chance.
fn up_to(bound: u128, entropy: &mut dyn FnMut() -> u128) -> u128 {
    // Half or more of the masked draws are good, so 64 bad ones mean that the source is broken; it must not hang the caller.
    let mask = u128::MAX.checked_shr(bound.leading_zeros()).unwrap_or(0);
    let good = (0..64).map(|_| entropy() & mask).find(|draw| *draw <= bound);
    good.unwrap_or(bound)
}
