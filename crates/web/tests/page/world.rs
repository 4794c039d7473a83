//! What the stories share: an application on an empty database, and people who are logged in.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION};
use http::request::Builder;
use http::{HeaderMap, Method, Request, StatusCode};
use ringfence_app::account::password::Owner;
use ringfence_app::commands::user::{CreateUser, NewAccount};
use ringfence_app::login::{Answers, LoginRequest};
use ringfence_app::setting::{self, Configured, Source, Values};
use ringfence_app::{App, OpCtx, Parts};
use ringfence_guard::audit::{Actor, Door, Origin};
use ringfence_guard::clock::Timestamp;
use ringfence_guard::entropy::Seeded;
use ringfence_guard::fence::Registry;
use ringfence_guard::key::MasterKey;
use ringfence_guard::login::mode::Mode;
use ringfence_guard::password::Params;
use ringfence_guard::password::blocklist::Lists;
use ringfence_guard::password::pool::HashPool;
use ringfence_guard::permission::Role;
use ringfence_guard::secret::SecretText;
use ringfence_guard::session;
use ringfence_store::{Location, Store};
use tower::ServiceExt as _;

/// The instant of every test.
const NOON: Timestamp = Timestamp::from_micros(1_785_585_600_000_000);
const PASSWORD: &str = "kelp-orbit-Lantern-58";

pub struct World {
    app: Arc<App>,
    router: Router,
    dir: Arc<tempfile::TempDir>,
}

impl World {
    pub fn open() -> Self {
        Self::on(Arc::new(tempfile::tempdir().unwrap()))
    }

    /// A setting as the database has it.
    pub fn stored(&self, key: &str) -> String {
        self.app.settings().text(setting::find(key).unwrap()).to_owned()
    }

    /// Another instance on the same database.
    pub fn twin(&self) -> Self {
        Self::on(Arc::clone(&self.dir))
    }

    /// The same browser, at this instance.
    pub fn same(&self, browser: &Browser) -> Browser {
        Browser { router: self.router.clone(), cookie: browser.cookie.clone(), csrf: browser.csrf.clone() }
    }

    /// A browser in which nobody is logged in.
    pub fn stranger(&self) -> Browser {
        Browser { router: self.router.clone(), cookie: String::new(), csrf: String::new() }
    }

    fn on(dir: Arc<tempfile::TempDir>) -> Self {
        let store = Store::open(&Location::File(dir.path().join("test.db")), 4, || NOON).unwrap();
        let app = App::new(Parts {
            store,
            hashing: HashPool::new(1, 10, 10).unwrap(),
            entropy: Arc::new(Seeded::new(1)),
            clock: Arc::new(|| NOON),
            master: MasterKey::new([7; 32]),
            params: Params::cheap(),
            password_lists: Lists::of(dir.path()),
            self_signed: true,
            registry: Registry::standard(),
            limits: Values::limits,

            password_rules: ringfence_guard::password::policy::Rules::standard(),
            base_url_given: true,
            base_url: "https://localhost".to_owned(),
            seal_mark: None,
            configured: vec![Configured {
                key: "proxy_trust_cidrs",
                doc: "Proxies whose word on a client's address counts.",
                value: "192.0.2.0/24".to_owned(),
                source: Source::File("/etc/ringfence.toml".to_owned()),
            }],
        })
        .unwrap();
        let router = ringfence_web::router(&app, &ringfence_web::routes()).unwrap().with_state(Arc::clone(&app));
        Self { app, router, dir }
    }

    /// The world and a browser in which an operator is logged in.
    pub async fn with_operator() -> (Self, Browser) {
        let world = Self::open();
        let browser = world.browser(Role::Operator).await;
        (world, browser)
    }

    /// A login with that name and a wrong password, from that address.
    pub async fn fail(&self, name: &str, client: &str) {
        let origin = Origin { actor: Actor::Anonymous, door: Door::Web, client: client.parse().ok(), request_id: "test".into(), at: NOON };
        assert!(self.app.log_in(&origin, attempt(name, "wrong")).await.is_err());
    }

    /// A browser in which a new user of that role is logged in.
    pub async fn browser(&self, role: Role) -> Browser {
        let origin = |actor| Origin { actor, door: Door::Web, client: None, request_id: "test".into(), at: NOON };
        let password = self.app.first_password(Owner::default(), &SecretText::new(PASSWORD.to_owned()), "").await.unwrap();
        let email = format!("{}@example.org", role.as_str());
        let account = NewAccount { password: Some(password), ..NewAccount::new(role.as_str(), email, role) };
        self.app.run(&OpCtx::new(origin(Actor::Console)), CreateUser::from(account)).await.unwrap();
        let entry = self.app.log_in(&origin(Actor::Anonymous), attempt(role.as_str(), PASSWORD)).await.unwrap();
        let name = session::cookie_name(&self.app.cookie_suffix());
        Browser {
            router: self.router.clone(),
            cookie: format!("{name}={}", entry.session.expose()),
            csrf: session::csrf(self.app.csrf_key(), &entry.session.hash()),
        }
    }
}

pub struct Browser {
    router: Router,
    cookie: String,
    csrf: String,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub html: String,
}

impl Answer {
    /// Where a redirect leads.
    pub fn to(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.html);
        self.headers.get(LOCATION).unwrap().to_str().unwrap()
    }

    /// The number at the end of where a redirect leads.
    pub fn id(&self) -> i64 {
        self.to().rsplit('/').next().unwrap().parse().unwrap()
    }

    pub fn has(&self, text: &str) -> &Self {
        assert!(self.html.contains(text), "{text:?} is missing in {}", self.html);
        self
    }

    pub fn lacks(&self, text: &str) -> &Self {
        assert!(!self.html.contains(text), "{text:?} is in {}", self.html);
        self
    }

    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.html);
        self
    }

    /// The value of the first field of that name.
    pub fn field(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.html.split_once(&mark).unwrap_or_else(|| panic!("no field {name} in {}", self.html));
        rest.split_once('"').unwrap().0.to_owned()
    }

    /// The address behind the first "Show more".
    pub fn more(&self) -> String {
        let (_, rest) = self.html.split_once("hx-get=\"").unwrap_or_else(|| panic!("no further window in {}", self.html));
        rest.split_once('"').unwrap().0.replace("&#38;", "&").replace("&amp;", "&")
    }
}

impl Browser {
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, false).await
    }

    /// As htmx asks.
    pub async fn part(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, true).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut fields = fields.to_vec();
        fields.push(("csrf", &self.csrf));
        self.send(Method::POST, path, Some(encoded(&fields)), false).await
    }

    /// Makes a subnet of the global VRF.
    pub async fn subnet(&self, prefix: &str) -> i64 {
        self.post("/subnets", &[("vrf", "1"), ("prefix", prefix)]).await.id()
    }

    /// Sends a file with other fields, the token where the form puts it: first.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], file: (&str, &str)) -> Answer {
        let part = |name: &str, value: &str| format!("--part\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        let mut body = part("csrf", &self.csrf);
        body.extend(fields.iter().map(|(name, value)| part(name, value)));
        body.push_str(&part(&format!("file\"; filename=\"{}", file.0), file.1));
        body.push_str("--part--\r\n");
        self.answer(self.request(Method::POST, path).header(CONTENT_TYPE, "multipart/form-data; boundary=part").body(body.into())).await
    }

    fn request(&self, method: Method, path: &str) -> Builder {
        let request = Request::builder().method(method).uri(path).header(HOST, "localhost").header(COOKIE, &self.cookie);
        request.header("sec-fetch-site", "same-origin")
    }

    async fn send(&self, method: Method, path: &str, form: Option<String>, partial: bool) -> Answer {
        let mut request = self.request(method, path);
        if partial {
            request = request.header("hx-request", "true");
        }
        if form.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        self.answer(request.body(form.map_or_else(Body::empty, Body::from))).await
    }

    async fn answer(&self, request: http::Result<Request<Body>>) -> Answer {
        let response = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 16 * 1024 * 1024).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, html: String::from_utf8(bytes.to_vec()).unwrap() }
    }
}

fn attempt(name: &str, password: &str) -> LoginRequest {
    LoginRequest {
        mode: Mode::Form,
        name: name.to_owned(),
        password: SecretText::new(password.to_owned()),
        device: None,
        agent: String::new(),
        replaces: None,
        answers: Answers::default(),
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    serde_urlencoded::to_string(fields).unwrap()
}
