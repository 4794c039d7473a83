//! The composition root: data directory, master key, store and application.

use std::error::Error;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use guard::audit::{Actor, Door, Origin};
use guard::clock::Timestamp;
use guard::entropy::{Entropy, OsEntropy};
use guard::fence::Registry;
use guard::key::MasterKey;
use guard::password::Params;
use guard::password::blocklist::Lists;
use guard::password::policy::Rules;
use guard::password::pool::{HashPool, QUEUE};
use guard::secret::Secret;
use ringfence_app::setting::Values;
use ringfence_app::{App, OpCtx, Parts};
use ringfence_guard as guard;
use ringfence_store::Store;

use crate::config::Config;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The wall clock: the one place that reads it.
#[expect(clippy::disallowed_methods, reason = "here the time enters; everywhere else it is an argument")]
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// The environment's look-up, for [`Config::load`].
#[expect(clippy::disallowed_methods, reason = "here the environment enters")]
pub(crate) fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

/// Makes the data directory (0700) or tightens it.
pub(crate) fn data_dir(dir: &Path) -> Fallible<()> {
    let explain = |e: std::io::Error| format!("data directory {}: {e}", dir.display());
    if !dir.exists() {
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(explain)?;
    }
    let meta = fs::metadata(dir).map_err(explain)?;
    if !meta.is_dir() {
        return Err(format!("data directory {} is not a directory", dir.display()).into());
    }
    if meta.mode() & 0o077 != 0 {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).map_err(explain)?;
    }
    Ok(())
}

/// Writes a new file that only we can read, whole or not at all; an existing one is left alone.
pub(crate) fn private_file(path: &Path, content: &[u8]) -> Fallible<()> {
    // Under a name of this process first: on a full disk, when the power goes, or beside another first start, no half of it stands under its own.
    let mut new = path.as_os_str().to_owned();
    new.push(format!(".{}.new", std::process::id()));
    let new = Path::new(&new);
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(new)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::hard_link(new, path)
    };
    let written = write();
    let removed = fs::remove_file(new);
    written.and(removed).map_err(|e| format!("{}: {e}", path.display()).into())
}

/// Reads the master key, or makes it at the first start: never for a database that was made with another one.
fn master_key(path: &Path, entropy: &dyn Entropy, pinned: Option<i64>) -> Fallible<MasterKey> {
    let name = path.display();
    if !path.exists() {
        if pinned.is_some() {
            return Err(format!("master key {name} is missing, but the database was made with one: put it back from your backup").into());
        }
        private_file(path, MasterKey::mint(entropy).text().expose().as_bytes()).map_err(|e| format!("master key {e}"))?;
    }
    let mode = fs::metadata(path).map_err(|e| format!("master key {name}: {e}"))?.mode();
    if mode & 0o077 != 0 {
        return Err(format!("master key {name} can be read by others: chmod 600 {name}").into());
    }
    let text = fs::read_to_string(path).map_err(|e| format!("master key {name}: {e}"))?;
    let key = MasterKey::parse(&Secret::new(text)).map_err(|e| format!("master key {name}: {e}"))?;
    if pinned.is_some_and(|pinned| pinned != key.fingerprint()) {
        return Err(format!("master key {name} is not the one that the database was made with: put that one back from your backup").into());
    }
    Ok(key)
}

/// Opens store and application.
pub(crate) fn application(config: &Config) -> Fallible<Arc<App>> {
    data_dir(&config.data_dir)?;
    let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy::new());
    let store = Store::open(&config.database, config.connections, now)?;
    let master = master_key(&config.master_key_file, entropy.as_ref(), store.master_key()?)?;
    if store.pin_master_key(master.fingerprint())? != master.fingerprint() {
        return Err("another instance pinned the database to its own master key just now: give both the same key file".into());
    }
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let hashing = HashPool::new(cores, QUEUE, QUEUE / 4)?;
    let self_signed = config.tls.is_none() && config.proxies.is_empty();
    let seal_mark = Some(config.data_dir.join("audit.seal"));
    let base_url = config.public_url.clone().unwrap_or_else(|| format!("https://localhost:{}", config.listen.port()));
    Ok(App::new(Parts {
        store,
        hashing,
        entropy,
        clock: Arc::new(now),
        master,
        params: Params::STANDARD,
        password_lists: Lists::of(&config.data_dir),
        self_signed,
        registry: Registry::standard(),
        limits: Values::limits,
        password_rules: Rules::standard(),
        base_url,
        base_url_given: config.public_url.is_some(),
        seal_mark,
        configured: config.configured.clone(),
    })?)
}

/// Only one server may run on an embedded database.
pub(crate) fn instance_lock(config: &Config) -> Fallible<Option<File>> {
    let Some(database) = config.database.file() else { return Ok(None) };
    let path = database.with_extension("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(|e| format!("{}: {e}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Err(format!(
            "another ringfence serves the data directory {} already: stop it first, or give this one a directory of its own",
            config.data_dir.display()
        )
        .into()),
        Err(fs::TryLockError::Error(e)) => Err(format!("{}: {e}", path.display()).into()),
    }
}

/// A request from the console.
pub(crate) fn console(app: &App) -> OpCtx {
    let request_id = guard::http::request_id::mint(app.entropy().as_ref());
    OpCtx::new(Origin { actor: Actor::Console, door: Door::Cli, client: None, request_id, at: app.now() })
}
