//! The dry run of any kind: read every row, find what is there, decide.

use std::collections::BTreeMap;

use ringfence_store as store;
use store::ReadTx;

use super::column::{Columns, Row};
use super::merge::Merge;
use super::name::Names;
use super::plan::{Act, On};
use super::sheet::Sheet;
use super::{Kind, OnDuplicate, RowVerdict, Totals, Verdict};
use crate::Refusal;
use crate::limit::Problems;

/// Rows between two calls of the progress.
const STEP: usize = 2_000;

/// What differs between kinds.
pub(super) trait Noun {
    /// What makes an object the same one.
    type Key: Ord + Clone;
    /// What a row gives; `None` where the cell is empty or missing.
    type Given;
    /// The whole object.
    type Draft;

    /// Reads a row and checks everything that can be checked without other rows.
    fn read(row: Row<'_>, names: &mut Names) -> Result<(Self::Key, Self::Given), String>;
    /// What people call the object.
    fn label(key: &Self::Key, names: &Names) -> String;
    /// The objects of those keys that are there.
    fn existing(rx: &mut ReadTx<'_>, keys: &[Self::Key], names: &mut Names) -> Result<Found<Self>, Refusal>;
    /// Refuses what does not fit the rest of the file or of the database.
    fn vet(&mut self, _rx: &mut ReadTx<'_>, _entries: &mut [Entry<Self>], _vetting: &mut Vetting<'_, Self>) -> Result<(), Refusal> {
        Ok(())
    }
    /// An object with nothing but its key.
    fn fresh(key: &Self::Key, names: &Names) -> Self::Draft;
    /// Brings what is given into the object.
    fn merge(merge: &mut Merge, draft: &mut Self::Draft, given: Self::Given, names: &Names);
    /// Marks what an object that is made or changed refers to.
    fn need(draft: &Self::Draft, names: &mut Names);
}

/// An object that is there.
pub(super) struct Existing<D> {
    pub(super) on: On,
    pub(super) draft: D,
}

/// Objects that are there, by key.
pub(super) type Found<N> = BTreeMap<<N as Noun>::Key, Existing<<N as Noun>::Draft>>;

/// What a row is checked against.
pub(super) struct Vetting<'v, N: Noun + ?Sized> {
    pub(super) names: &'v mut Names,
    pub(super) existing: &'v Found<N>,
    pub(super) mode: OnDuplicate,
}

/// One row on its way.
pub(super) struct Entry<N: Noun + ?Sized> {
    pub(super) line: u32,
    pub(super) state: State<N>,
}

pub(super) enum State<N: Noun + ?Sized> {
    Read(N::Key, N::Given),
    Refused { label: String, why: String },
}

impl<N: Noun + ?Sized> Entry<N> {
    pub(super) fn refuse(&mut self, label: String, why: impl Into<String>) {
        self.state = State::Refused { label, why: why.into() };
    }
}

/// What a dry run finds.
pub(super) struct Decided<D> {
    pub(super) rows: Vec<RowVerdict>,
    pub(super) acts: Vec<Act<D>>,
    pub(super) totals: Totals,
}

/// The file and how to read it.
pub(super) struct Input<'i> {
    pub(super) sheet: &'i Sheet<'i>,
    pub(super) kind: Kind,
    pub(super) ignore: &'i [String],
    pub(super) mode: OnDuplicate,
    pub(super) progress: &'i (dyn Fn(usize, usize) + Sync),
}

pub(super) fn decide<N: Noun>(
    noun: &mut N,
    rx: &mut ReadTx<'_>,
    input: &Input<'_>,
    names: &mut Names,
) -> Result<Decided<N::Draft>, Refusal> {
    let mut entries: Vec<Entry<N>> = read_all(input, names)?;
    let keys: Vec<N::Key> =
        entries.iter().filter_map(|entry| if let State::Read(key, _) = &entry.state { Some(key.clone()) } else { None }).collect();
    let mut existing = N::existing(rx, &keys, names)?;
    drop(keys);
    noun.vet(rx, &mut entries, &mut Vetting { names, existing: &existing, mode: input.mode })?;
    let total = entries.len();
    let mut decided = Decided { rows: Vec::with_capacity(total), acts: Vec::new(), totals: Totals::default() };
    for entry in entries {
        let line = entry.line as usize;
        let row = match entry.state {
            State::Refused { label, why } => RowVerdict { line, verdict: Verdict::Refused(why), label, details: Vec::new() },
            State::Read(key, given) => {
                let label = N::label(&key, names);
                let (mut merge, on, mut draft) = match existing.remove(&key) {
                    Some(there) => (Merge::into(input.mode), Some(there.on), there.draft),
                    None => (Merge::fresh(), None, N::fresh(&key, names)),
                };
                N::merge(&mut merge, &mut draft, given, names);
                let (verdict, details) = merge.verdict();
                if matches!(verdict, Verdict::Create | Verdict::Change(_)) {
                    N::need(&draft, names);
                    decided.acts.push(Act { line: entry.line, on, draft });
                }
                RowVerdict { line, verdict, label, details }
            }
        };
        let totals = &mut decided.totals;
        *match &row.verdict {
            Verdict::Create => &mut totals.create,
            Verdict::Same => &mut totals.same,
            Verdict::Change(_) => &mut totals.change,
            Verdict::Refused(_) => &mut totals.refused,
        } += 1;
        decided.rows.push(row);
    }
    names.refs.note(&mut decided.totals);
    (input.progress)(total, total);
    Ok(decided)
}

/// Reads every row; of rows about the same object all but the first are refused.
fn read_all<N: Noun>(input: &Input<'_>, names: &mut Names) -> Result<Vec<Entry<N>>, Refusal> {
    let columns = Columns::of(input.kind, &input.sheet.header, input.ignore)?;
    let mut entries: Vec<Entry<N>> = Vec::new();
    let mut first: BTreeMap<N::Key, u32> = BTreeMap::new();
    input.sheet.each(|line, record| {
        let row = Row::new(&columns, record);
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        let state = match row.ragged().map_or_else(|| N::read(row, names), Err) {
            Err(why) => State::Refused { label: row.label(), why },
            Ok((key, given)) => {
                if let Some(before) = first.get(&key) {
                    State::Refused { label: N::label(&key, names), why: format!("is the same as line {before}: keep one of the two") }
                } else {
                    first.insert(key.clone(), line);
                    State::Read(key, given)
                }
            }
        };
        entries.push(Entry { line, state });
        if entries.len().is_multiple_of(STEP) {
            (input.progress)(entries.len(), input.sheet.lines.max(entries.len()));
        }
    })?;
    Ok(entries)
}

/// The problems of a row as one text.
pub(super) fn done(problems: Problems) -> Result<(), String> {
    problems.done().map_err(|refusal| refusal.to_string())
}

/// The tags that a row gives: `tags` by word, `role` and `tenant` whole, and more where the noun has any.
pub(super) fn tags(row: Row<'_>, more: Option<&str>, problems: &mut Problems, names: &mut Names) -> Option<Vec<u32>> {
    let words = row.get("tags").split_whitespace();
    let whole = [row.given("role"), row.given("tenant"), more];
    let tags: Vec<String> = words.chain(whole.into_iter().flatten()).map(str::to_owned).collect();
    if tags.is_empty() {
        return None;
    }
    problems.tags(&tags);
    Some(names.tags(&tags))
}

/// A name that a row refers to.
pub(super) fn referred<'r>(row: Row<'r>, column: &'static str, problems: &mut Problems) -> Option<&'r str> {
    let name = row.given(column)?;
    problems.name(column, name, crate::limit::NAME);
    Some(name)
}

/// A line of text.
pub(super) fn line(row: Row<'_>, column: &'static str, most: usize, problems: &mut Problems) -> Option<String> {
    let text = row.given(column)?;
    problems.line(column, text, most);
    Some(text.to_owned())
}

/// Text of several lines; their ends become plain.
pub(super) fn text(row: Row<'_>, column: &'static str, most: usize, problems: &mut Problems) -> Option<String> {
    let text = row.given(column)?.replace("\r\n", "\n");
    problems.text(column, &text, most);
    Some(text)
}
