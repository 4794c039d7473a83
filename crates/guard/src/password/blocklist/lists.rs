//! The lists of an installation, in its data directory: where they are, what stands in them, and how another one gets in.

use super::filter::{Facts, Filter};
use super::import::{self, ImportError, Prepared, Progress};
use super::kind::Kind;
use super::own::{Own, OwnFacts};
use super::{is_absent, shipped};
use crate::clock::Timestamp;
use crate::password::policy::{Listed, Unreadable};
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

/// Where the lists of an installation are.
#[derive(Clone, Debug)]
pub struct Lists {
    own: PathBuf,
    imported: PathBuf,
}

/// The lists, opened for one candidate. What could not be opened is told when it is asked.
#[derive(Debug)]
pub struct Open {
    place: PathBuf,
    own: Result<Option<Own>, Unreadable>,
    imported: Result<Option<Filter>, Unreadable>,
}

/// What is there, and whether it is whole.
#[derive(Clone, Debug)]
pub struct Status {
    /// Entries of the shipped list.
    pub shipped: usize,
    /// The operator's text file; none if there is none.
    pub own: Result<Option<OwnFacts>, Unreadable>,
    /// The imported list; none if nothing was imported.
    pub imported: Result<Option<Facts>, Unreadable>,
}

impl Lists {
    /// The lists of this data directory: `passwordBlacklist.txt` and `passwordBlacklist.filter`.
    #[must_use]
    pub fn of(data_dir: &Path) -> Self {
        Self { own: data_dir.join("passwordBlacklist.txt"), imported: data_dir.join("passwordBlacklist.filter") }
    }

    /// Opens them as they are now, for one candidate. Blocks for some tens of microseconds, and as long as it takes to read the text file.
    #[must_use]
    pub fn open(&self) -> Open {
        Open {
            place: self.imported.clone(),
            own: Own::read(&self.own).map_err(|error| unreadable(&self.own, &error)),
            imported: self.filter().map_err(|error| unreadable(&self.imported, &error)),
        }
    }

    /// Looks at all of them and reads all that is in them: tenths of a second for 100 million entries. Blocks.
    #[must_use]
    pub fn status(&self) -> Status {
        let whole = |filter: Filter| filter.verify().map(|()| filter.facts());
        Status {
            shipped: shipped::count(),
            own: Own::read(&self.own).map(|own| own.as_ref().map(Own::facts)).map_err(|error| unreadable(&self.own, &error)),
            imported: self.filter().and_then(|filter| filter.map(whole).transpose()).map_err(|error| unreadable(&self.imported, &error)),
        }
    }

    /// Reads `list` to its end and writes the file of it beside the one in use, which stays until [`Prepared::place`]. `at` is the time of
    /// the import. Takes a minute for 100 million entries, and blocks.
    pub fn prepare(
        &self,
        list: impl BufRead,
        kind: Kind,
        at: Timestamp,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Prepared, ImportError> {
        import::prepare(list, kind, &self.imported, at, progress)
    }

    /// The imported list; none if there never was one.
    fn filter(&self) -> io::Result<Option<Filter>> {
        if !is_absent(&self.imported)? {
            return Filter::open(&self.imported).map(Some);
        }
        let expected = import::expected(&self.imported);
        if is_absent(&expected)? {
            return Ok(None);
        }
        let says = format!("has gone: import the list again, or remove {} to do without", expected.display());
        Err(io::Error::new(io::ErrorKind::NotFound, says))
    }
}

impl Listed for Open {
    fn contains(&self, candidate: &str) -> Result<bool, Unreadable> {
        if shipped::is_common(candidate) {
            return Ok(true);
        }
        let own = self.own.as_ref().map_err(Unreadable::clone)?;
        let imported = self.imported.as_ref().map_err(Unreadable::clone)?;
        if own.as_ref().is_some_and(|own| own.contains(candidate)) {
            return Ok(true);
        }
        imported.as_ref().map_or(Ok(false), |filter| filter.contains(candidate)).map_err(|error| unreadable(&self.place, &error))
    }
}

impl Status {
    /// What is wrong with them. New passwords are refused because of it, or may come to be.
    pub fn troubles(&self) -> impl Iterator<Item = &Unreadable> {
        self.own.as_ref().err().into_iter().chain(self.imported.as_ref().err())
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Unreadable {
    Unreadable(format!("{}: {error}", path.display()))
}
