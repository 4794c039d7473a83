//! A client is a user: anonymous, an API key, or a browser that has logged in.
//!
//! It accepts the self-signed certificate of a test server, follows no redirect, and keeps its own cookies. Requests that change
//! something carry what a browser sends from the same site (`Origin`, `Sec-Fetch-Site`), so that a test which wants them otherwise
//! says so with [`Client::send`].

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Once;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::page::{form_fields, hidden_field};

/// One user of a server. Cloning gives the same user: key and cookies are shared.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    key: Option<String>,
}

/// What a server said.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers; names compare without case.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
    /// Method and path, for messages.
    request: String,
}

impl Client {
    /// A client without a key or cookie, for a server at `base`, such as `https://localhost:8443`.
    pub fn anon(base: &str) -> Self {
        Self::build(base, None)
    }

    /// The same, coming from this address of this machine: 127.0.0.0/8 has sixteen million of them.
    pub fn from_address(base: &str, address: IpAddr) -> Self {
        Self::build(base, Some(address))
    }

    fn build(base: &str, address: Option<IpAddr>) -> Self {
        install_provider();
        let http = reqwest::Client::builder()
            .local_address(address)
            .tls_danger_accept_invalid_certs(true)
            .cookie_store(true)
            .redirect(Policy::none())
            .resolve("localhost", SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .build()
            .expect("a client is made");
        Self { http, base: base.trim_end_matches('/').to_owned(), key: None }
    }

    /// A client that shows this API key.
    pub fn key(base: &str, key: &str) -> Self {
        Self { key: Some(key.trim().to_owned()), ..Self::anon(base) }
    }

    /// The address of the server, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Asks for a page or a resource.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    /// Posts JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    /// Patches with JSON, whatever the version.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, &[], Some(body)).await
    }

    /// Deletes, whatever the version.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], None).await
    }

    /// Sends any request. Headers given here replace those that the client would send; an empty value leaves the header out.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        let mut request = self.request(method.clone(), path, headers);
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request, format!("{method} {path}")).await
    }

    /// As [`Client::send`], but says in words why no answer came, for tests in which the server dies.
    pub async fn attempt(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Result<Answer, String> {
        let mut request = self.request(method.clone(), path, headers);
        if let Some(body) = body {
            request = request.json(body);
        }
        try_answer(request, format!("{method} {path}")).await
    }

    /// Posts form fields as they are, without asking for a CSRF token first.
    pub async fn post_fields(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_fields_as(path, &[], fields).await
    }

    /// The same with other headers, as [`Client::send`] takes them.
    pub async fn post_fields_as(&self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
        answer(self.request(Method::POST, path, headers).form(&fields), format!("POST {path}")).await
    }

    /// Posts these bytes as a form, whatever they are.
    pub async fn post_form_bytes(&self, path: &str, bytes: Vec<u8>) -> Answer {
        let request = self.request(Method::POST, path, &[("content-type", "application/x-www-form-urlencoded")]).body(bytes);
        answer(request, format!("POST {path}")).await
    }

    /// Posts fields and a file with its name, as a form with a file field does.
    pub async fn upload(&self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)], file: (&str, &[u8])) -> Answer {
        let part = Part::bytes(file.1.to_vec()).file_name(file.0.to_owned());
        let form = fields.iter().fold(Form::new(), |form, (name, value)| form.text((*name).to_owned(), (*value).to_owned()));
        answer(self.request(Method::POST, path, headers).multipart(form.part("file", part)), format!("POST {path}")).await
    }

    /// Opens the page at `path`, takes its CSRF token, and posts the fields to the same path.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.form_from(path, path, fields).await
    }

    /// Opens `page`, takes its CSRF token, and posts the fields to `action`.
    pub async fn form_from(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf(page).await;
        let mut fields = fields.to_vec();
        fields.push(("csrf", &csrf));
        self.post_fields(action, &fields).await
    }

    /// Opens `page`, fills its form that posts to `action`, and sends it as a browser does: every field of the form goes along, those named
    /// here with these values. Fields that the form does not have are sent too.
    pub async fn submit(&self, page: &str, action: &str, filled: &[(&str, &str)]) -> Answer {
        let shown = self.get(page).await.expect(200);
        let fields = form_fields(&shown.body, action);
        let mut fields = fields.unwrap_or_else(|| panic!("the page {page} has no form that posts to {action}:\n{}", shown.body));
        fields.retain(|(name, _)| !filled.iter().any(|(other, _)| other == name));
        fields.extend(filled.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post_fields(action, &fields).await
    }

    /// The CSRF token that the page at `path` holds.
    pub async fn csrf(&self, path: &str) -> String {
        let page = self.get(path).await.expect(200);
        hidden_field(&page.body, "csrf").unwrap_or_else(|| panic!("the page {path} has no field `csrf`:\n{}", page.body))
    }

    /// Logs in through the form, as a browser does. The answer is what the server said to the password; a redirect means in.
    pub async fn login(&self, name: &str, password: &str) -> Answer {
        self.form("/login", &[("name", name), ("password", password)]).await
    }

    fn request(&self, method: Method, path: &str, replaced: &[(&str, &str)]) -> RequestBuilder {
        let mut headers = HeaderMap::new();
        if let Some(key) = &self.key {
            headers.insert(AUTHORIZATION, value(&format!("Bearer {key}")));
        } else {
            headers.insert(HeaderName::from_static("sec-fetch-site"), value("same-origin"));
            if !method.is_safe() {
                headers.insert(ORIGIN, value(&self.base));
            }
        }
        for (name, text) in replaced {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            if text.is_empty() {
                headers.remove(name);
            } else {
                headers.insert(name, value(text));
            }
        }
        self.http.request(method, format!("{}{path}", self.base)).headers(headers)
    }
}

impl Answer {
    pub(crate) const fn new(status: u16, headers: HeaderMap, body: String, request: String) -> Self {
        Self { status, headers, body, request }
    }

    /// Itself, if the status is this one; else the test ends with the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} answered {}:\n{}", self.request, self.status, self.body);
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{}: no JSON, {error}:\n{}", self.request, self.body))
    }

    /// A number of the JSON body by its pointer, such as `/id` or `/data/0/id`.
    #[track_caller]
    pub fn number(&self, pointer: &str) -> i64 {
        self.json()
            .pointer(pointer)
            .and_then(Value::as_i64)
            .unwrap_or_else(|| panic!("{}: no number at {pointer}:\n{}", self.request, self.body))
    }

    /// A text of the JSON body by its pointer.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        let json = self.json();
        let found = json.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("{}: no text at {pointer}:\n{}", self.request, self.body)).to_owned()
    }

    /// All values of a header that may stand there more than once.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
    }

    /// One header, if it is there and plain text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("a header value")
}

async fn answer(request: RequestBuilder, name: String) -> Answer {
    try_answer(request, name).await.unwrap_or_else(|error| panic!("{error}"))
}

async fn try_answer(request: RequestBuilder, name: String) -> Result<Answer, String> {
    let explain = |error: reqwest::Error| format!("{name}: no answer, {error:?}");
    let response = request.send().await.map_err(explain)?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.text().await.map_err(explain)?;
    Ok(Answer { status, headers, body, request: name })
}

/// The client is built without a provider of cryptography, as the program is; ring is installed once per process.
fn install_provider() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            rustls::crypto::ring::default_provider().install_default().expect("no other provider was installed meanwhile");
        }
    });
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::{Client, Method};
    use crate::block_on;

    /// Answers one request over plain TCP and returns what it was.
    fn one_request(listener: TcpListener) -> std::thread::JoinHandle<String> {
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut bytes = vec![0; 4096];
            let n = stream.read(&mut bytes).expect("a request");
            stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 8\r\netag: \"3\"\r\n\r\n{\"id\":7}").expect("an answer");
            String::from_utf8_lossy(&bytes[..n]).to_lowercase()
        })
    }

    fn exchange(send: impl AsyncFnOnce(String)) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let seen = one_request(listener);
        block_on(send(format!("http://localhost:{port}")));
        seen.join().expect("the listener ends")
    }

    #[test]
    fn a_browser_says_where_it_comes_from_unless_told_otherwise() {
        let seen = exchange(async |base| {
            let answer = Client::anon(&base).send(Method::POST, "/x", &[("Sec-Fetch-Site", "")], None).await.expect(201);
            assert_eq!((answer.number("/id"), answer.header("etag")), (7, Some("\"3\"")));
        });
        assert!(
            seen.starts_with("post /x http/1.1") && seen.contains("\norigin: http://localhost:") && !seen.contains("sec-fetch-site"),
            "{seen}"
        );
    }

    #[test]
    fn a_key_is_shown_and_nothing_of_a_browser() {
        let seen = exchange(async |base| {
            Client::key(&base, "rf_1\n").get("/y").await;
        });
        assert!(seen.contains("authorization: bearer rf_1\r") && !seen.contains("origin"), "{seen}");
    }
}
