//! What the stories share: an application on an empty database, and clients with keys.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Method, Request, StatusCode};
use ringfence_app::commands::api_key::CreateApiKey;
use ringfence_app::commands::user::{CreateUser, NewAccount};
use ringfence_app::{App, OpCtx, Parts, UserId};
use ringfence_guard::api_key;
use ringfence_guard::audit::{Actor, Door, Origin};
use ringfence_guard::clock::Timestamp;
use ringfence_guard::entropy::Seeded;
use ringfence_guard::http::client::Client as Address;
use ringfence_guard::http::request_id::RequestId;
use ringfence_guard::key::MasterKey;
use ringfence_guard::password::Params;
use ringfence_guard::password::blocklist::Lists;
use ringfence_guard::password::pool::HashPool;
use ringfence_guard::permission::{Role, Scope};
use ringfence_store::{Location, Store};
use serde_json::Value as Json;
use tower::ServiceExt as _;

/// The instant of every test.
pub const NOON: Timestamp = Timestamp::from_micros(1_785_585_600_000_000);

pub struct World {
    pub app: Arc<App>,
    router: Router,
    _dir: tempfile::TempDir,
}

impl World {
    pub fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Location::File(dir.path().join("test.db")), 4, || NOON).unwrap();
        let app = App::new(Parts {
            store,
            hashing: HashPool::new(1, 1, 1).unwrap(),
            entropy: Arc::new(Seeded::new(1)),
            clock: Arc::new(|| NOON),
            master: MasterKey::new([7; 32]),
            params: Params::cheap(),
            password_lists: Lists::of(dir.path()),
            self_signed: true,
            registry: ringfence_guard::fence::Registry::standard(),
            limits: ringfence_app::setting::Values::limits,

            password_rules: ringfence_guard::password::policy::Rules::standard(),
            base_url_given: true,
            base_url: "https://localhost".into(),
            seal_mark: None,
            configured: Vec::new(),
        })
        .unwrap();
        let router = ringfence_api::router(Arc::clone(&app)).unwrap();
        Self { app, router, _dir: dir }
    }

    /// Changes a setting, from the console.
    pub async fn set(&self, key: &str, value: &str) {
        let origin = Origin { actor: Actor::Console, door: Door::Cli, client: None, request_id: "test".into(), at: NOON };
        let put = self.app.put_settings(&[(key, Some(value))]).unwrap();
        self.app.run(&OpCtx::new(origin), put).await.unwrap();
    }

    /// The world and a client who may do everything.
    pub async fn with_admin() -> (Self, Client) {
        let world = Self::open();
        let admin = world.client(Role::Admin, Scope::Admin).await;
        (world, admin)
    }

    pub fn anonymous(&self) -> Client {
        Client { router: self.router.clone(), key: None }
    }

    pub fn holder_of(&self, key: &str) -> Client {
        Client { router: self.router.clone(), key: Some(key.to_owned()) }
    }

    /// A client with a new key of a new user.
    pub async fn client(&self, role: Role, scope: Scope) -> Client {
        let origin = Origin { actor: Actor::Console, door: Door::Cli, client: None, request_id: "console".into(), at: NOON };
        let op = OpCtx::new(origin);
        let (text, display, hash) = api_key::mint(self.app.entropy().as_ref());
        let username = format!("{role}-{scope}");
        let owner = self.app.run(&op, CreateUser::from(NewAccount::new(username, "", role))).await.unwrap();
        let key = CreateApiKey { hash, display, name: "test".into(), owner: UserId(owner.id), scope, expires_at: None };
        self.app.run(&op, key).await.unwrap();
        self.holder_of(text.expose())
    }
}

#[derive(Clone)]
pub struct Client {
    router: Router,
    key: Option<String>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Status, the headers that are part of the contract, and the body.
    pub fn shown(&self) -> String {
        let mut out = self.status.as_str().to_owned();
        for name in ["content-type", "etag", "location", "retry-after", "www-authenticate", "allow"] {
            if let Some(value) = self.header(name) {
                write!(out, "\n{name}: {value}").unwrap();
            }
        }
        if !self.text.is_empty() {
            let body =
                serde_json::from_str::<Json>(&self.text).map_or(self.text.clone(), |json| serde_json::to_string_pretty(&json).unwrap());
            write!(out, "\n{body}").unwrap();
        }
        out
    }

    /// `field: message` of each error.
    pub fn errors(&self) -> Vec<String> {
        let json = self.json();
        let errors = json["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|e| format!("{}: {}", e["field"].as_str().unwrap(), e["message"].as_str().unwrap())).collect()
    }

    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
}

impl Client {
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body.into()).unwrap();
        request.extensions_mut().insert(Address(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        request.extensions_mut().insert(RequestId("0123456789abcdef".into()));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, 10_000_000).await.unwrap().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    pub async fn post(&self, path: &str, body: Json) -> Answer {
        self.send(Method::POST, path, &[("content-type", "application/json")], body.to_string()).await
    }

    pub async fn patch(&self, path: &str, body: Json) -> Answer {
        self.send(Method::PATCH, path, &[("content-type", "application/json")], body.to_string()).await
    }

    pub async fn patch_if(&self, path: &str, tag: &str, body: Json) -> Answer {
        self.send(Method::PATCH, path, &[("content-type", "application/json"), ("if-match", tag)], body.to_string()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], "").await
    }

    /// Makes something and gives its id.
    pub async fn make(&self, path: &str, body: Json) -> i64 {
        self.post(path, body).await.expect(201).json()["id"].as_i64().unwrap()
    }
}
