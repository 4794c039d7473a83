//! Passwords that nobody may choose: the most common ones, shipped with the program; the operator's own, in a text file; and one imported
//! list of up to 100 million entries.
//!
//! | question | where |
//! |---|---|
//! | is it in one of them | [`Lists::open`] gives what the validator asks ([`Listed`](super::policy::Listed)) |
//! | in which spellings is it asked for | the validator, up to [`MOST_SPELLINGS`](super::policy::MOST_SPELLINGS) |
//! | what is there, and is it whole | [`Lists::status`] |
//! | how does a list get in | [`Lists::prepare`] with a [`Kind`], then [`Prepared::place`] |
//!
//! The shipped list and the text file are exact. An imported list becomes a binary fuse filter (see `fuse`) in a file (see `filter`): 2.26
//! bytes an entry, 226 MB for 100 million, which stay on the disk. A look-up reads three times, never misses a listed one, and takes one of
//! 65,536 others for listed.
//!
//! **A wrong refusal** hits someone whose password is in no list. With three spellings it happens to one candidate in
//! 65,536 / 3 = 21,845, for each imported list that is asked: for two it would be one in 10,923. So there is one. Whoever has two imports them
//! as one.
//!
//! **An error is no answer.** A list that is cut off or changed, or was imported and has gone, refuses the new password. A list that was
//! never made is simply not there: the first password of an installation must be possible.
//!
//! This is the one place in this crate that touches the disk, and it blocks: call it on the threads of [`super::pool`], for each password
//! that is set. Opening takes tens of microseconds, so that what was imported last is asked, by every process and without a restart.

mod filter;
mod fuse;
mod import;
mod kind;
mod lists;
mod own;
#[cfg(test)]
mod prove;
mod shipped;
#[cfg(test)]
mod tests;

pub use filter::Facts;
pub use import::{ImportError, LONGEST_LINE, MOST_ENTRIES, Prepared, Progress};
pub use kind::Kind;
pub use lists::{Lists, Open, Status};
pub use own::{MOST_BYTES, OwnFacts};

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Opens a file that is one: a pipe would hold whoever opens it.
fn open_file(path: &Path) -> io::Result<File> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "is not a file"));
    }
    File::open(path)
}

/// Whether nothing stands under this name. That its directory has gone says nothing of what stood in it, and is an error.
fn is_absent(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::metadata(directory_of(path)).map(|_| true),
        Err(error) => Err(error),
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
