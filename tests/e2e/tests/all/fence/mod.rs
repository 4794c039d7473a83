//! The fence and the budgets from outside: the form, basic authentication, addresses behind a proxy, the command line, and guessers that must not find
//! what they look for.

mod case;
mod door;
mod guess;
mod log;

use std::time::{Duration, Instant};

use base64::Engine as _;
use ringfence_guard::clock::Timestamp;
use ringfence_guard::key::{LOGIN_STATE, MasterKey};
use ringfence_guard::login::ticket::Ticket;
use ringfence_guard::secret::Secret;
use ringfence_guard::session;
use ringfence_kit::{Answer, Client, Engine, Method, Options, Server, World, hidden_field};

/// A server that believes this machine's headers about clients and users.
fn behind_a_proxy(engine: Engine) -> World {
    World::with(engine, Options { config: "proxy_trust_cidrs = [\"127.0.0.1\"]".into(), ..Options::default() })
}

fn set(server: &Server, key: &str, value: &str) {
    server.cli(&["setting", "set", key, value], "").success();
}

/// Base budgets out of reach.
fn patient(server: &Server) {
    set(server, "security.login_max_attempts", "1000000");
    set(server, "security.account_lockout_max_attempts", "1000000");
}

/// Somebody in front of the form: a browser at an address, as the proxy tells it.
struct Guest<'a> {
    server: &'a Server,
    client: Client,
    from: String,
    /// Stands for the browser in what is sealed for it.
    visit: [u8; 32],
}

impl<'a> Guest<'a> {
    /// Opens the form for the first time.
    async fn open(server: &'a Server, from: &str) -> (Self, Answer) {
        let mut guest = Self { server, client: server.anon(), from: from.to_owned(), visit: [0; 32] };
        let page = guest.page().await;
        let pair = page.all("set-cookie").into_iter().find_map(|line| line.split(';').next()?.split_once("-visit="));
        guest.visit = session::hash(pair.expect("the first page gives a cookie").1);
        (guest, page)
    }

    /// The form once more.
    async fn page(&self) -> Answer {
        self.client.send(Method::GET, "/login", &[("x-forwarded-for", &self.from)], None).await
    }

    /// Sends the form of this page, with every field that it has and these.
    async fn send(&self, page: &Answer, name: &str, password: &str, more: &[(&str, &str)]) -> Answer {
        send(&self.client, &self.from, page, name, password, more).await
    }

    /// What the picture on this page shows: read from what is sealed, with the key of the installation, as nobody outside can.
    fn phrase(&self, page: &Answer) -> String {
        let key = std::fs::read_to_string(self.server.data_dir().join("master.key")).expect("the key of the installation");
        let sealer = MasterKey::parse(&Secret::new(key)).expect("a key").sealer(LOGIN_STATE, 1);
        let ticket = hidden_field(&page.body, "ticket").expect("the form has a ticket");
        let issued = Ticket::open(&sealer, &self.visit, &ticket, now()).expect("a ticket of this browser");
        issued.asked.get("captcha").expect("the form shows a picture").clone()
    }

    /// A login with the right answer to the picture on a new page.
    async fn solve(&self, name: &str, password: &str) -> Answer {
        let page = self.page().await.expect(200);
        self.send(&page, name, password, &[("answer-captcha", &self.phrase(&page))]).await
    }
}

/// The time, for tickets.
#[expect(clippy::disallowed_methods, reason = "the program that runs goes by the wall clock, and so does who looks into its tickets")]
fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    Timestamp::from_micros(i64::try_from(since.as_micros()).expect("before the year 292278"))
}

async fn send(client: &Client, from: &str, page: &Answer, name: &str, password: &str, more: &[(&str, &str)]) -> Answer {
    let field = |field: &str| hidden_field(&page.body, field).unwrap_or_default();
    let (csrf, ticket) = (field("csrf"), field("ticket"));
    let mut fields = vec![("csrf", csrf.as_str()), ("ticket", ticket.as_str()), ("name", name), ("password", password)];
    fields.extend(more);
    client.post_fields_as("/login", &[("x-forwarded-for", from)], &fields).await
}

/// One attempt by the form, from an address as the proxy tells it, with every field of the form and these.
async fn form(client: &Client, from: &str, name: &str, password: &str, more: &[(&str, &str)]) -> Answer {
    let page = client.send(Method::GET, "/login", &[("x-forwarded-for", from)], None).await;
    if page.status == 200 { send(client, from, &page, name, password, more).await } else { page }
}

/// One call with name and password.
pub async fn basic(client: &Client, from: &str, name: &str, password: &str) -> Answer {
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
    let headers = [("authorization", format!("Basic {pair}")), ("x-forwarded-for", from.to_owned())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    client.send(Method::GET, "/api/v1/sites", &headers, None).await
}

/// Calls until the answer has this status; for blocks that end by the clock.
async fn until(status: u16, call: impl AsyncFn() -> Answer) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while call().await.status != status {
        assert!(Instant::now() < deadline, "{status} comes");
    }
}
