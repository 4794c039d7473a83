//! All settings on one page: a card with a form of its own for each group, and below them what is configured outside the database. A search hides what
//! does not fit; the page does the same while somebody types.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use guard::permission::Permission;
use http::StatusCode;
use ringfence_app::App;
use ringfence_app::setting::{GROUPS, Group, Source};
use ringfence_guard as guard;
use serde::Deserialize;

use super::{Pairs, field, save as save_groups, told};
use crate::forms::{Form, Query};
use crate::gate::Visitor;
use crate::reply;
use crate::view::setting::{ConfiguredRow, SettingCard, SettingGroup, SettingsPage};
use crate::view::{Form as Shown, Nav};

const BASE: &str = "/settings";

/// Pages with more about a group: its name, where they are, what they are called.
const LINKS: &[(&str, &str, &str)] = &[
    ("fence", "/security/fence", "Rules, simulator, import and export"),
    ("security", "/security/sign-ins", "What is locked now"),
    ("smtp", "/settings/mail", "Send a test letter"),
];

/// What is looked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
}

/// What a search reads, and the page when it searches itself.
fn haystack(parts: &[&str]) -> String {
    parts.join(" ").to_lowercase()
}

fn fits(haystack: &str, words: &[String]) -> bool {
    words.iter().all(|word| haystack.contains(word.as_str()))
}

fn card(app: &App, group: &'static Group, typed: &[(String, String)], words: &[String]) -> SettingCard {
    let values = app.settings();
    let fields = group.settings().map(|setting| {
        let mut field = field(setting, &values, typed);
        field.find = haystack(&[field.key, &field.label, &field.hint, group.title]);
        field.hidden = !fits(&field.find, words);
        field
    });
    SettingCard {
        slug: group.slug,
        form: Shown::new(group.slug, format!("{BASE}/{slug}#{slug}", slug = group.slug), ()),
        group: SettingGroup { title: group.title, note: group.note, fields: fields.collect() },
        link: LINKS.iter().find(|(slug, ..)| *slug == group.slug).map(|(_, href, label)| (*href, *label)),
    }
}

/// The page; what was typed belongs to the group of that name.
fn page(app: &App, visitor: &Visitor, query: &str, typed: Option<(&str, &[(String, String)])>) -> SettingsPage {
    let words: Vec<String> = query.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let of = |group: &Group| typed.filter(|(slug, _)| *slug == group.slug).map_or(&[][..], |(_, pairs)| pairs);
    let configured = app.configured().iter().map(|entry| {
        let find = haystack(&[entry.key, entry.doc, "configuration file"]);
        let source = match &entry.source {
            Source::Default => "default".to_owned(),
            Source::File(name) => format!("file {name}"),
            Source::Variable(name) => format!("variable {name}"),
            Source::Option(name) => format!("command line {name}"),
        };
        ConfiguredRow { key: entry.key, doc: entry.doc, value: entry.value.clone(), source, hidden: !fits(&find, &words), find }
    });
    SettingsPage {
        page: reply::frame(visitor, "Settings", Nav::Settings),
        query: query.to_owned(),
        can_save: visitor.may(Permission::SettingWrite),
        cards: GROUPS.iter().map(|group| card(app, group, of(group), &words)).collect(),
        configured: configured.collect(),
    }
}

/// `GET /settings`
pub async fn show(State(app): State<Arc<App>>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    reply::page(&visitor, &page(&app, &visitor, asked.q.trim(), None))
}

/// `POST /settings/{group}`
pub async fn save(State(app): State<Arc<App>>, visitor: Visitor, Path(slug): Path<String>, Form(typed): Form<Pairs>) -> Response {
    let Some(group) = Group::find(&slug) else { return reply::error(&visitor, StatusCode::NOT_FOUND, None) };
    let refusal = match save_groups(&app, &visitor.op, &[group], &typed).await {
        Ok(count) => return reply::done(&visitor, BASE, told(count)),
        Err(refusal) => refusal,
    };
    let Some(errors) = reply::field_errors(&refusal) else { return reply::refusal(&visitor, &refusal) };
    let mut page = page(&app, &visitor, "", Some((group.slug, &typed)));
    if let Some(card) = page.cards.iter_mut().find(|card| card.slug == group.slug) {
        card.form.errors = errors;
    }
    reply::with_status(&visitor, reply::status(&refusal), &page)
}
