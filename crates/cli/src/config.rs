//! What must be known before the database opens: `ringfence.toml`, `RINGFENCE_…` variables, and options of the command line, later ones winning.

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use ringfence_app::setting::{Configured, Source};
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
    /// All of this for people to look at.
    pub(crate) configured: Vec<Configured>,
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

/// One key: its name in the file (`[tls] cert` is written `tls.cert`), its variable, what it does, and its value in force as it may be shown.
struct Key {
    name: &'static str,
    variable: &'static str,
    doc: &'static str,
    shown: fn(&Config) -> String,
}

const fn key(name: &'static str, variable: &'static str, doc: &'static str, shown: fn(&Config) -> String) -> Key {
    Key { name, variable, doc, shown }
}

/// Every key, sorted by name.
const KEYS: &[Key] = &[
    key("bootstrap_admin.email", "RINGFENCE_BOOTSTRAP_ADMIN_EMAIL", "E-mail address of the admin that a first start makes.", |c| {
        c.bootstrap_admin.as_ref().map(|admin| admin.email.clone()).unwrap_or_default()
    }),
    key("bootstrap_admin.name", "RINGFENCE_BOOTSTRAP_ADMIN_NAME", "Login name of the admin that a first start makes.", |c| {
        c.bootstrap_admin.as_ref().map(|admin| admin.name.clone()).unwrap_or_default()
    }),
    key("bootstrap_admin.password_file", "RINGFENCE_BOOTSTRAP_ADMIN_PASSWORD_FILE", "The file with that admin's password.", |c| {
        path(c.bootstrap_admin.as_ref().map(|admin| &admin.password_file))
    }),
    key("connections", "RINGFENCE_CONNECTIONS", "Connections to the database at most.", |c| c.connections.to_string()),
    key("data_dir", "RINGFENCE_DATA_DIR", "Directory for database, master key and certificate.", |c| c.data_dir.display().to_string()),
    key("database_url", "RINGFENCE_DATABASE_URL", "The database; its user and password are not shown.", |c| address(&c.database)),
    key("listen", "RINGFENCE_LISTEN", "Address and port of pages and API.", |c| c.listen.to_string()),
    key("log", "RINGFENCE_LOG", "How talkative the log is.", |c| c.log.clone()),
    key("master_key_file", "RINGFENCE_MASTER_KEY_FILE", "The file with the master key.", |c| c.master_key_file.display().to_string()),
    key("metrics_listen", "RINGFENCE_METRICS_LISTEN", "Address and port of the metrics; empty: none.", |c| {
        optional(c.metrics_listen.as_ref())
    }),
    key("proxy_trust_cidrs", "RINGFENCE_PROXY_TRUST_CIDRS", "Proxies whose word on a client's address counts.", |c| {
        c.proxies.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }),
    key("public_url", "RINGFENCE_PUBLIC_URL", "The address that people use.", |c| optional(c.public_url.as_ref())),
    key("tls.cert", "RINGFENCE_TLS_CERT", "The certificate chain; empty: one that the server made itself.", |c| {
        path(c.tls.as_ref().map(|t| &t.0))
    }),
    key("tls.key", "RINGFENCE_TLS_KEY", "The file with the certificate's key.", |c| path(c.tls.as_ref().map(|t| &t.1))),
];

fn optional(value: Option<&impl ToString>) -> String {
    value.map_or_else(String::new, ToString::to_string)
}

fn path(value: Option<&PathBuf>) -> String {
    value.map_or_else(String::new, |path| path.display().to_string())
}

/// Where the database is, without who we are there: of a URL only what cannot be part of a user, a password or an option.
fn address(database: &Location) -> String {
    let url = match database {
        Location::File(path) => return format!("sqlite:{}", path.display()),
        Location::Server(_, url) => url,
    };
    let (scheme, rest) = url.split_once("://").unwrap_or(("", ""));
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = host.split_once('?').map_or(host, |(host, _)| host);
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-:/[]".contains(&b));
    // An @ behind the first ? may stand in a password of either kind: then nothing is told but the engine.
    let clear = rest.find('?').is_none_or(|question| !rest.get(question..).is_some_and(|tail| tail.contains('@')));
    if plain && clear { format!("{scheme}://{host}") } else { format!("{scheme}://…") }
}

/// Texts by key, gathered from the three sources.
struct Sources {
    file: toml::Table,
    file_name: String,
    variables: fn(&str) -> Option<OsString>,
}

impl Sources {
    fn variable(&self, key: &str) -> Option<OsString> {
        KEYS.iter().find(|known| known.name == key).and_then(|known| (self.variables)(known.variable))
    }

    fn in_file(&self, key: &str) -> Option<&toml::Value> {
        match key.split_once('.') {
            Some((table, inner)) => self.file.get(table).and_then(|t| t.get(inner)),
            None => self.file.get(key),
        }
    }

    /// Where the value of a key comes from, if no option of the command line names it.
    fn source(&self, key: &Key) -> Source {
        if !matches!(self.text(key.name), Ok(Some(_))) {
            return Source::Default;
        }
        if self.variable(key.name).is_some() { Source::Variable(key.variable) } else { Source::File(self.file_name.clone()) }
    }

    /// The text of a key; lists are joined by commas. Empty counts as not given.
    fn text(&self, key: &str) -> Result<Option<String>, ConfigError> {
        if let Some(value) = self.variable(key) {
            let text = value.into_string().map_err(|_| ConfigError(format!("{key}: the variable is not UTF-8")))?;
            return Ok((!text.is_empty()).then_some(text));
        }
        let text = match self.in_file(key) {
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
        let options = [
            ("data_dir", "--data-dir", data_dir.is_some()),
            ("listen", "--listen", serve.listen.is_some()),
            ("public_url", "--public-url", serve.public_url.is_some()),
        ];
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
        let mut config = Self {
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
            configured: Vec::new(),
        };
        let configured = KEYS.iter().map(|key| {
            let option = options.iter().find(|(name, _, given)| *name == key.name && *given);
            let source = option.map_or_else(|| sources.source(key), |(_, option, _)| Source::Option(option));
            Configured { key: key.name, doc: key.doc, value: (key.shown)(&config), source }
        });
        config.configured = configured.collect();
        Ok(config)
    }
}

fn bootstrap_admin(sources: &Sources) -> Result<Option<BootstrapAdmin>, ConfigError> {
    let text = |key| sources.text(key);
    match (text("bootstrap_admin.name")?, text("bootstrap_admin.password_file")?) {
        (Some(name), Some(file)) => {
            Ok(Some(BootstrapAdmin { name, email: text("bootstrap_admin.email")?.unwrap_or_default(), password_file: file.into() }))
        }
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
        if !KEYS.iter().any(|known| known.name == key) {
            let nearest = KEYS.iter().min_by_key(|known| strsim::levenshtein(known.name, &key)).map_or("", |known| known.name);
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
    fn what_is_configured_is_told_with_its_source_and_without_secrets() {
        use std::os::unix::fs::PermissionsExt;
        assert!(KEYS.is_sorted_by_key(|key| key.name));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ringfence.toml");
        std::fs::write(&path, "database_url = \"postgres://ipam:hunter2@db.example.org/ipam\"\nlog = \"debug\"\nconnections = 9\n")
            .unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let serve = ServeArgs { listen: Some("127.0.0.1:9443".into()), public_url: None };
        let env = |name: &str| match name {
            "RINGFENCE_LOG" => Some("warn".into()),
            "RINGFENCE_CONNECTIONS" => Some("".into()),
            _ => None,
        };
        let config = Config::load(Some(&path), None, &serve, env).unwrap();
        let told = |key: &str| {
            let found = config.configured.iter().find(|configured| configured.key == key).unwrap();
            (found.value.as_str(), found.source.to_string())
        };
        let file = path.display().to_string();
        assert_eq!(told("database_url"), ("postgres://db.example.org/ipam", file));
        assert_eq!(told("log"), ("warn", "RINGFENCE_LOG".into()));
        assert_eq!(told("listen"), ("127.0.0.1:9443", "--listen".into()));
        assert_eq!(told("connections").1, "default", "an empty variable takes the file's word back");
        assert_eq!(told("public_url"), ("", "default".into()));
        assert!(!format!("{:?}", config.configured).contains("hunter2"));
    }

    #[test]
    fn a_database_is_told_without_who_we_are_there() {
        for (url, shown) in [
            ("postgres://db/ipam", "postgres://db/ipam"),
            ("postgres://u:hunter2@[::1]:5432/ipam?sslmode=require", "postgres://[::1]:5432/ipam"),
            ("mysql://u:hunter2@x@db/ipam", "mysql://db/ipam"),
            ("mysql://u:a/hunter2@db/ipam", "mysql://db/ipam"),
            ("postgres://u@db/ipam?password=hunter2", "postgres://db/ipam"),
            ("postgres://db/ipam?password=a@hunter2", "postgres://…"),
            ("postgres://u:a?hunter2@db/ipam", "postgres://…"),
            ("postgres://db/ipam#hunter2", "postgres://…"),
            ("sqlite:/srv/ipam.db", "sqlite:/srv/ipam.db"),
        ] {
            assert_eq!(address(&Location::parse(url).unwrap()), shown);
        }
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
