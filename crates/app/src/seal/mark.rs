//! Where the log ended when it was sealed last, remembered outside the database: who may write to the database alone can cut off the end of the
//! log together with its seals, or all of them, and the rest still follows from the beginning. The mark tells.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use guard::text;
use ringfence_guard as guard;
use ringfence_store as store;
use store::StoreError;

/// The last seal that this installation made or saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The seal's number.
    pub(super) id: i64,
    /// The chain's hash after it.
    pub(super) hash: [u8; 32],
}

/// The file that holds the mark: one line, the seal's number and its hash.
#[derive(Debug)]
pub(crate) struct MarkFile(PathBuf);

impl MarkFile {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The mark; none before the first seal.
    pub(super) fn read(&self) -> Result<Option<Mark>, StoreError> {
        match fs::read_to_string(&self.0) {
            Ok(line) => parse(&line).map(Some).ok_or_else(|| self.failed("it holds no seal's number and hash")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Puts the mark there: the old one or the new one, never half of it, whenever the power goes.
    pub(super) fn write(&self, mark: Mark) -> Result<(), StoreError> {
        let new = self.0.with_extension("new");
        let line = format!("{} {}\n", mark.id, text::base64url(&mark.hash));
        self.replace(&new, line.as_bytes()).map_err(|error| self.failed(error))
    }

    fn replace(&self, new: &Path, content: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(new)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(new, &self.0)
    }

    /// What contradicts the mark, and what to do when there is a good reason for it.
    pub(super) fn broken(&self, mark: Mark) -> String {
        format!(
            "seal {} was the last one here and is gone or another one: the end of the log was cut off, or an older database was put back (if so, \
             remove {})",
            mark.id,
            self.0.display()
        )
    }

    fn failed(&self, why: impl std::fmt::Display) -> StoreError {
        StoreError::Setup(format!("the mark of the last seal, {}: {why}", self.0.display()))
    }
}

fn parse(line: &str) -> Option<Mark> {
    let (id, hash) = line.trim_end().split_once(' ')?;
    let id = id.parse::<i64>().ok()?;
    Some(Mark { id, hash: text::base64url_32(hash)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let file = MarkFile::new(dir.path().join("audit.seal"));
        assert_eq!(file.read().unwrap(), None);
        for id in [7, 8] {
            let mark = Mark { id, hash: [9; 32] };
            file.write(mark).unwrap();
            assert_eq!(file.read().unwrap(), Some(mark));
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        for broken in ["", "7", "7 abc", "x AAAA"] {
            fs::write(&file.0, broken).unwrap();
            assert!(file.read().unwrap_err().to_string().contains("holds no seal's number"), "{broken}");
        }
    }
}
