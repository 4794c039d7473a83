//! The ways in. `login.allowed_modes` names those that exist on an installation, in order; a mode that is not named does not exist.

use std::fmt;

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Name and password on the login page.
    Form,
    /// Name and password in the `Authorization` header of every API call (RFC 7617).
    Basic,
    /// A name in a header that a trusted proxy sets.
    External,
    /// Single sign-on (`OpenID` Connect).
    Oidc,
    /// A passkey instead of a password.
    Passkey,
    /// An API key.
    Token,
}

/// What is known of one mode.
struct Row {
    mode: Mode,
    word: &'static str,
    /// Other words for it in fence rules of iTop.
    aliases: &'static [&'static str],
    /// Whether this version has it.
    built: bool,
    /// Whether a name is typed, which can fail and be counted.
    typed: bool,
}

const ROWS: [Row; 6] = [
    Row { mode: Mode::Form, word: "form", aliases: &[], built: true, typed: true },
    Row { mode: Mode::Basic, word: "basic", aliases: &["url"], built: true, typed: true },
    Row { mode: Mode::External, word: "external", aliases: &[], built: true, typed: false },
    Row { mode: Mode::Oidc, word: "oidc", aliases: &["hybridauth", "saml", "cas"], built: false, typed: false },
    Row { mode: Mode::Passkey, word: "passkey", aliases: &[], built: false, typed: false },
    Row { mode: Mode::Token, word: "token", aliases: &["rest-token"], built: true, typed: false },
];

impl Mode {
    /// All of them, in the order of this list.
    pub const ALL: [Self; 6] = [Self::Form, Self::Basic, Self::External, Self::Oidc, Self::Passkey, Self::Token];

    const fn row(self) -> &'static Row {
        match self {
            Self::Form => &ROWS[0],
            Self::Basic => &ROWS[1],
            Self::External => &ROWS[2],
            Self::Oidc => &ROWS[3],
            Self::Passkey => &ROWS[4],
            Self::Token => &ROWS[5],
        }
    }

    /// The word in settings, rules, events and log lines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().word
    }

    /// Whether this version can let anybody in this way.
    #[must_use]
    pub const fn is_built(self) -> bool {
        self.row().built
    }

    /// Whether a name is typed. Where none is, nothing that counts by name applies.
    #[must_use]
    pub const fn is_typed(self) -> bool {
        self.row().typed
    }

    /// Whether a page can ask something back.
    #[must_use]
    pub const fn can_ask(self) -> bool {
        matches!(self, Self::Form)
    }

    /// The mode of that word, or of one that iTop has for it.
    pub fn parse(word: &str) -> Result<Self, UnknownMode> {
        let word = word.trim().to_ascii_lowercase();
        let named =
            |row: &&Row| row.word == word || row.aliases.iter().any(|alias| word.split('-').next() == Some(*alias) || word == *alias);
        ROWS.iter().find(named).map(|row| row.mode).ok_or(UnknownMode(word))
    }

    /// The modes of `login.allowed_modes`: words joined by `|` or commas, each at most once, each one that this version has.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, ModeListError> {
        let mut modes = Vec::new();
        for word in text.split(['|', ',']).map(str::trim).filter(|word| !word.is_empty()) {
            let mode = Self::parse(word).map_err(ModeListError::Unknown)?;
            if !mode.is_built() {
                return Err(ModeListError::NotBuilt(mode));
            }
            if !modes.contains(&mode) {
                modes.push(mode);
            }
        }
        if modes.is_empty() { Err(ModeListError::Empty) } else { Ok(modes) }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No mode is called that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMode(String);

impl fmt::Display for UnknownMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no login mode {:?}: use form, basic, external, oidc, passkey or token", self.0)
    }
}

impl std::error::Error for UnknownMode {}

/// Why a list of modes does not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModeListError {
    /// A word that is no mode.
    Unknown(UnknownMode),
    /// A mode that this version does not have.
    NotBuilt(Mode),
    /// No mode at all would shut everybody out.
    Empty,
}

impl fmt::Display for ModeListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(unknown) => unknown.fmt(f),
            Self::NotBuilt(mode) => write!(f, "the mode {mode} is not part of this version"),
            Self::Empty => f.write_str("name at least one mode, such as form"),
        }
    }
}

impl std::error::Error for ModeListError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_has_its_row_and_its_word() {
        for mode in Mode::ALL {
            assert_eq!(mode.row().mode, mode);
            assert_eq!(Mode::parse(mode.as_str()), Ok(mode));
        }
        assert_eq!(Mode::parse(" Form "), Ok(Mode::Form));
        assert_eq!(Mode::parse("hybridauth-Google"), Ok(Mode::Oidc));
        assert_eq!(Mode::parse("rest-token"), Ok(Mode::Token));
        assert!(Mode::parse("carrier-pigeon").unwrap_err().to_string().contains("use form"));
    }

    #[test]
    fn a_list_keeps_its_order_and_refuses_what_lets_nobody_in() {
        assert_eq!(Mode::parse_list("token|form|token"), Ok(vec![Mode::Token, Mode::Form]));
        assert_eq!(Mode::parse_list("form, basic"), Ok(vec![Mode::Form, Mode::Basic]));
        assert_eq!(Mode::parse_list(" | "), Err(ModeListError::Empty));
        assert_eq!(Mode::parse_list("form|oidc"), Err(ModeListError::NotBuilt(Mode::Oidc)));
        assert!(matches!(Mode::parse_list("form|x"), Err(ModeListError::Unknown(_))));
    }
}
