//! What people read, in their language: a catalogue of messages, and a message as a value.
//!
//! Code that decides hands a [`Message`] around, a key and its arguments; only a door makes a text of it, in the language that
//! [`Language::choose`] finds for the reader. The texts stand in `messages/`, one file for each language, in the syntax of Fluent
//! (<https://projectfluent.org/fluent/guide/>), which knows the plurals of every language. They are part of the program: no file is read
//! when it runs.
//!
//! **A further language** is a file in `messages/` and its line in [`LANGUAGES`]. Tests compare its keys and variables with the English
//! ones. **A further message** is a key in each file. Keys begin with what they belong to: `policy-`, `strength-`.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

#[cfg(test)]
mod tests;

/// Every language, English first: whatever has no text elsewhere is said in it.
pub const LANGUAGES: &[Language] = &[
    Language { tag: "en", name: "English", file: include_str!("../../messages/en.ftl") },
    Language { tag: "fr", name: "Français", file: include_str!("../../messages/fr.ftl") },
];

/// At most so many entries of an `Accept-Language` header are looked at.
const MOST_ACCEPTED: usize = 32;

/// A language that the catalogue has.
#[derive(Clone, Copy)]
pub struct Language {
    tag: &'static str,
    name: &'static str,
    file: &'static str,
}

impl Language {
    /// The one that is always there.
    pub const ENGLISH: Self = match LANGUAGES {
        [first, ..] => *first,
        [] => Self { tag: "en", name: "English", file: "" },
    };

    /// Its tag (BCP 47), as kept with a user and in the `lang` attribute of a page.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.tag
    }

    /// What those who speak it call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The language for a tag, by the look-up of RFC 4647 §3.4: `fr-CA` finds `fr`. Case does not matter.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let mut tag = tag.trim();
        loop {
            if let Some(language) = LANGUAGES.iter().find(|language| language.tag.eq_ignore_ascii_case(tag)) {
                return Some(*language);
            }
            tag = tag.rsplit_once('-')?.0;
        }
    }

    /// The language to answer in: what the user has set, else what the browser likes best of what there is, else English.
    #[must_use]
    pub fn choose(user_setting: Option<Self>, accept_language: &str) -> Self {
        user_setting.or_else(|| accepted(accept_language).into_iter().find_map(Self::parse)).unwrap_or(Self::ENGLISH)
    }

    /// The text of a message that takes no arguments: for templates, which say many of them. What has no text here is said in English; what takes
    /// arguments, or is no message, says its key.
    #[must_use]
    pub fn say(self, key: &'static str) -> &'static str {
        let found = [self, Self::ENGLISH].iter().find_map(|language| TEXTS.get(language.tag)?.get(key));
        found.map_or(key, String::as_str)
    }

    /// The messages of this language; none only if its file cannot be read, which a test rules out.
    fn bundle(self) -> Option<&'static FluentBundle<FluentResource>> {
        BUNDLES.iter().find(|(language, _)| *language == self).map(|(_, bundle)| bundle)
    }
}

impl Default for Language {
    fn default() -> Self {
        Self::ENGLISH
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.tag == other.tag
    }
}

impl Eq for Language {}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Language({})", self.tag)
    }
}

/// The tags of an `Accept-Language` header (RFC 9110 §12.5.4), the best liked first. What is not liked at all (`q=0`) is left out, and
/// so is what is no entry of such a header; `*` stands for itself, and is no language.
#[must_use]
pub fn accepted(accept_language: &str) -> Vec<&str> {
    let mut tags: Vec<(f32, &str)> = accept_language.split(',').take(MOST_ACCEPTED).filter_map(entry).collect();
    tags.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    tags.into_iter().map(|(_, tag)| tag).collect()
}

/// One entry of the header: how much it is liked, and the tag.
fn entry(text: &str) -> Option<(f32, &str)> {
    let (tag, weight) = text.split_once(';').unwrap_or((text, "q=1"));
    let (name, quality) = weight.trim().split_once('=')?;
    let quality: f32 = quality.trim().parse().ok()?;
    let liked = name.trim().eq_ignore_ascii_case("q") && quality > 0.0 && quality <= 1.0;
    (liked && !tag.trim().is_empty()).then(|| (quality, tag.trim()))
}

/// An argument of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number; chooses the plural, and is written with plain digits.
    Number(i64),
    /// A text that is the same in every language.
    Text(String),
    /// A text for each language, by tag: what an operator or an extension wrote. English stands in for a language that is missing, and
    /// the first text for English.
    Phrases(BTreeMap<String, String>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl Value {
    fn in_language(&self, language: Language) -> FluentValue<'_> {
        match self {
            Self::Number(number) => FluentValue::from(*number),
            Self::Text(text) => FluentValue::from(text.as_str()),
            Self::Phrases(phrases) => {
                let text = [language, Language::ENGLISH].iter().find_map(|language| phrases.get(language.tag));
                FluentValue::from(text.or_else(|| phrases.values().next()).map_or("", String::as_str))
            }
        }
    }
}

/// Something to tell a person, not yet in a language.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Message {
    key: &'static str,
    args: Vec<(&'static str, Value)>,
}

impl Message {
    /// The message with this key of the catalogue.
    pub const fn new(key: &'static str) -> Self {
        Self { key, args: Vec::new() }
    }

    /// A message that is not in the catalogue: a text for each language, by tag.
    pub fn written(phrases: BTreeMap<String, String>) -> Self {
        Self::new("as-written").with("text", Value::Phrases(phrases))
    }

    /// With an argument more.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// Its key.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// Its text. Plain text: whoever puts it into HTML escapes it. A language without it answers in English, and a key that no language
    /// has answers with itself.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let said = [language, Language::ENGLISH].into_iter().find_map(|language| self.said_in(language));
        said.unwrap_or_else(|| self.key.to_owned())
    }

    fn said_in(&self, language: Language) -> Option<String> {
        let bundle = language.bundle()?;
        let pattern = bundle.get_message(self.key)?.value()?;
        let args: FluentArgs<'_> = self.args.iter().map(|(name, value)| (*name, value.in_language(language))).collect();
        // An argument that is missing stands in the text under its name; nobody could be told of it here.
        let mut missing = Vec::new();
        Some(bundle.format_pattern(pattern, Some(&args), &mut missing).into_owned())
    }
}

/// The keys of all messages, sorted: for tests that compare them with the keys that sources and templates name.
#[must_use]
pub fn keys() -> Vec<String> {
    let mut keys = keys_of(Language::ENGLISH);
    keys.sort();
    keys
}

fn keys_of(language: Language) -> Vec<String> {
    let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(language.file.to_owned());
    let key = |entry: &Entry<&str>| if let Entry::Message(message) = entry { Some(message.id.name.to_owned()) } else { None };
    resource.entries().filter_map(key).collect()
}

/// The texts of the messages without arguments, by language and key.
static TEXTS: LazyLock<HashMap<&'static str, HashMap<String, String>>> =
    LazyLock::new(|| LANGUAGES.iter().map(|language| (language.tag, plain_texts(*language))).collect());

fn plain_texts(language: Language) -> HashMap<String, String> {
    let Some(bundle) = language.bundle() else { return HashMap::new() };
    let plain = |key: String| {
        let mut missing = Vec::new();
        let text = bundle.format_pattern(bundle.get_message(&key)?.value()?, None, &mut missing).into_owned();
        missing.is_empty().then_some((key, text))
    };
    keys_of(language).into_iter().filter_map(plain).collect()
}

/// The parsed files.
static BUNDLES: LazyLock<Vec<(Language, FluentBundle<FluentResource>)>> =
    LazyLock::new(|| LANGUAGES.iter().map(|language| (*language, parsed(*language))).collect());

fn parsed(language: Language) -> FluentBundle<FluentResource> {
    // What cannot be read is left out, and then said in English or by its key; a test reads every file.
    let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(language.file.to_owned());
    let mut bundle = FluentBundle::new_concurrent(vec![language.tag.parse().unwrap_or_default()]);
    // No marks of writing direction around arguments: they would be copied along, and end up in mails and logs.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}
