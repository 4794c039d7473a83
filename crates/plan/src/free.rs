//! What is left between what is taken.

use crate::{Prefix, Span};

/// The parts of `within` that no taken span touches, in order.
///
/// Taken spans may overlap, nest, stick out or be of the other family. They are expected sorted by their first address; others are sorted
/// first.
#[must_use]
pub fn gaps(within: Span, taken: impl IntoIterator<Item = Span>) -> Vec<Span> {
    let mut taken: Vec<Span> = taken.into_iter().filter(|span| within.overlaps(*span)).collect();
    if !taken.is_sorted_by_key(|span| span.first()) {
        taken.sort_unstable_by_key(|span| span.first());
    }
    let mut gaps = Vec::new();
    let mut cursor = Some(within.first());
    for span in taken {
        let Some(start) = cursor else { break };
        gaps.extend(span.first().checked_sub(1).and_then(|end| Span::new(start, end)));
        // Past the end of the family nothing is left.
        cursor = span.last().checked_add(1).map(|next| next.max(start));
    }
    gaps.extend(cursor.and_then(|start| Span::new(start, within.last())));
    gaps
}

/// The fewest prefixes that cover what no child takes of the parent, in order.
#[must_use]
pub fn free_prefixes(parent: Prefix, children: &[Prefix]) -> Vec<Prefix> {
    gaps(parent.span(), children.iter().map(|child| child.span())).into_iter().flat_map(Span::prefixes).collect()
}
