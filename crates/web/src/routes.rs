//! The table of pages: every route of this door is one entry, with who may come in.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};
use guard::http::route::{Access, Route, SecretDoor};
use guard::permission::Permission as P;
use http::Method;
use ringfence_app::App;
use ringfence_guard as guard;

use crate::pages::{account, address, search, subnet, user};
use crate::pages::{asset, home, sign};
use crate::pages::{audit, fence, key, mail, setting, sign_in};
use crate::pages::{demo, import};
use crate::pages::{site, tag, vlan, vrf};

type Handler = fn() -> MethodRouter<Arc<App>>;

/// A page that shows something.
const fn shows(path: &'static str, permission: P, summary: &'static str, handler: Handler) -> Route<Arc<App>> {
    Route { method: Method::GET, path, access: Access::Session(permission), door: None, handler, summary, mutates: false, polls: false }
}

/// A form that changes something.
const fn changes(path: &'static str, permission: P, summary: &'static str, handler: Handler) -> Route<Arc<App>> {
    Route { method: Method::POST, path, access: Access::Session(permission), door: None, handler, summary, mutates: true, polls: false }
}

/// A form that has something computed, and changes nothing.
const fn checks(path: &'static str, permission: P, summary: &'static str, handler: Handler) -> Route<Arc<App>> {
    Route { method: Method::POST, path, access: Access::Session(permission), door: None, handler, summary, mutates: false, polls: false }
}

/// What a page asks for by itself: it keeps no session awake.
fn polls(path: &'static str, permission: P, summary: &'static str, handler: Handler) -> Route<Arc<App>> {
    Route { polls: true, ..shows(path, permission, summary, handler) }
}

/// A page for whoever is logged in, also before a new password is set.
const fn pending(method: Method, path: &'static str, summary: &'static str, handler: Handler) -> Route<Arc<App>> {
    Route { method, path, access: Access::Pending, door: None, handler, summary, mutates: false, polls: false }
}

/// A page for everybody.
const fn public(method: Method, path: &'static str, summary: &'static str, handler: Handler) -> Route<Arc<App>> {
    Route { method, path, access: Access::Public, door: None, handler, summary, mutates: false, polls: false }
}

/// A form that takes a secret from anybody.
const fn door(path: &'static str, door: SecretDoor, summary: &'static str, handler: Handler) -> Route<Arc<App>> {
    Route { method: Method::POST, path, access: Access::Public, door: Some(door), handler, summary, mutates: true, polls: false }
}

/// Every page.
#[must_use]
pub fn routes() -> Vec<Route<Arc<App>>> {
    plan().into_iter().chain(house()).collect()
}

/// The address plan.
fn plan() -> Vec<Route<Arc<App>>> {
    vec![
        changes("/addresses", P::AddressWrite, "make an address", || post(address::create)),
        shows("/addresses/new", P::AddressWrite, "form for a new address", || get(address::new)),
        shows("/addresses/{id}", P::AddressRead, "an address", || get(address::show)),
        shows("/addresses/{id}/delete", P::AddressWrite, "ask before deleting an address", || get(address::ask_delete)),
        changes("/addresses/{id}/delete", P::AddressWrite, "delete an address", || post(address::delete)),
        shows("/addresses/{id}/edit", P::AddressWrite, "form of an address", || get(address::edit)),
        changes("/addresses/{id}/edit", P::AddressWrite, "change an address", || post(address::update)),
        shows("/", P::SubnetRead, "home", || get(home::show)),
        changes("/demo", P::ImportRun, "import the demo data", || post(demo::start)),
        polls("/demo/progress", P::ImportRun, "how far the demo's import is", || get(demo::progress)),
        shows("/demo/run", P::ImportRun, "the demo's import", || get(demo::show)),
        shows("/import", P::ImportRun, "form for a file", || get(import::upload::form)),
        changes("/import", P::ImportRun, "dry run of a file", || {
            post(import::upload::send).layer(DefaultBodyLimit::max(import::upload::LONGEST))
        }),
        shows("/import/{id}", P::ImportRun, "dry run line by line", || get(import::plan::show)),
        changes("/import/{id}/apply", P::ImportRun, "apply a dry run", || post(import::run::apply)),
        polls("/import/{id}/progress", P::ImportRun, "how far an import is", || get(import::run::progress)),
        shows("/import/{id}/run", P::ImportRun, "an import that runs or ran", || get(import::run::show)),
        shows("/search", P::SearchRead, "search", || get(search::show)),
        shows("/sites", P::SiteRead, "sites and the form for a new one", || get(site::all)),
        changes("/sites", P::SiteWrite, "make a site", || post(site::create)),
        shows("/sites/{id}/delete", P::SiteWrite, "ask before deleting a site", || get(site::ask_delete)),
        changes("/sites/{id}/delete", P::SiteWrite, "delete a site", || post(site::delete)),
        shows("/sites/{id}/edit", P::SiteWrite, "form of a site", || get(site::edit)),
        changes("/sites/{id}/edit", P::SiteWrite, "change a site", || post(site::update)),
        shows("/subnets", P::SubnetRead, "tree of subnets", || get(subnet::list)),
        changes("/subnets", P::SubnetWrite, "make a subnet", || post(subnet::create)),
        shows("/subnets/new", P::SubnetWrite, "form for a new subnet", || get(subnet::new)),
        shows("/subnets/{id}", P::SubnetRead, "a subnet", || get(subnet::show)),
        changes("/subnets/{id}/addresses/next", P::AddressWrite, "allocate the next free address", || post(subnet::next_address)),
        shows("/subnets/{id}/children", P::SubnetRead, "children of a subnet", || get(subnet::children)),
        shows("/subnets/{id}/delete", P::SubnetWrite, "ask before deleting a subnet", || get(subnet::ask_delete)),
        changes("/subnets/{id}/delete", P::SubnetWrite, "delete a subnet", || post(subnet::delete)),
        shows("/subnets/{id}/edit", P::SubnetWrite, "form of a subnet", || get(subnet::edit)),
        changes("/subnets/{id}/edit", P::SubnetWrite, "change a subnet", || post(subnet::update)),
        changes("/subnets/{id}/subnets/next", P::SubnetWrite, "make a subnet of the next free prefix", || post(subnet::next_subnet)),
        shows("/tags", P::TagRead, "tags and the form for a new one", || get(tag::all)),
        changes("/tags", P::TagWrite, "make a tag", || post(tag::create)),
        shows("/tags/{id}/delete", P::TagWrite, "ask before deleting a tag", || get(tag::ask_delete)),
        changes("/tags/{id}/delete", P::TagWrite, "delete a tag", || post(tag::delete)),
        shows("/tags/{id}/edit", P::TagWrite, "form of a tag", || get(tag::edit)),
        changes("/tags/{id}/edit", P::TagWrite, "change a tag", || post(tag::update)),
        shows("/vlans", P::VlanRead, "VLANs and the form for a new one", || get(vlan::all)),
        changes("/vlans", P::VlanWrite, "make a VLAN", || post(vlan::create)),
        shows("/vlans/{id}/delete", P::VlanWrite, "ask before deleting a VLAN", || get(vlan::ask_delete)),
        changes("/vlans/{id}/delete", P::VlanWrite, "delete a VLAN", || post(vlan::delete)),
        shows("/vlans/{id}/edit", P::VlanWrite, "form of a VLAN", || get(vlan::edit)),
        changes("/vlans/{id}/edit", P::VlanWrite, "change a VLAN", || post(vlan::update)),
        shows("/vrfs", P::VrfRead, "VRFs and the form for a new one", || get(vrf::all)),
        changes("/vrfs", P::VrfWrite, "make a VRF", || post(vrf::create)),
        shows("/vrfs/{id}/delete", P::VrfWrite, "ask before deleting a VRF", || get(vrf::ask_delete)),
        changes("/vrfs/{id}/delete", P::VrfWrite, "delete a VRF", || post(vrf::delete)),
        shows("/vrfs/{id}/edit", P::VrfWrite, "form of a VRF", || get(vrf::edit)),
        changes("/vrfs/{id}/edit", P::VrfWrite, "change a VRF", || post(vrf::update)),
    ]
}

/// The installation: who gets in and how, who there is, what is set, what happened.
fn house() -> Vec<Route<Arc<App>>> {
    vec![
        shows("/account", P::SelfRead, "one's own profile and address", || get(account::show)),
        changes("/account", P::SelfRead, "change one's own profile", || post(account::save)),
        Route {
            door: Some(SecretDoor::Password),
            ..changes("/account/email", P::SelfRead, "ask for an answer from another address", || post(account::email))
        },
        Route { polls: true, ..pending(Method::GET, "/account/idle", "how long the session lasts unused", || get(account::idle)) },
        pending(Method::GET, "/account/password", "form for a new password", || get(account::password)),
        Route {
            door: Some(SecretDoor::Password),
            mutates: true,
            ..pending(Method::POST, "/account/password", "change one's own password", || post(account::change))
        },
        shows("/account/sessions", P::SelfRead, "where one is logged in", || get(account::all)),
        changes("/account/sessions/end-others", P::SelfRead, "end one's other sessions", || post(account::end_others)),
        changes("/account/sessions/{id}/end", P::SelfRead, "end one of one's sessions", || post(account::end)),
        pending(Method::POST, "/account/stay", "somebody is there", || post(account::stay)),
        public(Method::GET, "/assets/{*path}", "embedded files", || get(asset::get)),
        shows("/api-keys", P::ApiKeyRead, "API keys and the form for a new one", || get(key::all)),
        changes("/api-keys", P::ApiKeyWrite, "make an API key and show it once", || post(key::create)),
        changes("/api-keys/{id}/revoke", P::ApiKeyWrite, "revoke an API key", || post(key::revoke)),
        shows("/audit", P::AuditRead, "audit trail", || get(audit::all)),
        checks("/audit/verify", P::AuditRead, "verify the audit trail", || post(audit::verify)),
        public(Method::GET, "/browser/{token}", "ask before a browser becomes known", || get(sign::browser)),
        door("/browser/{token}", SecretDoor::Link, "make a browser known by a mailed link", || post(sign::know_browser)),
        public(Method::GET, "/email/{token}", "ask before another address counts", || get(sign::email)),
        door("/email/{token}", SecretDoor::Link, "answer from another address", || post(sign::confirm_email)),
        public(Method::GET, "/forgot", "form for whoever has forgotten a password", || get(sign::forgot)),
        door("/forgot", SecretDoor::Mail, "mail a link to set a password", || post(sign::ask_for_link)),
        public(Method::POST, "/language", "choose a language before the login", || post(sign::language)),
        public(Method::GET, "/login", "login form", || get(sign::login)),
        door("/login", SecretDoor::Login, "log in", || post(sign::log_in)),
        door("/login/link", SecretDoor::Mail, "mail a link that makes a browser known", || post(sign::link)),
        public(Method::GET, "/login/sound", "the picture of a login form, for the ear", || get(sign::sound)),
        Route { mutates: true, ..pending(Method::POST, "/logout", "log out", || post(sign::log_out)) },
        public(Method::POST, "/password/judge", "judge a new password while it is typed", || post(account::judge)),
        public(Method::GET, "/reset/{token}", "form for a password by a link", || get(sign::reset)),
        door("/reset/{token}", SecretDoor::Link, "set a password by a link", || post(sign::set_by_link)),
        shows("/security/fence", P::SettingRead, "the fence: rules, parameters, simulator", || get(fence::show)),
        shows("/security/fence.toml", P::SettingRead, "the fence as a file", || get(fence::import::export)),
        changes("/security/fence/import", P::SettingWrite, "import rules and parameters of the fence, after a look at them", || {
            post(fence::import::send)
        }),
        changes("/security/fence/rules", P::SettingWrite, "change the rules of the fence", || post(fence::rules::save)),
        changes("/security/fence/settings", P::SettingWrite, "change the parameters of the fence and the login", || {
            post(fence::settings::save)
        }),
        shows("/security/fence/simulate", P::SettingRead, "imagine a login", || get(fence::simulate::show)),
        shows("/security/sign-ins", P::AuditRead, "locks, names that fail, last attempts", || get(sign_in::show)),
        polls("/security/sign-ins/counters", P::AuditRead, "what the login counts", || get(sign_in::counters)),
        changes("/security/sign-ins/open", P::UserWrite, "open a lock", || post(sign_in::open)),
        shows("/settings", P::SettingRead, "all settings", || get(setting::all::show)),
        shows("/settings/mail", P::SettingRead, "settings of the mail server", || get(mail::show)),
        changes("/settings/mail", P::SettingWrite, "change the settings of the mail server", || post(mail::save)),
        changes("/settings/mail/test", P::SettingWrite, "send a letter to try the mail server", || post(mail::test)),
        changes("/settings/{group}", P::SettingWrite, "change the settings of a group", || post(setting::all::save)),
        public(Method::GET, "/setup/{token}", "form for the first admin", || get(sign::setup)),
        door("/setup/{token}", SecretDoor::Setup, "make the first admin", || post(sign::set_up)),
        public(Method::POST, "/theme", "choose the colours", || post(sign::theme)),
        shows("/users", P::UserRead, "users and the form for a new one", || get(user::all)),
        changes("/users", P::UserWrite, "make a user with a one-time link", || post(user::create)),
        shows("/users/{id}", P::UserRead, "a user", || get(user::show)),
        changes("/users/{id}", P::UserWrite, "change the facts of a user", || post(user::update)),
        changes("/users/{id}/active", P::UserWrite, "let a user in, or no more", || post(user::active)),
        shows("/users/{id}/delete", P::UserWrite, "ask before deleting a user", || get(user::ask_delete)),
        changes("/users/{id}/delete", P::UserWrite, "delete a user", || post(user::delete)),
        changes("/users/{id}/link", P::UserWrite, "make a link for a user to set a password", || post(user::link)),
        changes("/users/{id}/role", P::UserWrite, "change the role of a user", || post(user::role)),
        changes("/users/{id}/sessions/end", P::UserWrite, "end every session of a user", || post(user::end_sessions)),
        changes("/users/{id}/unlock", P::UserWrite, "open the account of a user", || post(user::unlock)),
    ]
}
