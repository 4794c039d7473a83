//! A mail server that delivers nothing: it takes letters on a port of this machine, keeps them for the test to read, and misbehaves
//! when told to. Strict where mail servers are: line ends, line lengths, order of commands, login and encryption before letters.
//!
//! Nothing waits by sleeping; everything ends when the value is dropped.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mailparse::MailHeaderMap as _;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The longest line of SMTP, with its end.
const LINE: usize = 1000;

/// How the sink protects its line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Security {
    /// No encryption is offered.
    #[default]
    Plain,
    /// STARTTLS is offered, and demanded before login and letters.
    Starttls,
    /// TLS from the first byte.
    Tls,
}

/// A point of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The first line of the server.
    Greeting,
    /// EHLO.
    Hello,
    /// STARTTLS.
    Starttls,
    /// AUTH.
    Login,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA.
    Data,
    /// The end of the letter. Nothing is kept of a letter that is refused or lost here.
    Content,
    /// NOOP.
    Noop,
    /// QUIT.
    Quit,
}

/// What the sink does with those who come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// Takes everything.
    #[default]
    Accept,
    /// Answers with this line, such as `451 later`.
    Refuse(Stage, String),
    /// Goes on only after this time, or when the sink goes.
    Slow(Stage, Duration),
    /// Closes the connection instead of answering.
    Close(Stage),
    /// Sends these bytes unencrypted right behind the answer to STARTTLS, as somebody in between could.
    Inject(String),
}

/// How to start a sink.
#[derive(Clone, Debug)]
pub struct Options {
    /// Protection of the line.
    pub security: Security,
    /// User and password without which no letter is taken; without them no login is offered.
    pub login: Option<(String, String)>,
    /// The mechanisms offered for the login.
    pub mechanisms: &'static str,
    /// What it does; see also [`SmtpSink::behave`].
    pub behaviour: Behaviour,
    /// The names in the certificate.
    pub names: Vec<String>,
    /// Whether addresses beyond ASCII are taken.
    pub utf8: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            security: Security::Plain,
            login: None,
            mechanisms: "PLAIN LOGIN",
            behaviour: Behaviour::Accept,
            names: vec!["localhost".into(), "127.0.0.1".into()],
            utf8: false,
        }
    }
}

/// A letter as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Who the client said it is (EHLO).
    pub hello: String,
    /// Who was logged in.
    pub user: Option<String>,
    /// Whether the line was encrypted.
    pub encrypted: bool,
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The whole letter, dots unstuffed.
    pub raw: Vec<u8>,
    /// The subject, decoded.
    pub subject: String,
    /// The text, decoded, with line ends `\n`.
    pub text: String,
}

impl Mail {
    /// A header, decoded.
    pub fn header(&self, name: &str) -> Option<String> {
        let (headers, _) = mailparse::parse_headers(&self.raw).expect("headers that can be read");
        headers.get_first_value(name)
    }
}

/// The mail server that delivers nothing.
pub struct SmtpSink {
    port: u16,
    authority: String,
    shared: Arc<Shared>,
    door: Option<JoinHandle<()>>,
}

struct Shared {
    options: Options,
    tls: Arc<ServerConfig>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    behaviour: Behaviour,
    mails: Vec<Mail>,
    lines: Vec<String>,
    connections: Vec<TcpStream>,
    stopped: bool,
}

impl SmtpSink {
    /// Starts one with a certificate of its own on a free port of 127.0.0.1.
    pub fn start(options: Options) -> Self {
        let (authority, tls) = certificate(options.names.clone());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        let state = State { behaviour: options.behaviour.clone(), ..State::default() };
        let shared = Arc::new(Shared { options, tls, state: Mutex::new(state), changed: Condvar::new() });
        let inside = Arc::clone(&shared);
        let door = std::thread::spawn(move || inside.serve(&listener));
        Self { port, authority, shared, door: Some(door) }
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The PEM of the authority that vouches for its certificate.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// From now on it does this.
    pub fn behave(&self, behaviour: Behaviour) {
        self.shared.state().behaviour = behaviour;
    }

    /// The letters taken so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.state().mails.clone()
    }

    /// The letters, once there are at least `count`.
    pub fn wait_for(&self, count: usize, patience: Duration) -> Vec<Mail> {
        let waiting = self.shared.changed.wait_timeout_while(self.shared.state(), patience, |state| state.mails.len() < count);
        let (state, time) = waiting.unwrap_or_else(PoisonError::into_inner);
        assert!(!time.timed_out(), "{} of {count} letters came within {patience:?}; lines: {:#?}", state.mails.len(), state.lines);
        state.mails.clone()
    }

    /// Every line that clients have sent outside of letters, over all connections.
    pub fn lines(&self) -> Vec<String> {
        self.shared.state().lines.clone()
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.shared.state().connections.len()
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        {
            let mut state = self.shared.state();
            state.stopped = true;
            for connection in &state.connections {
                let _ = connection.shutdown(Shutdown::Both);
            }
        }
        self.shared.changed.notify_all();
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(door) = self.door.take() {
            let _ = door.join();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(self: &Arc<Self>, listener: &TcpListener) {
        for connection in listener.incoming() {
            let connection = connection.expect("a connection");
            let mut state = self.state();
            if state.stopped {
                return;
            }
            state.connections.push(connection.try_clone().expect("a second handle"));
            drop(state);
            let inside = Arc::clone(self);
            std::thread::spawn(move || {
                let handle = connection.try_clone();
                // Whoever hangs up early gets no more answers; that is no failure.
                let _ = inside.receive(connection);
                let _ = handle.and_then(|handle| handle.shutdown(Shutdown::Both));
            });
        }
    }

    fn receive(&self, connection: TcpStream) -> io::Result<()> {
        let clear = connection.try_clone()?;
        let encrypted = self.options.security == Security::Tls;
        let stream = if encrypted { self.encrypt(connection)? } else { Box::new(connection) };
        let mut session = Session { shared: self, wire: BufReader::new(stream), encrypted, hello: String::new(), user: None };
        if session.answer(Stage::Greeting, "220 sink ESMTP")? && session.converse()? == End::Encrypt {
            assert!(session.wire.buffer().is_empty(), "the client spoke on without waiting for the answer to STARTTLS");
            let wire = BufReader::new(self.encrypt(clear)?);
            Session { shared: self, wire, encrypted: true, hello: String::new(), user: None }.converse()?;
        }
        Ok(())
    }

    fn encrypt(&self, connection: TcpStream) -> io::Result<Box<dyn Stream>> {
        let server = ServerConnection::new(Arc::clone(&self.tls)).expect("a server that can begin");
        let mut stream = StreamOwned::new(server, connection);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Box::new(stream))
    }
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

#[derive(PartialEq, Eq)]
enum End {
    Quit,
    Encrypt,
}

struct Session<'a> {
    shared: &'a Shared,
    wire: BufReader<Box<dyn Stream>>,
    encrypted: bool,
    hello: String,
    user: Option<String>,
}

impl Session<'_> {
    fn converse(&mut self) -> io::Result<End> {
        let options = &self.shared.options;
        let (mut from, mut to) = (None, Vec::new());
        loop {
            let line = self.line()?;
            self.shared.state().lines.push(line.clone());
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => {
                    rest.clone_into(&mut self.hello);
                    let mut features = vec!["sink", "8BITMIME", "SIZE 10485760"];
                    let auth = format!("AUTH {}", options.mechanisms);
                    if options.utf8 {
                        features.push("SMTPUTF8");
                    }
                    if self.must_encrypt() {
                        features.push("STARTTLS");
                    } else if options.login.is_some() {
                        features.push(&auth);
                    }
                    let last = features.pop().unwrap_or_default();
                    let listed: String = features.iter().flat_map(|feature| ["250-", feature, "\r\n"]).collect();
                    self.answer(Stage::Hello, &format!("{listed}250 {last}"))?;
                }
                "STARTTLS" if self.must_encrypt() => {
                    let mut reply = "220 go ahead".to_owned();
                    if let Behaviour::Inject(bytes) = &self.shared.state().behaviour {
                        reply.extend(["\r\n", bytes.trim_end()]);
                    }
                    if self.answer(Stage::Starttls, &reply)? {
                        return Ok(End::Encrypt);
                    }
                }
                "AUTH" if options.login.is_some() && !self.must_encrypt() => self.log_in(rest)?,
                "MAIL" if self.must_encrypt() => self.write("530 5.7.0 must issue a STARTTLS command first")?,
                "MAIL" if options.login.is_some() && self.user.is_none() => self.write("530 5.7.0 authentication required")?,
                "MAIL" => {
                    if self.answer(Stage::Sender, "250 2.1.0 ok")? {
                        from = Some(bracketed(rest));
                    }
                }
                "RCPT" if from.is_some() => {
                    if self.answer(Stage::Recipient, "250 2.1.5 ok")? {
                        to.push(bracketed(rest));
                    }
                }
                "DATA" if !to.is_empty() => {
                    if self.answer(Stage::Data, "354 go ahead")? {
                        self.take(from.take().unwrap_or_default(), std::mem::take(&mut to))?;
                    }
                }
                "NOOP" => drop(self.answer(Stage::Noop, "250 2.0.0 ok")?),
                "RSET" => {
                    (from, to) = (None, Vec::new());
                    self.write("250 2.0.0 ok")?;
                }
                "QUIT" => {
                    self.answer(Stage::Quit, "221 2.0.0 bye")?;
                    return Ok(End::Quit);
                }
                "RCPT" | "DATA" => self.write("503 5.5.1 bad sequence of commands")?,
                _ => self.write("502 5.5.1 command not known")?,
            }
        }
    }

    fn must_encrypt(&self) -> bool {
        self.shared.options.security == Security::Starttls && !self.encrypted
    }

    fn log_in(&mut self, rest: &str) -> io::Result<()> {
        let decode = |text: &str| BASE64_STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let (user, password) = if mechanism.eq_ignore_ascii_case("PLAIN") {
            let response = if initial.is_empty() { self.ask("")? } else { initial.to_owned() };
            let decoded = decode(&response);
            let mut parts = decoded.split('\0').skip(1).map(str::to_owned);
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
        } else {
            (decode(&self.ask("Username:")?), decode(&self.ask("Password:")?))
        };
        if self.shared.options.login.as_ref() != Some(&(user.clone(), password)) {
            return self.write("535 5.7.8 authentication credentials invalid");
        }
        if self.answer(Stage::Login, "235 2.7.0 welcome")? {
            self.user = Some(user);
        }
        Ok(())
    }

    fn ask(&mut self, question: &str) -> io::Result<String> {
        self.write(&format!("334 {}", BASE64_STANDARD.encode(question)))?;
        self.line()
    }

    fn take(&mut self, from: String, to: Vec<String>) -> io::Result<()> {
        let (mut raw, mut fault) = (Vec::new(), None);
        loop {
            let mut line = Vec::new();
            if self.wire.read_until(b'\n', &mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if line == b".\r\n" {
                break;
            }
            let body = line.strip_suffix(b"\r\n");
            if body.is_none_or(|body| body.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0))) {
                fault = Some("550 5.6.0 a bare line end or a zero byte");
            } else if line.len() > LINE {
                fault = Some("550 5.6.0 a line that is too long");
            }
            raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        if let Some(fault) = fault {
            return self.write(fault);
        }
        let letter = mailparse::parse_mail(&raw).expect("a letter that can be read");
        let subject = letter.headers.get_first_value("Subject").unwrap_or_default();
        let text = letter.get_body().expect("a text that can be decoded").replace("\r\n", "\n");
        let mail = Mail { hello: self.hello.clone(), user: self.user.clone(), encrypted: self.encrypted, from, to, raw, subject, text };
        if self.obey(Stage::Content)? {
            // Kept before it is confirmed, so that who was told finds it.
            self.shared.state().mails.push(mail);
            self.shared.changed.notify_all();
            self.write("250 2.0.0 taken")?;
        }
        Ok(())
    }

    /// Answers `reply`, unless told to do something else here; whether it did.
    fn answer(&mut self, stage: Stage, reply: &str) -> io::Result<bool> {
        let good = self.obey(stage)?;
        if good {
            self.write(reply)?;
        }
        Ok(good)
    }

    /// Misbehaves if told so; whether to go on.
    fn obey(&mut self, stage: Stage) -> io::Result<bool> {
        let behaviour = self.shared.state().behaviour.clone();
        match behaviour {
            Behaviour::Refuse(at, reply) if at == stage => self.write(&reply).map(|()| false),
            Behaviour::Close(at) if at == stage => Err(io::ErrorKind::ConnectionAborted.into()),
            Behaviour::Slow(at, pause) if at == stage => {
                let end = Instant::now() + pause;
                let left = || end.saturating_duration_since(Instant::now());
                let mut guard = self.shared.state();
                while !guard.stopped && !left().is_zero() {
                    guard = self.shared.changed.wait_timeout(guard, left()).unwrap_or_else(PoisonError::into_inner).0;
                }
                Ok(true)
            }
            _ => Ok(true),
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.wire.read_line(&mut line)?;
        line.strip_suffix("\r\n").map(str::to_owned).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn write(&mut self, reply: &str) -> io::Result<()> {
        let stream = self.wire.get_mut();
        stream.write_all(format!("{reply}\r\n").as_bytes())?;
        stream.flush()
    }
}

fn bracketed(text: &str) -> String {
    let inside = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map(|(address, _)| address.to_owned()).unwrap_or_default()
}

/// An authority as PEM, and a server with a certificate of it for these names.
fn certificate(names: Vec<String>) -> (String, Arc<ServerConfig>) {
    let mut authority = rcgen::CertificateParams::default();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "Authority of the SMTP sink");
    let authority_key = rcgen::KeyPair::generate().expect("a key");
    let pem = authority.self_signed(&authority_key).expect("an authority").pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().expect("a key");
    let leaf = rcgen::CertificateParams::new(names).expect("names").signed_by(&key, &issuer).expect("a certificate");
    let secret = PrivateKeyDer::try_from(key.serialize_der()).expect("a key that can be read");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider knows the protocols")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], secret)
        .expect("a certificate that fits its key");
    (pem, Arc::new(config))
}
