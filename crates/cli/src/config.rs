//! What must be known before the database opens: `ringfence.toml`, `RINGFENCE_…` variables, and options of the command line, later ones winning.

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use ringfence_store::Location;

use crate::args::ServeArgs;

/// Where Ringfence listens when nobody says otherwise.
const LISTEN: &str = "127.0.0.1:8443";

/// The configuration in force.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Option<String>,
    pub(crate) data_dir: PathBuf,
    pub(crate) database: Location,
    pub(crate) connections: usize,
    pub(crate) proxies: Vec<IpNet>,
    pub(crate) metrics_listen: Option<SocketAddr>,
    pub(crate) log: String,
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    pub(crate) master_key_file: PathBuf,
    pub(crate) bootstrap_admin: Option<BootstrapAdmin>,
}

/// The admin of an installation that nobody sets up by hand: made at the first start, while there is no account.
#[derive(Clone, Debug)]
pub(crate) struct BootstrapAdmin {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) password_file: PathBuf,
}

/// Why the configuration does not do; the text says what to mend.
#[derive(Debug)]
pub(crate) struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

fn wrong<T>(text: impl Into<String>) -> Result<T, ConfigError> {
    Err(ConfigError(text.into()))
}

/// Every key with its variable. `[tls] cert` is written `tls.cert`.
const KEYS: &[(&str, &str)] = &[
    ("bootstrap_admin.email", "RINGFENCE_BOOTSTRAP_ADMIN_EMAIL"),
    ("bootstrap_admin.name", "RINGFENCE_BOOTSTRAP_ADMIN_NAME"),
    ("bootstrap_admin.password_file", "RINGFENCE_BOOTSTRAP_ADMIN_PASSWORD_FILE"),
    ("connections", "RINGFENCE_CONNECTIONS"),
    ("data_dir", "RINGFENCE_DATA_DIR"),
    ("database_url", "RINGFENCE_DATABASE_URL"),
    ("listen", "RINGFENCE_LISTEN"),
    ("log", "RINGFENCE_LOG"),
    ("master_key_file", "RINGFENCE_MASTER_KEY_FILE"),
    ("metrics_listen", "RINGFENCE_METRICS_LISTEN"),
    ("proxy_trust_cidrs", "RINGFENCE_PROXY_TRUST_CIDRS"),
    ("public_url", "RINGFENCE_PUBLIC_URL"),
    ("tls.cert", "RINGFENCE_TLS_CERT"),
    ("tls.key", "RINGFENCE_TLS_KEY"),
];

/// Texts by key, gathered from the three sources.
struct Sources {
    file: toml::Table,
    file_name: String,
    variables: fn(&str) -> Option<OsString>,
}

impl Sources {
    /// The text of a key; lists are joined by commas. Empty counts as not given.
    fn text(&self, key: &str) -> Result<Option<String>, ConfigError> {
        let variable = KEYS.iter().find(|(k, _)| *k == key).and_then(|(_, v)| (self.variables)(v));
        if let Some(value) = variable {
            let text = value.into_string().map_err(|_| ConfigError(format!("{key}: the variable is not UTF-8")))?;
            return Ok((!text.is_empty()).then_some(text));
        }
        let value = match key.split_once('.') {
            Some((table, inner)) => self.file.get(table).and_then(|t| t.get(inner)),
            None => self.file.get(key),
        };
        let text = match value {
            None => None,
            Some(toml::Value::String(text)) => Some(text.clone()),
            Some(toml::Value::Integer(number)) => Some(number.to_string()),
            Some(toml::Value::Array(list)) => {
                let words: Option<Vec<&str>> = list.iter().map(toml::Value::as_str).collect();
                match words {
                    Some(words) => Some(words.join(",")),
                    None => return wrong(format!("{}: {key}: must be a list of texts", self.file_name)),
                }
            }
            Some(other) => return wrong(format!("{}: {key}: must not be a {}", self.file_name, other.type_str())),
        };
        Ok(text.filter(|t| !t.is_empty()))
    }
}

impl Config {
    /// Reads all sources. `env` is the environment's look-up.
    pub(crate) fn load(
        file: Option<&Path>,
        data_dir: Option<&Path>,
        serve: &ServeArgs,
        env: fn(&str) -> Option<OsString>,
    ) -> Result<Self, ConfigError> {
        let sources = read(file, env)?;
        let listen = serve.listen.clone().map_or_else(|| sources.text("listen"), |text| Ok(Some(text)))?;
        let data_dir = match data_dir {
            Some(dir) => dir.to_path_buf(),
            None => sources.text("data_dir")?.map_or_else(|| PathBuf::from("./data"), PathBuf::from),
        };
        let public_url = serve.public_url.clone().map_or_else(|| sources.text("public_url"), |text| Ok(Some(text)))?;
        let database = match sources.text("database_url")? {
            Some(url) => Location::parse(&url).map_err(|e| ConfigError(e.to_string()))?,
            None => Location::File(data_dir.join("ringfence.db")),
        };
        let tls = match (sources.text("tls.cert")?, sources.text("tls.key")?) {
            (Some(cert), Some(key)) => Some((cert.into(), key.into())),
            (None, None) => None,
            _ => return wrong("tls.cert and tls.key are given together or not at all"),
        };
        Ok(Self {
            listen: socket("listen", listen.as_deref().unwrap_or(LISTEN))?,
            public_url: public_url.map(|url| public(&url)).transpose()?,
            database,
            connections: connections(sources.text("connections")?)?,
            proxies: proxies(sources.text("proxy_trust_cidrs")?)?,
            metrics_listen: sources.text("metrics_listen")?.map(|text| socket("metrics_listen", &text)).transpose()?,
            log: sources.text("log")?.unwrap_or_else(|| "info".into()),
            tls,
            master_key_file: sources.text("master_key_file")?.map_or_else(|| data_dir.join("master.key"), PathBuf::from),
            bootstrap_admin: bootstrap_admin(&sources)?,
            data_dir,
        })
    }
}

fn bootstrap_admin(sources: &Sources) -> Result<Option<BootstrapAdmin>, ConfigError> {
    let text = |key| sources.text(key);
    match (text("bootstrap_admin.name")?, text("bootstrap_admin.password_file")?) {
        (Some(name), Some(file)) => Ok(Some(BootstrapAdmin {
            name,
            email: text("bootstrap_admin.email")?.unwrap_or_default(),
            password_file: file.into(),
        })),
        (None, None) => Ok(None),
        _ => wrong("bootstrap_admin.name and bootstrap_admin.password_file are given together or not at all"),
    }
}

fn socket(key: &str, text: &str) -> Result<SocketAddr, ConfigError> {
    text.parse().or_else(|_| wrong(format!("{key}: {text:?} is not an address with a port, such as {LISTEN}")))
}

fn connections(text: Option<String>) -> Result<usize, ConfigError> {
    let default = std::thread::available_parallelism().map_or(8, |n| (n.get() * 4).clamp(8, 32));
    match text {
        None => Ok(default),
        Some(text) => match text.parse() {
            Ok(number) if (2..=500).contains(&number) => Ok(number),
            _ => wrong("connections: must be a number between 2 and 500"),
        },
    }
}

fn proxies(text: Option<String>) -> Result<Vec<IpNet>, ConfigError> {
    let words = text.unwrap_or_default();
    let networks = words.split(',').map(str::trim).filter(|w| !w.is_empty()).map(|word| {
        let single = word.parse::<std::net::IpAddr>().map(IpNet::from);
        word.parse::<IpNet>().or(single).or_else(|_| wrong(format!("proxy_trust_cidrs: {word:?} is neither an address nor a network")))
    });
    networks.collect()
}

/// `https://name[:port]` without a path.
fn public(text: &str) -> Result<String, ConfigError> {
    let trimmed = text.trim_end_matches('/');
    let fits = trimmed.strip_prefix("https://").is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']));
    if fits { Ok(trimmed.to_owned()) } else { wrong(format!("public_url: {text:?} must look like https://ipam.example.org")) }
}

fn read(file: Option<&Path>, variables: fn(&str) -> Option<OsString>) -> Result<Sources, ConfigError> {
    let fallback = Path::new("ringfence.toml");
    let path = match file {
        Some(path) => path,
        None if fallback.exists() => fallback,
        None => return Ok(Sources { file: toml::Table::new(), file_name: String::new(), variables }),
    };
    let file_name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| ConfigError(format!("{file_name}: {e}")))?;
    // The parser's message quotes the line, which may hold a password: only the place is repeated.
    let file: toml::Table = toml::from_str(&text).map_err(|e| {
        let line = e.span().map_or(0, |span| text.get(..span.start).map_or(0, |head| head.lines().count()).max(1));
        ConfigError(format!("{file_name}: line {line} is not valid TOML"))
    })?;
    refuse_unknown(&file, &file_name)?;
    let sources = Sources { file, file_name, variables };
    refuse_readable_secret(&sources, path)?;
    Ok(sources)
}

fn refuse_unknown(file: &toml::Table, name: &str) -> Result<(), ConfigError> {
    let mut given = Vec::new();
    for (key, value) in file {
        match value {
            toml::Value::Table(inner) => given.extend(inner.keys().map(|k| format!("{key}.{k}"))),
            _ => given.push(key.clone()),
        }
    }
    for key in given {
        if !KEYS.iter().any(|(known, _)| *known == key) {
            let nearest = KEYS.iter().min_by_key(|(known, _)| strsim::levenshtein(known, &key)).map_or("", |(k, _)| *k);
            return wrong(format!("{name}: there is no key {key:?}; the nearest is {nearest}"));
        }
    }
    Ok(())
}

/// A file with a password in it must not be readable by others.
fn refuse_readable_secret(sources: &Sources, path: &Path) -> Result<(), ConfigError> {
    let url = sources.file.get("database_url").and_then(toml::Value::as_str).unwrap_or_default();
    let in_login = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).is_some_and(|(login, _)| login.contains(':'));
    let secret = in_login || url.to_ascii_lowercase().contains("password=");
    let mode = std::fs::metadata(path).map_err(|e| ConfigError(format!("{}: {e}", path.display())))?.mode();
    if secret && mode & 0o077 != 0 {
        return wrong(format!("{} holds a password and can be read by others: chmod 600 {}", path.display(), path.display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, mode: u32) -> Result<Config, ConfigError> {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ringfence.toml");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        Config::load(Some(&path), None, &ServeArgs::default(), |_| None)
    }

    #[test]
    fn defaults_are_one_machine() {
        let config = load("", 0o644).unwrap();
        assert_eq!(config.listen.to_string(), LISTEN);
        assert_eq!(config.database, Location::File("./data/ringfence.db".into()));
    }

    #[test]
    fn unknown_keys_name_the_nearest() {
        assert!(load("listne = \"x\"", 0o644).unwrap_err().to_string().contains("the nearest is listen"));
        assert!(load("[tls]\ncrt = \"x\"", 0o644).unwrap_err().to_string().contains("the nearest is tls.cert"));
    }

    #[test]
    fn a_password_that_others_can_read_is_refused() {
        for text in ["database_url = \"postgres://u:secret@db/x\"", "database_url = \"postgres://u@db/x?password=secret\""] {
            let error = load(text, 0o644).unwrap_err().to_string();
            assert!(error.contains("chmod 600") && !error.contains("secret"), "{error}");
            assert!(load(text, 0o600).is_ok());
        }
        assert!(load("database_url = \"postgres://u@db/x\"", 0o644).is_ok());
    }

    #[test]
    fn bad_values_say_what_fits() {
        for (text, hint) in [
            ("listen = \"8443\"", "127.0.0.1:8443"),
            ("public_url = \"http://x\"", "https://ipam.example.org"),
            ("proxy_trust_cidrs = [\"x\"]", "neither an address nor a network"),
            ("connections = 1", "between 2 and 500"),
            ("[tls]\ncert = \"a\"", "together"),
            ("listen = true", "must not be a boolean"),
            ("# one\nlisten = 8443 secret", "line 2 is not valid TOML"),
        ] {
            let error = load(text, 0o600).unwrap_err().to_string();
            assert!(error.contains(hint) && !error.contains("secret"), "{text}: {error}");
        }
    }
}
