//! The settings of the mail server, and a letter to try them.

use askama::Template;
use serde::Deserialize;

use super::setting::SettingGroup;
use super::{Form, Frame};

/// A test letter as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TestValues {
    /// Who gets it.
    pub to: String,
}

/// `GET /settings/mail`
#[derive(Debug, Template)]
#[template(path = "mail.html")]
pub struct MailPage {
    /// The frame.
    pub page: Frame,
    /// Mail is sent at all.
    pub on: bool,
    /// The settings; errors are named by key.
    pub settings: Form<()>,
    /// The settings' fields.
    pub groups: Vec<SettingGroup>,
    /// The test.
    pub test: Form<TestValues>,
}

#[cfg(test)]
impl MailPage {
    pub(crate) fn sample() -> Self {
        let mut groups = SettingGroup::samples();
        groups.truncate(1);
        Self {
            page: Frame::sample("Mail", super::Nav::Security),
            on: true,
            settings: Form::new("set", "/settings/mail", ()),
            groups,
            test: Form::new("test", "/settings/mail/test", TestValues { to: "ada@example.org".into() }),
        }
    }

    pub(crate) fn sample_wrong() -> Self {
        let sample = Self::sample();
        Self {
            on: false,
            settings: sample.settings.wrong("fence.no_answer_duration", "Must be a whole number."),
            test: sample.test.wrong("to", "The server did not answer."),
            ..Self::sample()
        }
    }
}
