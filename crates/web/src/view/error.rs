//! What a person sees when it did not work: what happened, and what to do now.

use askama::Template;

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
}

impl ErrorPage {
    /// The title that goes with a status.
    #[must_use]
    pub fn heading(status: u16) -> &'static str {
        match status {
            400 | 422 => "This request could not be understood",
            403 => "This is not open to you",
            404 => "There is nothing here",
            409 => "Something stands in the way",
            412 => "Somebody was faster",
            413 => "This is too large",
            421 => "This server does not answer under that name",
            429 => "Too many requests",
            503 => "Not right now",
            _ => "Something broke on our side",
        }
    }

    /// What happened, in words.
    #[must_use]
    pub fn title(&self) -> &'static str {
        Self::heading(self.status)
    }

    /// What to do now.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self.status {
            400 | 422 => "Go back and try again; if it happens again, tell your admin.",
            403 => {
                "Your role does not allow it, or the page had been open too long. Go back, reload and try again; for more rights ask an admin."
            }
            404 => "It may have been deleted or moved. Search for it, or begin at the home page.",
            409 => "Look at what stands in the way, then try again.",
            412 => "The object was changed after you opened it. Open it again and repeat your change.",
            413 => "Split the file into smaller ones, or import it from the server's command line.",
            421 => "Use the address your admin gave you. Admins: the setting is public_url in ringfence.toml.",
            429 => "Wait a little, then try again.",
            503 => "The server is busy or its database cannot be reached. Try again in a minute; nothing of yours was changed.",
            _ => "Nothing of yours was changed. Try again; if it happens again, tell your admin the number below.",
        }
    }
}

#[cfg(test)]
impl ErrorPage {
    pub(crate) fn sample(status: u16) -> Self {
        let mut page = Frame::sample(Self::heading(status), super::Nav::Nowhere);
        if status == 421 {
            page.user = None;
        }
        Self {
            page,
            status,
            detail: (status == 409).then(|| "10.4.0.17 exists already in Global.".to_owned()),
            request_id: Some("01JD7Z3V4Q".into()),
        }
    }
}
