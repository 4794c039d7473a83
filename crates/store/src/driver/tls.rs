//! Transport security to a database server, asked for in the URL.
//!
//! `sslmode=verify-full` (the default for every host that is not this machine) encrypts and verifies the server's name and certificate, against the
//! system's roots or against `sslrootcert=FILE`; `sslmode=disable` is the default on loopback and local sockets. There is no mode that encrypts
//! without verifying.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::DriverError;

/// What the URL asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tls {
    Off,
    Verify { root: Option<PathBuf> },
}

/// Takes our own parameters out of a database URL; the rest goes to the driver as it is.
pub(super) fn split(url: &str) -> Result<(String, Tls), DriverError> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut mode, mut root, mut rest) = (None, None, Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", value)) => mode = Some(value),
            Some(("sslrootcert", value)) => root = Some(PathBuf::from(value)),
            _ => rest.push(pair),
        }
    }
    let tls = match mode {
        Some("disable") => Tls::Off,
        Some("verify-full") => Tls::Verify { root },
        Some(_) => return Err(DriverError::other("database url: sslmode is verify-full or disable")),
        None if is_local(base) && root.is_none() => Tls::Off,
        None => Tls::Verify { root },
    };
    let clean = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
    Ok((clean, tls))
}

fn is_local(base: &str) -> bool {
    let authority = base.split_once("://").map_or(base, |(_, rest)| rest).split('/').next().unwrap_or_default();
    let host_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host_port.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host_port.split(':').next().unwrap_or_default(),
    };
    host.is_empty() || host == "localhost" || host.starts_with("%2F") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A rustls client that verifies against `root` or the system's roots.
pub(super) fn client(root: Option<&PathBuf>) -> Result<rustls::ClientConfig, DriverError> {
    let mut roots = rustls::RootCertStore::empty();
    match root {
        Some(file) => {
            for certificate in CertificateDer::pem_file_iter(file).map_err(|e| unreadable(file, &e))? {
                roots.add(certificate.map_err(|e| unreadable(file, &e))?).map_err(|e| unreadable(file, &e))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| DriverError::other(e.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn unreadable(file: &std::path::Path, error: &dyn std::fmt::Display) -> DriverError {
    DriverError::other(format!("sslrootcert {}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verification_is_the_default_unless_the_server_is_this_machine() {
        let verify = Tls::Verify { root: None };
        assert_eq!(split("postgres://u:p@db.example/x").unwrap(), ("postgres://u:p@db.example/x".into(), verify.clone()));
        assert_eq!(split("postgres://u:p@127.0.0.1:5432/x?connect_timeout=3").unwrap().1, Tls::Off);
        assert_eq!(split("mysql://u:p@[::1]:3306/x").unwrap().1, Tls::Off);
        assert_eq!(split("mysql://u:p@localhost/x?sslmode=verify-full").unwrap().1, verify);
        assert_eq!(split("mysql://u:p@db/x?sslmode=disable&a=b").unwrap(), ("mysql://u:p@db/x?a=b".into(), Tls::Off));
        assert!(split("postgres://db/x?sslmode=require").is_err());
    }
}
