//! One file per page or noun: a handler parses input, asks or runs, and fills a view.

pub mod account;
pub mod address;
pub mod asset;
pub mod audit;
pub mod board;
pub mod demo;
pub mod fence;
mod field;
pub mod home;
pub mod import;
pub mod key;
mod list;
pub mod mail;
mod pick;
pub mod search;
pub mod setting;
pub mod sign;
pub mod sign_in;
pub mod site;
pub mod subnet;
pub mod tag;
pub mod user;
pub mod vlan;
pub mod vrf;

use axum::extract::Request;
use axum::response::Response;
use guard::audit::{Actor, Door, Origin};
use http::StatusCode;
use ringfence_app::{App, OpCtx};
use ringfence_guard as guard;

use crate::cookie::Names;
use crate::gate::{Visitor, look};
use crate::reply;

/// A page that does not exist.
pub fn not_found(app: &App, request: &Request) -> Response {
    outside(app, request, StatusCode::NOT_FOUND)
}

/// A page that does not do that.
pub fn wrong_method(app: &App, request: &Request) -> Response {
    outside(app, request, StatusCode::METHOD_NOT_ALLOWED)
}

/// An error outside every route: whoever asks is nobody in particular.
fn outside(app: &App, request: &Request, status: StatusCode) -> Response {
    let cookies = Names::new(&app.cookie_suffix()).read(request.headers());
    let request_id = sign::request_id(request.extensions());
    let op = OpCtx::new(Origin { actor: Actor::Anonymous, door: Door::Web, client: None, request_id, at: app.now() });
    let visitor = Visitor {
        op,
        session: None,
        csrf: String::new(),
        cookies,
        partial: false,
        look: look(app, None),
        language: guard::message::Language::ENGLISH,
        idle: None,
        back: "/".into(),
    };
    reply::error(&visitor, status, None)
}
