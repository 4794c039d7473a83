//! The verification services on this machine, for tests: one plain HTTP server on 127.0.0.1 that speaks all five protocols, checks
//! a request the way the real service does, and answers by the text of the token.
//!
//! | token | answer |
//! |---|---|
//! | `good` | vouched for, score 900, any number of times |
//! | `used` and everything that begins so | good once, then a duplicate |
//! | `score-200` | good with this score in thousandths (as risk 800 at hCaptcha); without a score where the service has none |
//! | `expired` | too old |
//! | `wrong-host`, `wrong-action` | good, but for `elsewhere.example`, or for the action `Elsewhere` |
//! | `slow` | good, after [`Expected::delay`] |
//! | `down` | 503 with a page |
//! | `throttled` | 429 |
//! | `garbage` | 200 with a page instead of JSON |
//! | `redirect` | 302 to another path of this server, which would be seen |
//! | `hang-up` | the connection closes without an answer |
//! | `bad` and anything else | no valid token |
//!
//! A wrong key is told apart before the token is looked at, with the service's own answer.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// What the services know about their customer.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The secret or API key, the same at every service.
    pub secret: String,
    /// The site key, checked where the request has one.
    pub site_key: String,
    /// The project of reCAPTCHA Enterprise.
    pub project: String,
    /// The host on which good tokens were made.
    pub host: String,
    /// The action for which good tokens were made.
    pub action: String,
    /// Whether reCAPTCHA's keys are of version 3 and its answers have action and score.
    pub scores: bool,
    /// How long `slow` takes.
    pub delay: Duration,
}

impl Expected {
    /// A customer with this secret: site key `site`, project `project-1`, host `localhost`, action `login`, no scores, 3 s.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self {
            secret: secret.to_owned(),
            site_key: "site".to_owned(),
            project: "project-1".to_owned(),
            host: "localhost".to_owned(),
            action: "login".to_owned(),
            scores: false,
            delay: Duration::from_secs(3),
        }
    }
}

/// A request as it came in.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// As in the request line.
    pub method: String,
    /// As in the request line, with the query.
    pub target: String,
    /// Names in lower case; of headers sent twice, the last.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn content_type(&self) -> &str {
        self.header("content-type").split(';').next().unwrap_or_default().trim()
    }

    /// The fields of a form, if it is one.
    fn form(&self) -> BTreeMap<String, String> {
        let is_form = self.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
        let body: &[u8] = if is_form { &self.body } else { b"" };
        form_urlencoded::parse(body).into_owned().collect()
    }

    /// The object in a JSON body, if it is one.
    fn json(&self) -> Option<Value> {
        let is_json = self.content_type().eq_ignore_ascii_case("application/json");
        is_json.then(|| serde_json::from_slice(&self.body).ok()).flatten().filter(Value::is_object)
    }

    /// Text fields from a JSON body or a form, as some services take both.
    fn either(&self) -> BTreeMap<String, String> {
        let Some(Value::Object(fields)) = self.json() else { return self.form() };
        fields.into_iter().filter_map(|(name, value)| value.as_str().map(|text| (name, text.to_owned()))).collect()
    }
}

struct Shared {
    expected: Expected,
    seen: Mutex<Vec<Seen>>,
    used: Mutex<BTreeSet<String>>,
    over: AtomicBool,
}

/// The server; it ends when this is dropped.
pub struct StandIn {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl StandIn {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// There is none to listen on.
    pub fn start(expected: Expected) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { expected, seen: Mutex::default(), used: Mutex::default(), over: AtomicBool::new(false) });
        let server = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if server.over.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&server);
                thread::spawn(move || {
                    // The other end is a test and sees for itself that nothing came.
                    let _ = serve(stream, &shared);
                });
            }
        });
        Ok(Self { address, shared })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to configure as the endpoint of the provider of this name.
    #[must_use]
    pub fn endpoint(&self, provider: &str) -> String {
        let path = match provider {
            "turnstile" => "/turnstile/v0",
            "hcaptcha" => "/hcaptcha",
            "recaptcha" => "/recaptcha/api",
            _ => "",
        };
        format!("http://{}{path}", self.address)
    }

    /// The requests so far.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        locked(&self.shared.seen).clone()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        // Wakes the listener; if it cannot be reached, it has ended.
        let _ = TcpStream::connect(self.address);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What goes back.
enum Reply {
    Json(u16, Value),
    Page(u16),
    Redirect,
    HangUp,
}

fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let Some(seen) = receive(&mut stream)? else { return Ok(()) };
    locked(&shared.seen).push(seen.clone());
    let (status, kind, more, body) = match reply(&seen, shared) {
        Reply::Json(status, body) => (status, "application/json; charset=utf-8", "", body.to_string()),
        Reply::Page(status) => (status, "text/html", "", "<!doctype html><title>Something</title>".to_owned()),
        Reply::Redirect => (302, "text/html", "location: /elsewhere\r\n", String::new()),
        Reply::HangUp => return Ok(()),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} Stand-in\r\ncontent-type: {kind}\r\n{more}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )?;
    stream.flush()
}

/// One request with a `content-length`, which is what clients send who have the body in hand.
fn receive(stream: &mut TcpStream) -> io::Result<Option<Seen>> {
    const LONGEST: usize = 128 * 1024;
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if let Some(seen) = parse(&bytes) {
            return Ok(Some(seen));
        }
        let count = stream.read(&mut chunk)?;
        if count == 0 || bytes.len() > LONGEST {
            return Ok(None);
        }
        bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
    }
}

/// The request in these bytes, if all of it has come.
fn parse(bytes: &[u8]) -> Option<Seen> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, rest) = bytes.split_at_checked(end)?;
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers: BTreeMap<_, _> =
        lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0_usize);
    let body = rest.get(4..4_usize.checked_add(length)?)?.to_vec();
    Some(Seen { method, target, headers, body })
}

fn reply(seen: &Seen, shared: &Shared) -> Reply {
    let expected = &shared.expected;
    let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
    let assessments = format!("/v1/projects/{}/assessments", expected.project);
    // The real Google takes an API key there; here it is a mistake.
    if !query.is_empty() {
        return Reply::Page(400);
    }
    match path {
        "/turnstile/v0/siteverify" => posted(seen, || turnstile(seen, shared)),
        "/hcaptcha/siteverify" => posted(seen, || hcaptcha(seen, shared)),
        "/recaptcha/api/siteverify" => posted(seen, || recaptcha(seen, shared)),
        "/api/v2/captcha/siteverify" if seen.method != "POST" => friendly_error(405, "method_not_allowed"),
        "/api/v2/captcha/siteverify" => friendly_captcha(seen, shared),
        _ if path == assessments && seen.method == "POST" => enterprise(seen, shared),
        _ if path.starts_with("/v1/projects/") && path.ends_with("/assessments") && seen.method == "POST" => {
            google_error(403, "PERMISSION_DENIED", None)
        }
        _ => Reply::Page(404),
    }
}

fn posted(seen: &Seen, answer: impl FnOnce() -> Reply) -> Reply {
    if seen.method == "POST" { answer() } else { Reply::Page(405) }
}

/// What a token stands for.
enum Token {
    Good { score: u32 },
    Duplicate,
    Expired,
    Invalid,
    WrongHost,
    WrongAction,
    Other(Reply),
}

fn look_at(token: &str, shared: &Shared) -> Token {
    if token.starts_with("used") {
        let first = locked(&shared.used).insert(token.to_owned());
        return if first { Token::Good { score: 900 } } else { Token::Duplicate };
    }
    if let Some(score) = token.strip_prefix("score-").and_then(|score| score.parse().ok()) {
        return Token::Good { score };
    }
    match token {
        "good" => Token::Good { score: 900 },
        "slow" => {
            thread::sleep(shared.expected.delay);
            Token::Good { score: 900 }
        }
        "expired" => Token::Expired,
        "wrong-host" => Token::WrongHost,
        "wrong-action" => Token::WrongAction,
        "down" => Token::Other(Reply::Page(503)),
        "throttled" => Token::Other(Reply::Page(429)),
        "garbage" => Token::Other(Reply::Page(200)),
        "redirect" => Token::Other(Reply::Redirect),
        "hang-up" => Token::Other(Reply::HangUp),
        _ => Token::Invalid,
    }
}

/// A token that is vouched for, as one: score, host, action.
fn vouched(token: Token, expected: &Expected) -> Result<(u32, String, String), Token> {
    let (host, action) = (expected.host.clone(), expected.action.clone());
    match token {
        Token::Good { score } => Ok((score, host, action)),
        Token::WrongHost => Ok((900, "elsewhere.example".to_owned(), action)),
        Token::WrongAction => Ok((900, host, "Elsewhere".to_owned())),
        other => Err(other),
    }
}

const SOLVED: &str = "2026-02-28T15:14:30.096Z";

fn codes(code: &str) -> Reply {
    Reply::Json(200, json!({ "success": false, "error-codes": [code] }))
}

/// The part of `siteverify` that is the same: the fields in their order of importance.
fn missing(fields: &BTreeMap<String, String>, secret: &str) -> Option<Reply> {
    match (fields.get("secret"), fields.get("response")) {
        (None, _) => Some(codes("missing-input-secret")),
        (Some(given), _) if given.is_empty() => Some(codes("missing-input-secret")),
        (Some(given), _) if given != secret => Some(codes("invalid-input-secret")),
        (_, None) => Some(codes("missing-input-response")),
        (_, Some(response)) if response.is_empty() => Some(codes("missing-input-response")),
        _ => None,
    }
}

fn token_in<'a>(fields: &'a BTreeMap<String, String>, name: &str) -> &'a str {
    fields.get(name).map_or("", String::as_str)
}

fn turnstile(seen: &Seen, shared: &Shared) -> Reply {
    let fields = seen.either();
    if let Some(reply) = missing(&fields, &shared.expected.secret) {
        return reply;
    }
    let token = token_in(&fields, "response");
    if token.len() > 2048 {
        return codes("invalid-input-response");
    }
    match vouched(look_at(token, shared), &shared.expected) {
        Ok((_, host, action)) => Reply::Json(
            200,
            json!({
                "success": true, "error-codes": [], "challenge_ts": SOLVED, "hostname": host, "action": action, "cdata": "",
                "metadata": { "interactive": false }
            }),
        ),
        Err(Token::Other(reply)) => reply,
        Err(Token::Duplicate | Token::Expired) => codes("timeout-or-duplicate"),
        Err(_) => codes("invalid-input-response"),
    }
}

fn hcaptcha(seen: &Seen, shared: &Shared) -> Reply {
    let fields = seen.form();
    if let Some(reply) = missing(&fields, &shared.expected.secret) {
        return reply;
    }
    if fields.get("sitekey").is_some_and(|key| *key != shared.expected.site_key) {
        return codes("sitekey-secret-mismatch");
    }
    let token = token_in(&fields, "response");
    match vouched(look_at(token, shared), &shared.expected) {
        Ok((score, host, _)) => {
            let mut answer = json!({ "success": true, "challenge_ts": SOLVED, "hostname": host, "credit": false });
            if let (true, Some(answer)) = (token.starts_with("score-"), answer.as_object_mut()) {
                answer.insert("score".to_owned(), json!(1.0 - f64::from(score) / 1000.0));
                answer.insert("score_reason".to_owned(), json!(["safe"]));
            }
            Reply::Json(200, answer)
        }
        Err(Token::Other(reply)) => reply,
        Err(Token::Duplicate) => codes("already-seen-response"),
        Err(Token::Expired) => codes("expired-input-response"),
        Err(_) => codes("invalid-input-response"),
    }
}

fn recaptcha(seen: &Seen, shared: &Shared) -> Reply {
    let fields = seen.form();
    if let Some(reply) = missing(&fields, &shared.expected.secret) {
        return reply;
    }
    match vouched(look_at(token_in(&fields, "response"), shared), &shared.expected) {
        Ok((score, host, action)) => {
            let mut answer = json!({ "success": true, "challenge_ts": "2026-02-28T15:14:30Z", "hostname": host });
            if let (true, Some(answer)) = (shared.expected.scores, answer.as_object_mut()) {
                answer.insert("score".to_owned(), json!(f64::from(score) / 1000.0));
                answer.insert("action".to_owned(), json!(action));
            }
            Reply::Json(200, answer)
        }
        Err(Token::Other(reply)) => reply,
        Err(Token::Duplicate | Token::Expired) => codes("timeout-or-duplicate"),
        Err(_) => codes("invalid-input-response"),
    }
}

fn google_error(code: u16, status: &str, reason: Option<&str>) -> Reply {
    let details: Vec<_> = reason
        .iter()
        .map(|reason| {
            json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com",
                "metadata": { "service": "recaptchaenterprise.googleapis.com" }
            })
        })
        .collect();
    Reply::Json(code, json!({ "error": { "code": code, "message": "As the service says.", "status": status, "details": details } }))
}

fn enterprise(seen: &Seen, shared: &Shared) -> Reply {
    let expected = &shared.expected;
    match seen.header("x-goog-api-key") {
        "" => return google_error(403, "PERMISSION_DENIED", None),
        key if key != expected.secret => return google_error(400, "INVALID_ARGUMENT", Some("API_KEY_INVALID")),
        _ => {}
    }
    let Some(body) = seen.json() else { return google_error(400, "INVALID_ARGUMENT", None) };
    let text = |name: &str| body.pointer(&format!("/event/{name}")).and_then(Value::as_str).unwrap_or_default().to_owned();
    if text("siteKey") != expected.site_key {
        return google_error(400, "INVALID_ARGUMENT", None);
    }
    let token = text("token");
    let invalid = match vouched(look_at(&token, shared), expected) {
        _ if token.is_empty() => "MISSING",
        Ok((score, host, action)) => {
            let properties = json!({
                "valid": true, "invalidReason": "INVALID_REASON_UNSPECIFIED", "hostname": host, "androidPackageName": "",
                "iosBundleId": "", "action": action, "createTime": SOLVED
            });
            let risk = json!({ "score": f64::from(score) / 1000.0, "reasons": [], "extendedVerdictReasons": [] });
            let event = body.get("event").cloned().unwrap_or_default();
            let name = format!("projects/1/assessments/{SOLVED}");
            return Reply::Json(200, json!({ "name": name, "event": event, "riskAnalysis": risk, "tokenProperties": properties }));
        }
        Err(Token::Other(reply)) => return reply,
        Err(Token::Duplicate) => "DUPE",
        Err(Token::Expired) => "EXPIRED",
        Err(_) => "MALFORMED",
    };
    let properties = json!({
        "valid": false, "invalidReason": invalid, "hostname": "", "androidPackageName": "", "iosBundleId": "", "action": "",
        "createTime": "1970-01-01T00:00:00Z"
    });
    Reply::Json(200, json!({ "name": "projects/1/assessments/0", "riskAnalysis": null, "tokenProperties": properties }))
}

fn friendly_error(status: u16, code: &str) -> Reply {
    Reply::Json(status, json!({ "success": false, "error": { "error_code": code, "detail": "As the service says." } }))
}

fn friendly_captcha(seen: &Seen, shared: &Shared) -> Reply {
    let expected = &shared.expected;
    match seen.header("x-api-key") {
        "" => return friendly_error(401, "auth_required"),
        key if key != expected.secret => return friendly_error(401, "auth_invalid"),
        _ => {}
    }
    let fields = seen.either();
    if fields.is_empty() {
        return friendly_error(400, "bad_request");
    }
    let token = token_in(&fields, "response");
    if token.is_empty() {
        return friendly_error(400, "response_missing");
    }
    if fields.get("sitekey").is_some_and(|key| *key != expected.site_key) {
        return friendly_error(400, "sitekey_invalid");
    }
    match vouched(look_at(token, shared), expected) {
        Ok((_, host, _)) => {
            let challenge = json!({ "timestamp": SOLVED, "origin": format!("https://{host}") });
            Reply::Json(200, json!({ "success": true, "data": { "event_id": "ev_standin", "challenge": challenge } }))
        }
        Err(Token::Other(reply)) => reply,
        Err(Token::Duplicate) => friendly_error(200, "response_duplicate"),
        Err(Token::Expired) => friendly_error(200, "response_timeout"),
        Err(_) => friendly_error(200, "response_invalid"),
    }
}
