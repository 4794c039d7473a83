//! The certificate: one's own, or a self-signed one made at the first start.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use guard::entropy::Entropy;
use ringfence_guard as guard;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, version};
use tokio_rustls::TlsAcceptor;

use crate::config::Config;
use crate::open::private_file;

/// TLS 1.2 and 1.3 with forward secrecy, HTTP/2 and HTTP/1.1.
pub(super) fn acceptor(config: &Config, entropy: &dyn Entropy) -> Result<TlsAcceptor, Box<dyn Error + Send + Sync>> {
    let (cert, key) = match &config.tls {
        Some((cert, key)) => (cert.clone(), key.clone()),
        None => self_signed(config, entropy)?,
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(&cert).map_err(|e| unreadable(&cert, &e))?.collect();
    let chain = chain.map_err(|e| unreadable(&cert, &e))?;
    let private = PrivateKeyDer::from_pem_file(&key).map_err(|e| unreadable(&key, &e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|e| format!("tls: certificate {} and key {}: {e}", cert.display(), key.display()))?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(server)))
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("tls: {}: {error}", path.display())
}

fn self_signed(config: &Config, entropy: &dyn Entropy) -> Result<(std::path::PathBuf, std::path::PathBuf), Box<dyn Error + Send + Sync>> {
    let (cert, key) = (config.data_dir.join("self-signed.crt"), config.data_dir.join("self-signed.key"));
    if cert.exists() && key.exists() {
        return Ok((cert, key));
    }
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".into(), "::1".into()];
    names.extend(super::layer::own_names(config));
    names.sort();
    names.dedup();
    let mut params = rcgen::CertificateParams::new(names)?;
    params.distinguished_name.push(rcgen::DnType::CommonName, "Ringfence (self-signed)");
    let mut serial = guard::entropy::bytes::<16>(entropy);
    serial[0] &= 0x7f;
    params.serial_number = Some(serial.to_vec().into());
    let pair = rcgen::KeyPair::generate()?;
    let signed = params.self_signed(&pair)?;
    for old in [&cert, &key].into_iter().filter(|f| f.exists()) {
        std::fs::remove_file(old)?;
    }
    private_file(&key, pair.serialize_pem().as_bytes())?;
    private_file(&cert, signed.pem().as_bytes())?;
    tracing::info!(file = %cert.display(), "a self-signed certificate was made: browsers will ask before they trust it");
    Ok((cert, key))
}
