//! The real program, running: a process with a data directory and a database of its own.
//!
//! ```text
//!   start ──► serving ──terminate──► stopped (status kept)
//!               ▲  └───────kill9───► stopped
//!               └──────restart─────────┘        same port, same data
//! ```
//! A server is serving as soon as it has printed its `ready` line; nothing polls. What it logs goes to a file, which is shown when
//! the test fails.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::surroundings::{binary, own_variables};
use crate::{Client, Database, Engine, Role};

/// How long a start may take before the test is ended: far more than it needs, for a machine under load.
const START_LIMIT: Duration = Duration::from_mins(1);

/// How a server differs from the plain one.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Lines for the end of `ringfence.toml`; keys at the top level come first, then tables.
    pub config: String,
    /// Further arguments of `serve`.
    pub arguments: Vec<String>,
    /// Further variables of every process that is started.
    pub variables: Vec<(String, String)>,
    /// People know its address, so that it mails links.
    pub public: bool,
}

/// A running or stopped server. Dropping it kills the process and removes directory and database.
#[derive(Debug)]
pub struct Server {
    engine: Engine,
    options: Options,
    child: Option<Child>,
    port: u16,
    database: Option<Database>,
    room: TempDir,
}

/// What a run of the command line left behind.
#[derive(Clone, Debug)]
pub struct Output {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// All of the standard output.
    pub stdout: String,
    /// All of the standard error.
    pub stderr: String,
    command: String,
}

impl Server {
    /// A serving server on this engine, without a user.
    pub fn start(engine: Engine) -> Self {
        Self::with(engine, Options::default())
    }

    /// A serving server that differs from the plain one.
    pub fn with(engine: Engine, options: Options) -> Self {
        let mut server = Self::stopped(engine, options);
        server.restart();
        server
    }

    /// A server that has never run: configuration, data directory and database are there and empty.
    pub fn stopped(engine: Engine, options: Options) -> Self {
        let room = tempfile::Builder::new().prefix("ringfence-").tempdir().expect("a temporary directory can be made");
        let database = (engine != Engine::Sqlite).then(|| Database::fresh(engine));
        let address = database.as_ref().map_or_else(String::new, |database| format!("database_url = \"{}\"\n", database.url()));
        let config = room.path().join("ringfence.toml");
        fs::write(&config, format!("{address}{}\n", options.config)).expect("the configuration can be written");
        fs::set_permissions(&config, Permissions::from_mode(0o600)).expect("its mode can be set");
        Self { engine, options, child: None, port: 0, database, room }
    }

    /// A second instance on the database of this one, with the same master key and a data directory of its own. It serves; dropping it
    /// leaves the database. Panics on `SQLite`, where there is only one instance.
    pub fn twin(&self) -> Self {
        let url = self.database_url().expect("two instances share a database on a server");
        let mut twin = Self::stopped(Engine::Sqlite, self.options.clone());
        twin.engine = self.engine;
        fs::write(twin.config_file(), format!("database_url = \"{url}\"\n{}\n", self.options.config))
            .expect("the configuration can be written");
        fs::create_dir(twin.data_dir()).expect("the data directory can be made");
        fs::copy(self.data_dir().join("master.key"), twin.data_dir().join("master.key")).expect("the key can be copied");
        twin.restart();
        twin
    }

    /// The engine its data is on.
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// `https://localhost:PORT`. The port stays the same over restarts.
    pub fn base(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The port it serves on.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The number of its process. Panics when it is stopped.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("the server is running").id()
    }

    /// The data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.room.path().join("data")
    }

    /// The configuration file.
    pub fn config_file(&self) -> PathBuf {
        self.room.path().join("ringfence.toml")
    }

    /// A folder that is removed with the server, for files of the test.
    pub fn room(&self) -> &Path {
        self.room.path()
    }

    /// The URL of its database as the configuration gives it; none on `SQLite`, where it is the default in the data directory.
    pub fn database_url(&self) -> Option<&str> {
        self.database.as_ref().map(Database::url)
    }

    /// All that the server has logged since the first start.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// A client without key or cookie.
    pub fn anon(&self) -> Client {
        Client::anon(&self.base())
    }

    /// Starts the server, again if it ran before, and returns when it is ready, with the time that this took.
    pub fn restart(&mut self) -> Duration {
        assert!(self.child.is_none(), "the server is running: stop it before");
        let log = OpenOptions::new().create(true).append(true).open(self.log_file()).expect("the log can be written");
        if self.options.public && self.port == 0 {
            self.port = free_port();
            let text = fs::read_to_string(self.config_file()).expect("the configuration can be read");
            fs::write(self.config_file(), format!("public_url = \"{}\"\n{text}", self.base())).expect("the configuration can be written");
        }
        let mut command = self.command(&["serve", "--listen", &format!("127.0.0.1:{}", self.port)]);
        command.args(&self.options.arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let begin = Instant::now();
        let mut child = command.spawn().expect("the program can be started");
        let lines = BufReader::new(child.stdout.take().expect("the output is piped"));
        self.child = Some(child);

        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                if let Some(port) = port_of(&line) {
                    let _ = sender.send(port);
                }
            }
        });
        match receiver.recv_timeout(START_LIMIT) {
            Ok(port) => {
                self.port = port;
                begin.elapsed()
            }
            Err(error) => panic!("no line `ready https://…:PORT/` came ({error}); the server logged:\n{}", self.log()),
        }
    }

    /// Ends the process as a power cut would.
    pub fn kill9(&mut self) {
        let mut child = self.child.take().expect("the server is running");
        child.kill().expect("a child can be killed");
        child.wait().expect("a child can be waited for");
    }

    /// Asks the process to end with SIGTERM and waits until it has.
    pub fn terminate(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("the server is running");
        signal(child.id(), "TERM");
        child.wait().expect("a child can be waited for")
    }

    /// Sends SIGTERM and does not wait, for tests of what is in flight. End with [`Server::wait`].
    pub fn signal_term(&self) {
        signal(self.pid(), "TERM");
    }

    /// Waits until the process has ended by itself.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.take().expect("the server is running").wait().expect("a child can be waited for")
    }

    /// Runs the command line on this server's configuration and data; the server may serve meanwhile.
    pub fn cli(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program can be started");
        let mut input = child.stdin.take().expect("the input is piped");
        let output = std::thread::scope(|scope| {
            // A program that does not read its input closes the pipe: no failure of the test.
            scope.spawn(move || drop(input.write_all(stdin.as_bytes())));
            child.wait_with_output().expect("the program can be waited for")
        });
        Output {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            command: arguments.join(" "),
        }
    }

    /// The path of a fresh one-time setup link, as `ringfence setup` prints it.
    #[track_caller]
    pub fn setup_path(&self) -> String {
        let stdout = self.cli(&["setup"], "").success();
        path_of_link(&stdout).unwrap_or_else(|| panic!("`ringfence setup` printed no link:\n{stdout}"))
    }

    /// Makes a user by the command line.
    #[track_caller]
    pub fn create_user(&self, name: &str, role: Role, password: &str) {
        self.cli(&["user", "create", name, "--role", role.name(), "--password-stdin"], &format!("{password}\n")).success();
    }

    /// Makes an API key by the command line and returns it. Scopes: `read`, `write`, `admin`.
    #[track_caller]
    pub fn create_key(&self, owner: &str, name: &str, scope: &str) -> String {
        self.cli(&["api-key", "create", "--owner", owner, "--name", name, "--scope", scope], "").success().trim().to_owned()
    }

    fn log_file(&self) -> PathBuf {
        self.room.path().join("stderr.log")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).arg("--config").arg(self.config_file()).arg("--data-dir").arg(self.data_dir());
        for name in own_variables() {
            command.env_remove(name);
        }
        command.envs(self.options.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.room.path());
        command
    }
}

impl Drop for Server {
    #[expect(clippy::print_stderr, reason = "the log of the server belongs to the report of a failed test")]
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill9();
        }
        if std::thread::panicking() {
            eprintln!("the server on {} logged:\n{}", self.engine, self.log());
        }
    }
}

impl Output {
    /// The standard output, if the command succeeded; else the test ends with what it said.
    #[track_caller]
    pub fn success(self) -> String {
        assert_eq!(self.code, Some(0), "`ringfence {}` failed:\n{}{}", self.command, self.stdout, self.stderr);
        self.stdout
    }

    /// The standard error, if the command exited with this code; else the test ends with what it said.
    #[track_caller]
    pub fn failure(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "`ringfence {}`:\n{}{}", self.command, self.stdout, self.stderr);
        self.stderr
    }

    /// The standard output as JSON, if the command succeeded.
    #[track_caller]
    pub fn json(self) -> Value {
        let stdout = self.success();
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("no JSON, {error}:\n{stdout}"))
    }
}

/// The standard library sends no signal but SIGKILL; the shell's own `kill` is on every system.
fn signal(pid: u32, name: &str) {
    let status = Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &pid.to_string()]).status().expect("a shell can be started");
    assert!(status.success(), "SIG{name} cannot be sent to {pid}");
}

/// A port that nobody listens on now: the address must be known before the server starts.
fn free_port() -> u16 {
    let probe = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    probe.local_addr().expect("it has an address").port()
}

/// The port in `ready https://localhost:8443/`.
fn port_of(line: &str) -> Option<u16> {
    line.strip_prefix("ready https://")?.trim_end().trim_end_matches('/').rsplit_once(':')?.1.parse().ok()
}

/// The path of the first link in a text.
fn path_of_link(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("https://")?;
    let link = rest.split_whitespace().next()?;
    link.find('/').map(|start| link.split_at(start).1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{path_of_link, port_of};

    #[test]
    fn the_ready_line_gives_the_port() {
        assert_eq!(port_of("ready https://localhost:40123/"), Some(40123));
        assert_eq!(port_of("ready https://[::1]:8443/\r"), Some(8443));
        assert_eq!(port_of("listening on https://localhost:1/"), None);
        assert_eq!(port_of("ready https://localhost/"), None);
    }

    #[test]
    fn a_link_is_cut_down_to_its_path() {
        assert_eq!(path_of_link("open https://localhost:8443/setup/abc-1 within an hour\n").as_deref(), Some("/setup/abc-1"));
        assert_eq!(path_of_link("there is an admin already"), None);
    }
}
