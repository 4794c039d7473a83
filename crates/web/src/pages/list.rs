//! What the pages of VRFs, sites, VLANs and tags share: the window in the URL, the form beside the list, the page that asks before deleting.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use ringfence_app::queries::Paging;
use ringfence_app::{App, Refusal};
use serde::Deserialize;

use super::field;
use crate::gate::Visitor;
use crate::reply;
use crate::view::delete::{DeletePage, DeleteValues};
use crate::view::{Form, Nav};

/// Rows on one page.
const WINDOW: u64 = 500;

/// Which window is asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    cursor: String,
}

impl Asked {
    /// The window as queries take it.
    #[must_use]
    pub fn paging(&self) -> Paging {
        Paging { limit: Some(WINDOW), cursor: Some(self.cursor.clone()) }
    }
}

/// Where the next window is.
#[must_use]
pub fn next(base: &str, cursor: Option<&str>) -> Option<String> {
    let joint = if base.contains('?') { '&' } else { '?' };
    cursor.map(|cursor| format!("{base}{joint}cursor={}", reply::escaped(cursor)))
}

/// The row that a path names; what is no number is no page.
pub struct Id(pub i64);

impl FromRequestParts<Arc<App>> for Id {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        if let Ok(Path(id)) = Path::<i64>::from_request_parts(parts, app).await {
            return Ok(Self(id));
        }
        let visitor = Visitor::from_request_parts(parts, app).await.map_err(|status| reply::plain(status, "not behind the gate"))?;
        Err(reply::error(&visitor, StatusCode::NOT_FOUND, None))
    }
}

/// Values of a form that carries the version it was filled from.
pub trait Typed {
    /// The field with the version.
    fn version(&mut self) -> &mut String;
    /// Every field that is typed, by its name. What is chosen from a list stands in the list of rows.
    fn typed(&self) -> Vec<(&'static str, &str)>;
}

/// The form beside a list.
pub struct Side<T> {
    /// The form.
    pub form: Form<T>,
    /// The row that is edited; nothing for a new one.
    pub editing: Option<i64>,
    /// The status of the page with it.
    pub status: StatusCode,
}

impl<T: Typed> Side<T> {
    /// The form for a new row.
    pub fn new(id: &'static str, base: &str, values: T) -> Self {
        Self { form: Form::new(id, base, values), editing: None, status: StatusCode::OK }
    }

    /// The form for a row that is there.
    pub fn edit(id: &'static str, base: &str, row: i64, values: T) -> Self {
        Self { form: Form::new(id, format!("{base}/{row}/edit"), values), editing: Some(row), status: StatusCode::OK }
    }

    /// The row to read again when somebody else was faster.
    pub fn overtaken(&self, refusal: &Refusal) -> Option<i64> {
        self.editing.filter(|_| matches!(refusal, Refusal::Stale { .. }))
    }

    /// The same form with what was wrong. With the row as it stands `now`, each field that differs says so, and the form takes that version: sending
    /// it again is then a decision. A refusal that is no matter of the form comes back.
    pub fn wrong(mut self, refusal: Refusal, now: Option<T>) -> Result<Self, Refusal> {
        let Some(mut errors) = field::errors(&refusal) else { return Err(refusal) };
        if let Some(mut now) = now {
            let pairs = now.typed().into_iter().zip(self.form.values.typed());
            field::differences(&mut errors, pairs.map(|((name, now), (_, typed))| (name, now, typed)));
            std::mem::swap(self.form.values.version(), now.version());
        }
        self.status = reply::status(&refusal);
        self.form.errors = errors;
        Ok(self)
    }
}

/// What is to be deleted, as the page that asks shows it.
pub struct Removal {
    /// `VRF`, `site`, `VLAN`, `tag`.
    pub kind: &'static str,
    /// Its entry of the navigation.
    pub nav: Nav,
    /// Path of the list.
    pub base: &'static str,
    /// The row.
    pub id: i64,
    /// Its version.
    pub version: i64,
    /// What it is called.
    pub name: String,
    /// What stays but changes.
    pub stays: Vec<String>,
    /// Why it cannot go.
    pub refused: Option<String>,
}

impl Removal {
    /// The page that asks.
    #[must_use]
    pub fn page(self, visitor: &Visitor) -> DeletePage {
        let values = DeleteValues { version: self.version.to_string(), ..DeleteValues::default() };
        DeletePage {
            page: reply::frame(visitor, format!("Delete {}", self.name), self.nav),
            kind: self.kind.to_owned(),
            name: self.name,
            form: Form::new("delete", format!("{}/{}/delete", self.base, self.id), values),
            along: Vec::new(),
            stays: self.stays,
            refused: self.refused,
            ask_name: false,
            back: self.base.to_owned(),
        }
    }

    /// The page after a refusal: the reason stands where the question was.
    pub fn refused(self, visitor: &Visitor, refusal: &Refusal) -> Response {
        let status = reply::status(refusal);
        let Some(errors) = reply::field_errors(refusal) else { return reply::refusal(visitor, refusal) };
        let mut page = self.page(visitor);
        if !matches!(refusal, Refusal::InUse(_) | Refusal::Conflict(_)) || page.refused.is_none() {
            page.form.errors = errors;
        }
        reply::with_status(visitor, status, &page)
    }
}

/// What the page that asks sends.
#[derive(Deserialize)]
pub struct Confirmed {
    #[serde(default)]
    version: String,
}

impl Confirmed {
    /// The version that was shown.
    pub fn expected(&self) -> Result<i64, Refusal> {
        field::version(&self.version)
    }
}

/// `1 subnet`, `2 subnets`.
#[must_use]
pub fn number(count: i64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", crate::fill::grouped(count))
}

/// The words of a field that are separated by `separators`, without blanks around them.
#[must_use]
pub fn words(text: &str, separators: &[char]) -> Vec<String> {
    text.split(separators).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_window_keeps_what_was_asked() {
        assert_eq!(next("/vrfs", Some("6162")).as_deref(), Some("/vrfs?cursor=6162"));
        assert_eq!(next("/audit?actor=a", Some("31")).as_deref(), Some("/audit?actor=a&cursor=31"));
        assert_eq!(next("/vrfs", None), None);
    }

    #[test]
    fn numbers_and_words() {
        assert_eq!((number(1, "subnet"), number(1200, "subnet")), ("1 subnet".into(), "1,200 subnets".into()));
        assert_eq!(words(" a b, c ,,", &[',']), ["a b", "c"]);
    }
}
