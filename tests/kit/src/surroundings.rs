//! What a test is told from outside: the two servers, how large to be, and where the program lies. The one place in the kit that
//! reads the environment, because a test has no caller who could pass it as an argument.

use std::ffi::OsString;
use std::path::PathBuf;

#[expect(clippy::disallowed_methods, reason = "tests are started by a runner, which can hand them nothing but variables")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The URL of a test server. Panics when it is not given: a test that cannot run has failed.
pub(crate) fn server_url(name: &str) -> String {
    variable(name).unwrap_or_else(|| panic!("{name} is not set: run the tests with `make test`, or inside `scripts/servers`"))
}

/// The names of all variables that the program might take for its configuration: a test passes it none but its own.
pub(crate) fn own_variables() -> impl Iterator<Item = OsString> {
    std::env::vars_os().map(|(name, _)| name).filter(|name| name.as_encoded_bytes().starts_with(b"RINGFENCE_"))
}

/// The PEM file of the authority that signed the certificates of both test servers, for tests of TLS to a database.
pub fn authority() -> PathBuf {
    PathBuf::from(server_url("RINGFENCE_TEST_CA"))
}

/// How much of something a test uses: `small` under `make test`, `full` under `make prove`.
pub fn size(small: usize, full: usize) -> usize {
    if variable("RINGFENCE_PROVE").is_some() { full } else { small }
}

/// The program under test, built by the Makefile in the profile that this executable was built in: it lies beside it, or one
/// folder up where test executables are in `deps`.
pub fn binary() -> PathBuf {
    let this = std::env::current_exe().expect("a running executable has a path");
    let places: Vec<PathBuf> = this.ancestors().skip(1).take(2).map(|folder| folder.join("ringfence")).collect();
    places.iter().find(|place| place.is_file()).cloned().unwrap_or_else(|| {
        panic!("the program is missing, looked for {places:?}: run `cargo build --package ringfence-cli` first (`make test` does)")
    })
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_one_of_the_two() {
        assert!([3, 5].contains(&size(3, 5)));
    }
}
