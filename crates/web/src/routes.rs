//! The table of pages: every route of this door is one entry, with who may come in.

use std::sync::Arc;

use axum::routing::{MethodRouter, get, post};
use guard::http::route::{Access, Route, SecretDoor};
use guard::permission::Permission as P;
use http::Method;
use ringfence_app::App;
use ringfence_guard as guard;

use crate::pages::{asset, home, sign};

type Handler = fn() -> MethodRouter<Arc<App>>;

/// A page that shows something.
const fn shows(path: &'static str, permission: P, summary: &'static str, handler: Handler) -> Route<Arc<App>> {
    Route { method: Method::GET, path, access: Access::Session(permission), door: None, handler, summary, mutates: false }
}

/// A form that changes something.
const fn changes(path: &'static str, permission: P, summary: &'static str, handler: Handler) -> Route<Arc<App>> {
    Route { method: Method::POST, path, access: Access::Session(permission), door: None, handler, summary, mutates: true }
}

/// A page for everybody.
const fn public(method: Method, path: &'static str, summary: &'static str, handler: Handler) -> Route<Arc<App>> {
    Route { method, path, access: Access::Public, door: None, handler, summary, mutates: false }
}

/// A form that takes a secret from anybody.
const fn door(path: &'static str, door: SecretDoor, summary: &'static str, handler: Handler) -> Route<Arc<App>> {
    Route { method: Method::POST, path, access: Access::Public, door: Some(door), handler, summary, mutates: true }
}

/// Every page.
#[must_use]
pub fn routes() -> Vec<Route<Arc<App>>> {
    vec![
        public(Method::GET, "/assets/{*path}", "embedded files", || get(asset::get)),
        shows("/", P::SubnetRead, "home", || get(home::show)),
        public(Method::GET, "/login", "login form", || get(sign::login)),
        door("/login", SecretDoor::Login, "log in", || post(sign::log_in)),
        changes("/logout", P::SelfRead, "log out", || post(sign::log_out)),
        public(Method::GET, "/setup/{token}", "form for the first admin", || get(sign::setup)),
        door("/setup/{token}", SecretDoor::Setup, "make the first admin", || post(sign::set_up)),
        public(Method::POST, "/theme", "choose the colours", || post(sign::theme)),
    ]
}
