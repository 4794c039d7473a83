//! Bringing what a row gives into an object, by the rule for objects that are there.

use super::{Difference, OnDuplicate, Verdict};

/// The merge of one row into one object.
pub(super) struct Merge {
    /// None for an object that is being made.
    mode: Option<OnDuplicate>,
    differences: Vec<Difference>,
}

impl Merge {
    /// For an object that is being made.
    pub(super) const fn fresh() -> Self {
        Self { mode: None, differences: Vec::new() }
    }

    /// For an object that is there.
    pub(super) const fn into(mode: OnDuplicate) -> Self {
        Self { mode: Some(mode), differences: Vec::new() }
    }

    /// A text.
    pub(super) fn text(&mut self, field: &'static str, now: &mut String, given: Option<String>) {
        self.set(field, now, given, String::is_empty, Clone::clone);
    }

    /// A value that may be absent.
    pub(super) fn optional<T: PartialEq>(
        &mut self,
        field: &'static str,
        now: &mut Option<T>,
        given: Option<T>,
        show: impl Fn(&T) -> String,
    ) {
        self.set(field, now, given.map(Some), Option::is_none, |value| value.as_ref().map_or_else(String::new, &show));
    }

    /// Any field; `empty` says whether the object has nothing there.
    pub(super) fn set<T: PartialEq>(
        &mut self,
        field: &'static str,
        now: &mut T,
        given: Option<T>,
        empty: impl Fn(&T) -> bool,
        show: impl Fn(&T) -> String,
    ) {
        let Some(given) = given.filter(|given| given != now) else { return };
        let Some(mode) = self.mode else {
            *now = given;
            return;
        };
        if mode == OnDuplicate::Fill && !empty(now) {
            return;
        }
        self.differences.push(Difference { field: field.to_owned(), before: show(now), after: show(&given) });
        if mode != OnDuplicate::Skip {
            *now = given;
        }
    }

    /// The verdict and what it rests on.
    pub(super) fn verdict(self) -> (Verdict, Vec<Difference>) {
        let verdict = match self.mode {
            None => Verdict::Create,
            Some(OnDuplicate::Skip) => Verdict::Same,
            Some(_) if self.differences.is_empty() => Verdict::Same,
            Some(_) => Verdict::Change(self.differences.iter().map(|d| d.field.as_str()).collect::<Vec<_>>().join(", ")),
        };
        (verdict, self.differences)
    }
}
