//! The least that can be called an https client: one kept-alive connection, requests that are ready bytes, answers that are a status and a
//! slice. What the load tool spends, the server lacks: both share the same cores.

use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::Fallible;

/// Where to connect, and the one certificate that is believed there.
#[derive(Clone)]
pub(crate) struct Target {
    port: u16,
    tls: TlsConnector,
}

impl Target {
    /// A server on the loopback address that shows the certificate of this PEM file.
    pub(crate) fn new(port: u16, certificate: &Path) -> Fallible<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(certificate)?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let config = config.with_root_certificates(roots).with_no_client_auth();
        Ok(Self { port, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// What stands in the `Host` header.
    pub(crate) fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }
}

/// One connection, used by one request after the other.
pub(crate) struct Connection {
    stream: TlsStream<TcpStream>,
    buffer: Vec<u8>,
}

/// Where an answer's body is.
struct Head {
    status: u16,
    body: usize,
    length: Length,
}

enum Length {
    Known(usize),
    Chunked,
}

impl Connection {
    pub(crate) async fn open(target: &Target) -> io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, target.port)).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        let stream = target.tls.connect(name, stream).await?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a whole request and waits for its whole answer: status and body, which may stand in chunks.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> io::Result<(u16, &[u8])> {
        self.stream.write_all(request).await?;
        self.stream.flush().await?;
        self.buffer.clear();
        let head = loop {
            self.more().await?;
            if let Some(head) = parse(&self.buffer)? {
                break head;
            }
        };
        loop {
            let body = self.buffer.get(head.body..).unwrap_or_default();
            let whole = match head.length {
                Length::Known(length) => body.len() >= length,
                Length::Chunked => body.ends_with(b"0\r\n\r\n"),
            };
            if whole {
                break;
            }
            self.more().await?;
        }
        Ok((head.status, self.buffer.get(head.body..).unwrap_or_default()))
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// The head of an answer, once all of it is there.
fn parse(bytes: &[u8]) -> io::Result<Option<Head>> {
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(bytes.get(..end).unwrap_or_default()).map_err(|_| wrong("the head is not text"))?;
    let status = head.get(9..12).and_then(|text| text.parse().ok()).ok_or_else(|| wrong("there is no status"))?;
    let mut length = Length::Known(0);
    for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            length = Length::Known(value.trim().parse().map_err(|_| wrong("the length is no number"))?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            length = Length::Chunked;
        }
    }
    Ok(Some(Head { status, body: end + 4, length }))
}

#[cfg(test)]
mod tests {
    use super::{Length, parse};

    #[test]
    fn heads_are_read_once_they_are_whole() {
        assert!(parse(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n").unwrap().is_none());
        let head = parse(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok").unwrap().unwrap();
        assert!(matches!(head.length, Length::Known(2)));
        assert_eq!((head.status, head.body), (201, 43));
        assert!(matches!(parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").unwrap().unwrap().length, Length::Chunked));
        assert!(parse(b"nonsense\r\n\r\n").is_err());
    }
}
