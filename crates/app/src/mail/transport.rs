//! How a letter leaves: one conversation with the SMTP server of the settings, and an error that says who has to do what.
//!
//! - `starttls` means encrypted or not at all; there is no falling back. Nothing that was said before the encryption counts after it,
//!   even if it was sent in the same packet.
//! - A password crosses an unencrypted line only to this machine itself.
//! - What becomes a header or a command is checked here for line breaks before a library sees it, and composed by the library.
//! - The clock and chance are arguments: the letter says when it was written and which one it is, so that a second try is the same
//!   letter to the byte.
//!
//! A server's words are shown to people and kept in logs: they are cut, cleaned, and dropped if they repeat the password.

use std::error::Error as _;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::{Address, Message};
use ringfence_guard::secret::SecretText;
use rustls::CertificateError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The last second of the year 9999, after which the header `Date` has no spelling.
const LAST_SECOND: u64 = 253_402_300_799;

/// How much of a server's words is kept.
const WORDS: usize = 200;

/// The longest word of a subject that is written as it is; an encoded word of this length makes a line of 76.
const WORD: usize = 54;

/// The longest name of a sender.
const NAME: usize = 100;

/// How long a farewell may take; whatever comes of it, the outcome stands.
const FAREWELL: Duration = Duration::from_secs(1);

/// How the line to the server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Plain at first, then encrypted before anything of value is said (port 587).
    Starttls,
    /// Encrypted from the first byte (port 465; `ssl` in the settings).
    Tls,
    /// Not at all.
    None,
}

/// The server that takes our mail.
#[derive(Debug)]
pub struct Server {
    /// Host name or IP address; the certificate must be made out to it.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the line is protected.
    pub encryption: Encryption,
    /// Who we are there; without a user there is no login.
    pub user: Option<String>,
    /// The password of that user.
    pub password: Option<SecretText>,
    /// Whether the certificate must be good; if not, any will do, and whoever is in between can read everything.
    pub verify_peer: bool,
    /// PEM of the authorities that may vouch for the server, instead of those of the system.
    pub authority: Option<String>,
    /// The host name or IP address under which this installation is known: our greeting and the right side of message ids.
    pub name: String,
    /// How long one step (connection, encryption, login, each command) may take.
    pub timeout: Duration,
}

/// Who writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Name shown; may be empty.
    pub name: String,
    /// Address, bare.
    pub address: String,
}

/// What is sent: plain text to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Who writes.
    pub from: Sender,
    /// The recipient's address, bare.
    pub to: String,
    /// Subject, one line.
    pub subject: String,
    /// Text; line ends of any kind.
    pub text: String,
    /// Which letter of this installation this is, in letters, digits, `-` and `_`; together with `written` never used for another. It can
    /// be read by every relay: it must not be made from the text, which may hold a code that is short enough to guess.
    pub id: String,
    /// When it was written, in seconds since 1970-01-01T00:00:00Z; the same at every try.
    pub written: i64,
}

/// Why a letter did not leave. The text is for people, lower case, no full stop, and never holds the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// This letter will never be taken: do not try it again.
    Refused(String),
    /// Not now; the same letter may go through later. If the line broke after the whole letter was sent, it may even have arrived.
    Later(String),
    /// No letter will be taken until the settings, here or at the server, are changed.
    Setup(String),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Refused(text) | Self::Later(text) | Self::Setup(text)) = self;
        f.write_str(text)
    }
}

impl std::error::Error for SendError {}

/// Hands the letter over to the server.
pub async fn send(server: &Server, letter: &Letter) -> Result<(), SendError> {
    let name = own_name(server)?;
    let message = compose(letter, &name)?;
    let mut line = Line::open(server, &name).await?;
    let outcome = line.deliver(&message).await;
    line.close().await;
    outcome
}

/// Tries everything short of a letter: connection, encryption, login.
pub async fn probe(server: &Server) -> Result<(), SendError> {
    let name = own_name(server)?;
    let mut line = Line::open(server, &name).await?;
    let outcome = line.say(Step::Noop, Noop).await;
    line.close().await;
    outcome
}

/// What is being done, to say what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Connect,
    Starttls,
    Login,
    Sender,
    Recipient,
    Content,
    Noop,
}

/// An open conversation.
struct Line<'a> {
    server: &'a Server,
    connection: AsyncSmtpConnection,
}

impl<'a> Line<'a> {
    /// Connected, encrypted and logged in as the settings want it.
    async fn open(server: &'a Server, name: &ClientId) -> Result<Self, SendError> {
        let host = host(server)?;
        let credentials = credentials(server, host)?;
        let connection = match server.encryption {
            Encryption::None => {
                let stream = Box::new(reach(server, host).await?);
                within(server, Step::Connect, AsyncSmtpConnection::connect_with_transport(stream, name)).await?
            }
            Encryption::Tls => {
                let tls = tls(server, host).await?;
                let connecting = AsyncSmtpConnection::connect_tokio1((host, server.port), Some(server.timeout), name, Some(tls), None);
                within(server, Step::Connect, connecting).await?
            }
            Encryption::Starttls => {
                let tls = tls(server, host).await?;
                let stream = Box::new(Unread { stream: reach(server, host).await?, encrypted: false });
                let mut connection = within(server, Step::Connect, AsyncSmtpConnection::connect_with_transport(stream, name)).await?;
                if !connection.can_starttls() {
                    return Err(SendError::Setup(format!(
                        "the server {} offers no STARTTLS: choose TLS (often port 465), or have it switched on there",
                        place(server)
                    )));
                }
                within(server, Step::Starttls, connection.starttls(tls, name)).await?;
                connection
            }
        };
        let mut line = Self { server, connection };
        if let Some(credentials) = credentials
            && let Err(error) = line.log_in(&credentials).await
        {
            line.close().await;
            return Err(error);
        }
        Ok(line)
    }

    async fn log_in(&mut self, credentials: &Credentials) -> Result<(), SendError> {
        if self.connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
            return Err(SendError::Setup(format!(
                "the server {} offers no login with a password (PLAIN or LOGIN): leave the user empty, or use another port",
                place(self.server)
            )));
        }
        within(self.server, Step::Login, self.connection.auth(DEFAULT_MECHANISMS, credentials)).await.map(drop)
    }

    async fn deliver(&mut self, message: &Message) -> Result<(), SendError> {
        let envelope = message.envelope();
        let mut parameters = Vec::new();
        if !envelope.from().into_iter().chain(envelope.to()).all(|address: &Address| AsRef::<str>::as_ref(address).is_ascii()) {
            if !self.connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(SendError::Refused("the server takes no addresses with letters beyond ASCII".into()));
            }
            parameters.extend([MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)]);
        }
        self.say(Step::Sender, Mail::new(envelope.from().cloned(), parameters)).await?;
        for address in envelope.to() {
            self.say(Step::Recipient, Rcpt::new(address.clone(), Vec::new())).await?;
        }
        self.say(Step::Content, Data).await?;
        within(self.server, Step::Content, self.connection.message(&message.formatted())).await.map(drop)
    }

    async fn say(&mut self, step: Step, command: impl fmt::Display) -> Result<(), SendError> {
        within(self.server, step, self.connection.command(command)).await.map(drop)
    }

    async fn close(mut self) {
        // The outcome is known; a server that does not say goodbye changes nothing.
        let _ = tokio::time::timeout(self.server.timeout.min(FAREWELL), self.connection.quit()).await;
    }
}

/// A connection that reads nothing ahead before it is encrypted: what follows a reply stays in the socket. The library keeps what it has
/// read ahead across STARTTLS, so somebody in between could otherwise slip in replies that would count as the server's own.
#[derive(Debug)]
struct Unread {
    stream: TcpStream,
    encrypted: bool,
}

/// How TLS begins: the type of a handshake record. No command begins with it.
const HANDSHAKE: u8 = 0x16;

impl AsyncRead for Unread {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.encrypted || buffer.remaining() == 0 {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut one))?;
        buffer.put_slice(one.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Unread {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.encrypted |= bytes.first() == Some(&HANDSHAKE);
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Unread {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

async fn reach(server: &Server, host: &str) -> Result<TcpStream, SendError> {
    match tokio::time::timeout(server.timeout, TcpStream::connect((host, server.port))).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(unreachable(server, &error)),
        Err(_) => Err(SendError::Later(format!("no connection to {} within {}", place(server), span(server.timeout)))),
    }
}

/// One step, in its time.
async fn within<T>(server: &Server, step: Step, doing: impl Future<Output = Result<T, Error>>) -> Result<T, SendError> {
    match tokio::time::timeout(server.timeout, doing).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(explain(server, step, &error)),
        Err(_) => Err(late(server, step)),
    }
}

fn late(server: &Server, step: Step) -> SendError {
    let (place, span) = (place(server), span(server.timeout));
    SendError::Later(match step {
        Step::Connect if server.encryption != Encryption::Tls => {
            format!("{place} said nothing for {span}: a port that expects TLS from the start (often 465) waits like that")
        }
        _ => format!("{place} did not answer within {span} {}", doing(step)),
    })
}

const fn doing(step: Step) -> &'static str {
    match step {
        Step::Connect => "when connecting",
        Step::Starttls => "when the line was to be encrypted",
        Step::Login => "at the login",
        Step::Sender => "when told the sender",
        Step::Recipient => "when told the recipient",
        Step::Content => "when given the letter",
        Step::Noop => "after the login",
    }
}

fn explain(server: &Server, step: Step, error: &Error) -> SendError {
    if let Some(code) = error.status() {
        let words = error.source().map(ToString::to_string).unwrap_or_default();
        return answered(server, step, u16::from(code), &words);
    }
    let cause = io_cause(error);
    if let Some(tls) = cause.and_then(|io| io.get_ref()).and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return tls_failed(server, tls);
    }
    let place = place(server);
    match cause {
        Some(io) if matches!(io.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => {
            SendError::Later(format!("{place} closed the connection {}", doing(step)))
        }
        Some(io) if step == Step::Connect => unreachable(server, io),
        Some(io) => SendError::Later(format!("the connection to {place} broke {}: {io}", doing(step))),
        // The library's word for an end where an answer should be.
        None if error.source().is_some_and(|source| source.to_string() == "incomplete response") => {
            SendError::Later(format!("{place} closed the connection {}", doing(step)))
        }
        None if step == Step::Login => SendError::Setup(format!("the login of {place} is of a kind that is not spoken here")),
        None => SendError::Later(format!("{place} does not answer like a mail server {}", doing(step))),
    }
}

/// A reply of 4xx or 5xx.
fn answered(server: &Server, step: Step, code: u16, words: &str) -> SendError {
    let words = clean(server, words);
    if code < 500 {
        return SendError::Later(match step {
            // What a server says about a login may hold parts of it.
            Step::Login => format!("the server cannot check the login right now ({code})"),
            _ => format!("the server said to try again later: {code} {words}"),
        });
    }
    match step {
        Step::Login => SendError::Setup(match code {
            534 => format!("the login was refused ({code}): the server wants another kind of login, perhaps an app password"),
            530 | 538 => format!("the login was refused ({code}): the server wants an encrypted line"),
            _ => format!("the login was refused ({code}): check user and password"),
        }),
        Step::Sender | Step::Recipient | Step::Content if matches!(code, 530 | 538) => {
            SendError::Setup(format!("the server wants a login or an encrypted line first: {code} {words}"))
        }
        Step::Sender => SendError::Refused(format!("the server refused the sender: {code} {words}")),
        Step::Recipient => SendError::Refused(format!("the server refused the recipient: {code} {words}")),
        Step::Content => SendError::Refused(format!("the server refused the letter: {code} {words}")),
        Step::Starttls => SendError::Setup(format!("the server refused STARTTLS: {code} {words}")),
        // Not about this letter, so it may wait until the server has another mind.
        Step::Connect | Step::Noop => SendError::Later(format!("the server does not talk to us: {code} {words}")),
    }
}

fn tls_failed(server: &Server, error: &rustls::Error) -> SendError {
    let place = place(server);
    SendError::Later(match error {
        rustls::Error::InvalidCertificate(problem) => {
            let problem = match problem {
                // The second is an authority of the same name with another key.
                CertificateError::UnknownIssuer | CertificateError::BadSignature if server.authority.is_some() => {
                    "its issuer is not the authority of the settings".into()
                }
                CertificateError::UnknownIssuer | CertificateError::BadSignature => "its issuer is unknown to this system".into(),
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".into(),
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    "it is not valid yet, or the clock of this machine is wrong".into()
                }
                other => clean(server, &other.to_string()),
            };
            format!("the server's certificate is not trusted: {problem}")
        }
        rustls::Error::InvalidMessage(_) if server.encryption == Encryption::Tls => {
            format!("{place} does not speak TLS from the start: STARTTLS may be what it wants (often port 587)")
        }
        other => format!("the line to {place} could not be encrypted: {}", clean(server, &other.to_string())),
    })
}

fn unreachable(server: &Server, error: &io::Error) -> SendError {
    SendError::Later(format!("{} cannot be reached: {error}", place(server)))
}

fn io_cause(error: &Error) -> Option<&io::Error> {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref() {
            return Some(io);
        }
        cause = inner.source();
    }
    None
}

/// What a server said, fit to be shown.
fn clean(server: &Server, words: &str) -> String {
    if server.password.as_ref().is_some_and(|password| !password.expose().is_empty() && words.contains(password.expose())) {
        return "(its words are left out, they repeat the password)".into();
    }
    let words: String = words.chars().map(|char| if char.is_control() { ' ' } else { char }).take(WORDS).collect();
    words.trim().to_owned()
}

fn place(server: &Server) -> String {
    format!("{}:{}", server.host.trim(), server.port)
}

fn span(time: Duration) -> String {
    if time.subsec_millis() == 0 { format!("{} s", time.as_secs()) } else { format!("{} ms", time.as_millis()) }
}

/// The host to connect to, IPv6 without brackets.
fn host(server: &Server) -> Result<&str, SendError> {
    let host = server.host.trim();
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    if bare.parse::<IpAddr>().is_ok() || is_host_name(bare) {
        return Ok(bare);
    }
    Err(SendError::Setup("the mail server's host is neither a host name nor an IP address".into()))
}

fn own_name(server: &Server) -> Result<ClientId, SendError> {
    match server.name.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => Ok(ClientId::Ipv4(address)),
        Ok(IpAddr::V6(address)) => Ok(ClientId::Ipv6(address)),
        Err(_) if is_host_name(&server.name) => Ok(ClientId::Domain(server.name.clone())),
        Err(_) => Err(SendError::Setup("this installation's own name is neither a host name nor an IP address".into())),
    }
}

fn is_host_name(text: &str) -> bool {
    let fits = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    text.len() <= 253 && text.strip_suffix('.').unwrap_or(text).split('.').all(fits)
}

fn is_this_machine(host: &str) -> bool {
    host.parse::<IpAddr>().map_or_else(|_| host.eq_ignore_ascii_case("localhost"), |address| address.to_canonical().is_loopback())
}

fn credentials(server: &Server, host: &str) -> Result<Option<Credentials>, SendError> {
    let Some(user) = server.user.as_deref().filter(|user| !user.is_empty()) else { return Ok(None) };
    let Some(password) = server.password.as_ref().map(SecretText::expose).filter(|password| !password.is_empty()) else {
        return Err(SendError::Setup("the mail server has a user but no password".into()));
    };
    if user.contains(char::is_control) || password.contains('\0') {
        return Err(SendError::Setup("the mail server's user or password holds a control character".into()));
    }
    if server.encryption == Encryption::None && !is_this_machine(host) {
        return Err(SendError::Setup(
            "a password is not sent over an unencrypted line: choose STARTTLS or TLS, or leave the user empty".into(),
        ));
    }
    Ok(Some(Credentials::new(user.to_owned(), password.clone())))
}

async fn tls(server: &Server, host: &str) -> Result<TlsParameters, SendError> {
    let (host, verify, authority) = (host.to_owned(), server.verify_peer, server.authority.clone());
    // The system's certificates are files.
    let built = tokio::task::spawn_blocking(move || tls_parameters(host, verify, authority.as_deref())).await;
    built.unwrap_or_else(|_| Err(SendError::Later("the encryption could not be prepared".into())))
}

fn tls_parameters(host: String, verify: bool, authority: Option<&str>) -> Result<TlsParameters, SendError> {
    let unusable = || SendError::Setup("the mail server's authority does not do: give one or more CA certificates as PEM".into());
    let mut builder = TlsParameters::builder(host);
    if !verify {
        // Both: the first alone still wants the name to match.
        builder = builder.dangerous_accept_invalid_certs(true).dangerous_accept_invalid_hostnames(true);
        return builder.certificate_store(CertificateStore::None).build().map_err(|_| unusable());
    }
    if let Some(pem) = authority {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().map_err(|_| unusable())?;
        if certificates.is_empty() {
            return Err(unusable());
        }
        builder = builder.certificate_store(CertificateStore::None);
        for certificate in certificates {
            builder = builder.add_root_certificate(Certificate::from_der(certificate.to_vec()).map_err(|_| unusable())?);
        }
    }
    builder.build().map_err(|_| unusable())
}

fn compose(letter: &Letter, name: &ClientId) -> Result<Message, SendError> {
    if letter.subject.contains(char::is_control) {
        return Err(SendError::Refused("the subject holds a line break or another control character".into()));
    }
    if letter.from.name.contains(char::is_control) || letter.from.name.chars().count() > NAME {
        return Err(SendError::Setup(format!("the sender's name holds a line break, or is longer than {NAME} characters")));
    }
    if letter.id.is_empty()
        || letter.id.len() > 64
        || !letter.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    {
        return Err(SendError::Refused("the letter's id must be 1 to 64 letters, digits, - or _".into()));
    }
    let from = address(&letter.from.address).ok_or_else(|| SendError::Setup("the sender's address is no e-mail address".into()))?;
    let to = address(&letter.to).ok_or_else(|| SendError::Refused("the recipient's address is no e-mail address".into()))?;
    let shown = Some(letter.from.name.trim().to_owned()).filter(|shown| !shown.is_empty());
    let written = u64::try_from(letter.written).unwrap_or(0).min(LAST_SECOND);
    Message::builder()
        .from(Mailbox::new(shown, from))
        .to(Mailbox::new(None, to))
        .raw_header(subject(letter.subject.trim()))
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(written))
        .message_id(Some(format!("<{written}.{}@{name}>", letter.id)))
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()))
        .singlepart(SinglePart::plain(printable(&letter.text)))
        .map_err(|error| SendError::Refused(format!("the letter cannot be written: {error}")))
}

/// The library encodes what is not ASCII and folds at spaces. What it would let through is encoded here: text that reads as if it were
/// encoded already, which a reader's program would show as something else, and words too long for a line.
fn subject(text: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("Subject");
    if !text.contains("=?") && text.split(' ').all(|word| word.len() <= WORD) {
        return HeaderValue::new(name, text.to_owned());
    }
    let mut words = vec![String::new()];
    for char in text.chars() {
        let encoded: String = match char {
            ' ' => "_".into(),
            'a'..='z' | 'A'..='Z' | '0'..='9' => char.into(),
            _ => char.encode_utf8(&mut [0; 4]).bytes().flat_map(hex).collect(),
        };
        match words.last_mut() {
            Some(word) if word.len() + encoded.len() <= WORD => word.push_str(&encoded),
            _ => words.push(encoded),
        }
    }
    let words: Vec<_> = words.iter().map(|word| format!("=?utf-8?q?{word}?=")).collect();
    HeaderValue::dangerous_new_pre_encoded(name, text.to_owned(), words.join("\r\n "))
}

/// A byte in quoted-printable.
fn hex(byte: u8) -> [char; 3] {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0').to_ascii_uppercase();
    ['=', digit(byte >> 4), digit(byte & 15)]
}

/// An address as people have one: quoted local parts, which may hold nearly anything, are not taken.
fn address(text: &str) -> Option<Address> {
    let odd = |char: char| char.is_control() || char.is_whitespace() || "<>()\"\\,;:".contains(char);
    if text.contains(odd) { None } else { text.parse().ok() }
}

/// Line ends of one kind, and marks where control characters were: one of those in a user's name must not keep a notice from leaving.
fn printable(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    lines.chars().map(|char| if char.is_control() && !matches!(char, '\n' | '\t') { char::REPLACEMENT_CHARACTER } else { char }).collect()
}
