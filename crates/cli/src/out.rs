//! The only place that writes to the terminal.

use std::fmt::Display;
use std::io::Write as _;

/// A line of output.
pub(crate) fn line(text: impl Display) {
    // A reader that went away (`ringfence … | head`) is no failure of ours.
    let _gone = writeln!(std::io::stdout().lock(), "{text}");
}

/// A line for the person at the console, not part of the output.
pub(crate) fn note(text: impl Display) {
    let _gone = writeln!(std::io::stderr().lock(), "{text}");
}

/// Why it did not work.
pub(crate) fn fail(text: impl Display) {
    note(format!("ringfence: {text}"));
}
