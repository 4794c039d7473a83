//! What was said before the database opened: keys of the configuration as they are in force, for people who look for them among the settings. The
//! composition root hands them over, with whatever is secret taken out.

use std::fmt;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody said otherwise.
    Default,
    /// The configuration file of this name.
    File(String),
    /// A variable of the environment.
    Variable(&'static str),
    /// An option of the command line.
    Option(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(name) => f.write_str(name),
            Self::Variable(name) | Self::Option(name) => f.write_str(name),
        }
    }
}

/// One key of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configured {
    /// As it stands in the file.
    pub key: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
    /// The value in force; empty: none. Never a secret.
    pub value: String,
    /// Where it comes from.
    pub source: Source,
}
