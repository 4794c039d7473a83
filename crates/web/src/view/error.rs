//! What a person sees when it did not work: what happened, and what to do now.

use askama::Template;
#[cfg(test)]
use guard::message::Language;
use guard::message::Message;
use ringfence_guard as guard;

use super::Frame;

/// Any answer that is an error.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The frame; with a user where one is known.
    pub page: Frame,
    /// HTTP status.
    pub status: u16,
    /// What was wrong, where there is more to say than the status says.
    pub detail: Option<String>,
    /// What to quote when asking for help.
    pub request_id: Option<String>,
    /// Where what was typed comes back, and what that is called.
    pub again: Option<(String, &'static str)>,
}

impl ErrorPage {
    /// The message that goes with a status.
    #[must_use]
    pub fn heading(status: u16) -> &'static str {
        match status {
            400 | 422 => "error-title-400",
            403 => "error-title-403",
            404 => "error-title-404",
            409 => "error-title-409",
            412 => "error-title-412",
            413 => "error-title-413",
            421 => "error-title-421",
            429 => "error-title-429",
            503 => "error-title-503",
            _ => "error-title-500",
        }
    }

    /// What happened, in words.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.page.t(Self::heading(self.status))
    }

    /// The status, in words.
    #[must_use]
    pub fn number(&self) -> String {
        self.page.say(&Message::new("error-number").with("status", i64::from(self.status)))
    }

    /// What to do now.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        self.page.t(match self.status {
            400 | 422 => "error-advice-400",
            403 => "error-advice-403",
            404 => "error-advice-404",
            409 => "error-advice-409",
            412 => "error-advice-412",
            413 => "error-advice-413",
            421 => "error-advice-421",
            429 => "error-advice-429",
            503 => "error-advice-503",
            _ => "error-advice-500",
        })
    }
}

#[cfg(test)]
impl ErrorPage {
    pub(crate) fn sample(status: u16) -> Self {
        let mut page = Frame::sample(Language::ENGLISH.say(Self::heading(status)), super::Nav::Nowhere);
        if status == 421 {
            page.user = None;
        }
        Self {
            page,
            status,
            detail: (status == 409).then(|| "10.4.0.17 exists already in Global.".to_owned()),
            request_id: Some("01JD7Z3V4Q".into()),
            again: (status == 403).then(|| ("/subnets/new".to_owned(), "Load the page again")),
        }
    }
}
