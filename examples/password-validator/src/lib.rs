//! Rules for new passwords that are not in the product: a tutorial that compiles. `docs/password-policy.md` walks through it.
//!
//! | file | refuses | shows |
//! |---|---|---|
//! | `season.rs` | `Summer2026!` | a decision from the candidate alone, with a setting |
//! | `house_words.rs` | the names of the house's projects | a list that may be missing |
//!
//! A validator says what it is called in a [`Descriptor`](ringfence_guard::password::policy::Descriptor) and judges in one function.
//! [`extend`] hands both to the rules; from then on they are asked wherever a password is set.
//!
//! Validators are trusted code and see the password in clear: keep no copy, log nothing of it, and repeat nothing of it in a message. They
//! read no file and ask no network while they judge; what they need is read once, when the program starts.

mod house_words;
mod season;

pub use house_words::HouseWords;
pub use season::Season;

use std::collections::BTreeMap;

use ringfence_guard::message::Message;
use ringfence_guard::password::policy::Rules;

// The settings of a validator of one's own are its fields: here one says how it is used in this house.
static SEASON: Season = Season { most_others: 6 };

/// The rules with both validators; `words` is what became of reading the file of house words. In the binary:
/// `rules: extend(Rules::standard(), std::fs::read_to_string("…"))`.
#[must_use]
pub fn extend(rules: Rules, words: std::io::Result<String>) -> Rules {
    // Rules live as long as the program does, and so does what they hold.
    rules.with_validator(&SEASON).with_validator(Box::leak(Box::new(HouseWords::read(words))))
}

/// A message that is not in the product's catalogue: its text in each language that this house speaks. A reader of another one gets the
/// English text.
pub(crate) fn say(english: &str, french: &str) -> Message {
    Message::written(BTreeMap::from([("en".to_owned(), english.to_owned()), ("fr".to_owned(), french.to_owned())]))
}
