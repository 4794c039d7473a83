//! Which cell of a row is which column of its kind.

use csv::StringRecord;

use super::Kind;
use crate::Refusal;
use crate::limit::Problems;

/// Other words for a column.
const ALIASES: [(&str, &str); 2] = [("prefix", "cidr"), ("hostname", "dns_name")];

/// The columns that a file has, by place.
#[derive(Debug)]
pub(super) struct Columns {
    places: Vec<(&'static str, usize)>,
    width: usize,
    key: &'static str,
}

impl Columns {
    /// Matches the header: every column must be known and there once, or be named in `ignore`.
    pub(super) fn of(kind: Kind, header: &[String], ignore: &[String]) -> Result<Self, Refusal> {
        let known = kind.columns();
        let mut problems = Problems::default();
        let mut places: Vec<(&'static str, usize)> = Vec::new();
        for (place, cell) in header.iter().enumerate() {
            let name = cell.trim().to_lowercase();
            if ignore.iter().any(|word| word.trim().to_lowercase() == name) {
                continue;
            }
            let meant = ALIASES.iter().find(|(alias, column)| *alias == name && known.contains(column)).map_or(name.as_str(), |(_, c)| c);
            match known.iter().find(|column| **column == meant) {
                Some(column) if places.iter().any(|(taken, _)| taken == column) => {
                    problems.add("file", format!("the column {column} is there twice: keep one"));
                }
                Some(column) => places.push((column, place)),
                None if name.is_empty() => problems.add("file", format!("column {} has no name", place + 1)),
                None => {
                    let shown: String = cell.trim().chars().filter(|c| !c.is_control()).take(64).collect();
                    problems.add("file", format!("unknown column {shown}: rename it, or ignore it with --ignore {shown}"));
                }
            }
        }
        let key = known.first().copied().unwrap_or_default();
        if !places.iter().any(|(column, _)| *column == key) {
            problems.add("file", format!("there is no column {key}; known are {}", known.join(", ")));
        }
        problems.done()?;
        Ok(Self { places, width: header.len(), key })
    }
}

/// One row under its columns.
#[derive(Clone, Copy)]
pub(super) struct Row<'r> {
    columns: &'r Columns,
    record: &'r StringRecord,
}

impl<'r> Row<'r> {
    pub(super) const fn new(columns: &'r Columns, record: &'r StringRecord) -> Self {
        Self { columns, record }
    }

    /// Why the row does not fit the header, if it does not.
    pub(super) fn ragged(&self) -> Option<String> {
        let (cells, width) = (self.record.len(), self.columns.width);
        (cells != width).then(|| format!("has {cells} cells, the header has {width}"))
    }

    /// The cell as it stands; empty when the file has no such column.
    pub(super) fn raw(&self, column: &str) -> &'r str {
        let place = self.columns.places.iter().find(|(name, _)| *name == column);
        place.and_then(|(_, place)| self.record.get(*place)).unwrap_or_default()
    }

    /// The cell without blanks at its ends.
    pub(super) fn get(&self, column: &str) -> &'r str {
        self.raw(column).trim()
    }

    /// The cell, unless it gives nothing.
    pub(super) fn given(&self, column: &str) -> Option<&'r str> {
        Some(self.get(column)).filter(|cell| !cell.is_empty())
    }

    /// What the row is called before it is understood.
    pub(super) fn label(&self) -> String {
        self.get(self.columns.key).chars().filter(|c| !c.is_control()).take(100).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(header: &[&str], ignore: &[&str]) -> String {
        let owned = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        Columns::of(Kind::Subnets, &owned(header), &owned(ignore)).map_or_else(|refusal| refusal.to_string(), |_| String::new())
    }

    #[test]
    fn a_header_is_understood_or_refused_by_name() {
        assert_eq!(refusal(&[" CIDR ", "Vrf"], &[]), "");
        assert_eq!(refusal(&["prefix", "rack"], &["RACK"]), "");
        assert_eq!(refusal(&["cidr", "rack"], &[]), "file: unknown column rack: rename it, or ignore it with --ignore rack");
        assert_eq!(refusal(&["cidr", "prefix"], &[]), "file: the column cidr is there twice: keep one");
        assert_eq!(refusal(&["cidr", ""], &[]), "file: column 2 has no name");
        assert!(refusal(&["vrf"], &[]).starts_with("file: there is no column cidr; known are cidr, vrf,"));
        assert!(refusal(&["cidr", "mac"], &[]).contains("unknown column mac"));
    }
}
