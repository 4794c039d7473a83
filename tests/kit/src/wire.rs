//! Requests as bytes, for what no well-behaved client sends: odd paths, plain text to a port of TLS, forged headers.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned};

use crate::Answer;

/// How long a server may think about an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends these bytes over TLS to a port of this machine and reads the answer to its end. The request should ask for
/// `Connection: close`.
pub fn exchange(port: u16, request: &[u8]) -> Answer {
    converse(open(port), request)
}

/// A connection over TLS that speaks HTTP/1.1, for requests that are sent in parts. End with [`finish`].
pub fn open(port: u16) -> impl Read + Write {
    let provider = Arc::new(ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows the protocols")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(algorithms)))
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a connection is begun");
    StreamOwned::new(connection, connect(port))
}

/// Sends the rest of a request and reads the answer to its end.
pub fn finish(stream: impl Read + Write, rest: &[u8]) -> Answer {
    converse(stream, rest)
}

/// The same without TLS.
pub fn exchange_plain(port: u16, request: &[u8]) -> Answer {
    converse(connect(port), request)
}

/// `GET` of exactly this target, with further header lines.
pub fn get(port: u16, target: &str, headers: &[&str]) -> Answer {
    exchange(port, &request("GET", port, target, headers))
}

/// The bytes of a request without a body.
pub fn request(method: &str, port: u16, target: &str, headers: &[&str]) -> Vec<u8> {
    let further: String = headers.iter().flat_map(|line| [*line, "\r\n"]).collect();
    format!("{method} {target} HTTP/1.1\r\nHost: localhost:{port}\r\n{further}Connection: close\r\n\r\n").into_bytes()
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the server accepts");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time limit can be set");
    stream
}

fn converse(mut stream: impl Read + Write, request: &[u8]) -> Answer {
    stream.write_all(request).expect("the request is sent");
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes);
    let name = String::from_utf8_lossy(request.split(|byte| *byte == b'\r').next().unwrap_or_default()).into_owned();
    parse(&bytes, &name).unwrap_or_else(|| panic!("{name}: no answer ({end:?}): {:?}", String::from_utf8_lossy(&bytes)))
}

fn parse(bytes: &[u8], name: &str) -> Option<Answer> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut headers = HeaderMap::new();
    for (field, value) in lines.filter_map(|line| line.split_once(':')) {
        headers.append(HeaderName::from_bytes(field.as_bytes()).ok()?, HeaderValue::from_str(value.trim()).ok()?);
    }
    Some(Answer::new(status, headers, body.to_owned(), name.to_owned()))
}

/// A test server signs its own certificate.
#[derive(Debug)]
struct AnyCertificate(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end: &CertificateDer<'_>,
        _between: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, request};

    #[test]
    fn answers_are_read_as_they_came() {
        let answer = parse(b"HTTP/1.1 404 Not Found\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\n\r\ngone", "x").expect("an answer");
        assert_eq!((answer.status, answer.body.as_str(), answer.headers.get_all("set-cookie").iter().count()), (404, "gone", 2));
        assert!(parse(b"HTTP/1.1 404", "x").is_none());
    }

    #[test]
    fn targets_are_sent_as_they_are() {
        let bytes = request("GET", 1, "/%2e%2e/\\conf", &["X: y"]);
        assert_eq!(bytes, b"GET /%2e%2e/\\conf HTTP/1.1\r\nHost: localhost:1\r\nX: y\r\nConnection: close\r\n\r\n");
    }
}
