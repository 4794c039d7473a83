//! Our cookies: all `__Host-`, Secure and for this site alone; everything but the theme is out of scripts' reach.

use std::time::Duration;

use guard::message::Language;
use guard::session::{self, Token};
use http::HeaderMap;
use http::header::{COOKIE, HeaderValue};
use ringfence_guard as guard;

use crate::view::{Flash, FlashKind, Theme};

/// Cookie names with the installation's suffix, so that two installations on one host do not meet.
#[derive(Clone, Debug)]
pub struct Names {
    session: String,
    visit: String,
    device: String,
    flash: String,
    language: String,
}

/// What came with a request.
#[derive(Clone, Debug)]
pub struct Jar {
    /// The session's token.
    pub session: Option<String>,
    /// The token that binds forms before anyone is known.
    pub visit: Option<String>,
    /// The known browser's token.
    pub device: Option<String>,
    /// The message that the act before left.
    pub flash: Option<Flash>,
    /// The theme.
    pub theme: Theme,
    /// The language that was chosen before anybody logged in.
    pub language: Option<Language>,
    names: Names,
}

impl Names {
    /// The names of this installation.
    #[must_use]
    pub fn new(suffix: &str) -> Self {
        let session = session::cookie_name(suffix);
        Self {
            visit: format!("{session}-visit"),
            device: format!("{session}-device"),
            flash: format!("{session}-flash"),
            language: format!("{session}-language"),
            session,
        }
    }

    /// Reads our cookies.
    #[must_use]
    pub fn read(&self, headers: &HeaderMap) -> Jar {
        let mut jar =
            Jar { session: None, visit: None, device: None, flash: None, theme: Theme::System, language: None, names: self.clone() };
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        for (name, value) in lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('=')) {
            let text = || Some(value.to_owned());
            match name {
                n if n == self.session => jar.session = text(),
                n if n == self.visit => jar.visit = text(),
                n if n == self.device => jar.device = text(),
                n if n == self.language => jar.language = Language::parse(value),
                n if n == self.flash => jar.flash = unpack(value),
                Theme::COOKIE => jar.theme = Theme::parse(value),
                _ => {}
            }
        }
        jar
    }
}

/// The value of a `Set-Cookie`; a text that cannot stand in a header sets nothing.
fn header(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl Jar {
    /// Sets the session cookie; it lives as long as the browser, and the server ends it earlier.
    #[must_use]
    pub fn set_session(&self, token: &Token) -> Option<HeaderValue> {
        header(session::cookie(&self.names.session, token).expose())
    }

    /// Removes the session cookie.
    #[must_use]
    pub fn end_session(&self) -> Option<HeaderValue> {
        header(&session::cookie_removal(&self.names.session))
    }

    /// Sets the cookie that binds forms before the login.
    #[must_use]
    pub fn set_visit(&self, token: &Token) -> Option<HeaderValue> {
        header(session::cookie(&self.names.visit, token).expose())
    }

    /// Makes the browser known for as long as `age`.
    #[must_use]
    pub fn set_device(&self, token: &Token, age: Duration) -> Option<HeaderValue> {
        header(&format!("{}; Max-Age={}", session::cookie(&self.names.device, token).expose(), age.as_secs()))
    }

    /// Leaves a message for the next page.
    #[must_use]
    pub fn set_flash(&self, flash: &Flash) -> Option<HeaderValue> {
        header(&format!("{}={}; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Strict", self.names.flash, pack(flash)))
    }

    /// Takes the message away once it is shown.
    #[must_use]
    pub fn clear_flash(&self) -> Option<HeaderValue> {
        header(&session::cookie_removal(&self.names.flash))
    }

    /// Keeps the language for a year.
    #[must_use]
    pub fn set_language(&self, language: Language) -> Option<HeaderValue> {
        header(&format!("{}={}; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Strict", self.names.language, language.tag()))
    }

    /// Keeps the theme for a year.
    #[must_use]
    pub fn set_theme(theme: Theme) -> Option<HeaderValue> {
        header(&format!("{}={}; Path=/; Max-Age=31536000; Secure; SameSite=Strict", Theme::COOKIE, theme.name()))
    }
}

const KINDS: [(FlashKind, &str); 4] = [(FlashKind::Done, "d"), (FlashKind::Note, "n"), (FlashKind::Warning, "w"), (FlashKind::Failed, "f")];

/// A message as cookie text: a letter for the kind and the text in hex.
fn pack(flash: &Flash) -> String {
    use std::fmt::Write as _;
    let kind = KINDS.iter().find(|(kind, _)| *kind == flash.kind).map_or("n", |(_, letter)| letter);
    flash.text.chars().take(300).collect::<String>().bytes().fold(kind.to_owned(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn unpack(text: &str) -> Option<Flash> {
    let (letter, hex) = text.split_at_checked(1)?;
    let kind = KINDS.iter().find(|(_, l)| *l == letter).map(|(kind, _)| *kind)?;
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    let text = String::from_utf8(bytes.collect::<Option<Vec<u8>>>()?).ok()?;
    (rest.is_empty() && !text.is_empty()).then_some(Flash { kind, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_survive_their_cookie() {
        let flash = Flash { kind: FlashKind::Warning, text: "10.0.0.1 — \"vergeben\"; <b>".into() };
        let back = unpack(&pack(&flash)).unwrap();
        assert_eq!((back.kind, back.text), (flash.kind, flash.text));
        for wrong in ["", "x00", "d0", "dzz", "d"] {
            assert!(unpack(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn only_our_cookies_are_read() {
        let names = Names::new("abc");
        let mut headers = HeaderMap::new();
        let line = format!("other=1; {}=tok; ringfence-theme=dark", names.session);
        headers.insert(COOKIE, HeaderValue::from_str(&line).unwrap());
        let jar = names.read(&headers);
        assert_eq!((jar.session.as_deref(), jar.device, jar.theme), (Some("tok"), None, Theme::Dark));
    }

    #[test]
    fn every_cookie_is_locked_to_this_host() {
        let names = Names::new("abc");
        let jar = names.read(&HeaderMap::new());
        let token = session::mint(&guard::entropy::Seeded::new(1));
        let flash = Flash { kind: FlashKind::Done, text: "x".into() };
        let all = [
            jar.set_session(&token),
            jar.end_session(),
            jar.set_visit(&token),
            jar.set_device(&token, Duration::from_secs(9)),
            jar.set_flash(&flash),
        ];
        for value in all {
            let value = value.unwrap();
            let text = value.to_str().unwrap();
            assert!(text.starts_with("__Host-"), "{text}");
            for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
                assert!(text.contains(part), "{part}: {text}");
            }
            assert!(!text.contains("Domain"), "{text}");
        }
    }
}
