//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Ringfence: the IP address manager that guards its own door.
#[derive(Debug, Parser)]
#[command(name = "ringfence", version, disable_help_subcommand = true)]
pub(crate) struct Args {
    /// Configuration file; without it `ringfence.toml` in the working directory, if it is there.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Directory for database, master key and certificate.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Serve pages and API over https.
    Serve(ServeArgs),
    /// Print a fresh one-time setup link while no admin exists.
    Setup {
        /// The address people use, for the link.
        #[arg(long, value_name = "URL")]
        public_url: Option<String>,
    },
    /// Manage accounts.
    #[command(subcommand)]
    User(UserVerb),
    /// The rules of the login.
    #[command(subcommand)]
    Fence(FenceVerb),
    /// Manage API keys.
    #[command(subcommand)]
    ApiKey(ApiKeyVerb),
    /// Import a CSV file: a dry run, or with --apply for real.
    Import(ImportArgs),
    /// The lists of passwords that nobody may choose.
    #[command(subcommand)]
    Passwords(PasswordsVerb),
    /// Read and change settings.
    #[command(subcommand)]
    Setting(SettingVerb),
    /// Recompute hierarchy, counters and integrity; exit 1 on drift.
    Check,
    /// Look after the audit trail.
    #[command(subcommand)]
    Audit(AuditVerb),
}

#[derive(Debug, Default, ClapArgs)]
pub(crate) struct ServeArgs {
    /// Address and port.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,
    /// The address people use.
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserVerb {
    /// Make an account.
    #[command(group = clap::ArgGroup::new("secret").required(true))]
    Create {
        /// Login name.
        name: String,
        /// What it may do.
        #[arg(long, value_enum)]
        role: RoleArg,
        /// E-mail address.
        #[arg(long, default_value = "")]
        email: String,
        /// When its password ends.
        #[arg(long, value_enum, default_value = "never")]
        expiry: ExpiryArg,
        /// Print a one-time link, with which the owner sets the password.
        #[arg(long, group = "secret")]
        link: bool,
        /// Read the password from the standard input.
        #[arg(long, group = "secret")]
        password_stdin: bool,
        /// Read a hash of the password, made elsewhere by bcrypt or argon2, from the standard input.
        #[arg(long, group = "secret")]
        hash_stdin: bool,
    },
    /// Print a one-time link to set the password of an account, good for a day; earlier ones die.
    Link {
        /// Login name.
        name: String,
    },
    /// Print every account.
    List,
    /// Open an account whose login is locked.
    Unlock {
        /// Login name.
        name: String,
        /// Why, for the audit trail.
        #[arg(long, default_value = "unlocked from the console")]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum FenceVerb {
    /// Replace the rules, and the parameters that the file names, by those of a file: TOML, or iTop's PHP array.
    Import {
        /// The file.
        file: PathBuf,
        /// Only say what it would do.
        #[arg(long)]
        dry_run: bool,
    },
    /// Print the rules and parameters as TOML.
    Export,
    /// Say what each rule does, and warn of what is probably not meant; exit 1 on a warning.
    Lint,
    /// Imagine an attempt: which rules match, what is answered, and why.
    Simulate(SimulateArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SimulateArgs {
    /// Login name; its failures are looked up unless --failures says otherwise.
    #[arg(long, default_value = "")]
    pub(crate) name: String,
    /// form, basic, external or token.
    #[arg(long, default_value = "form")]
    pub(crate) mode: String,
    /// Client address.
    #[arg(long, default_value = "203.0.113.9")]
    pub(crate) address: std::net::IpAddr,
    /// Failures in a row before it.
    #[arg(long)]
    pub(crate) failures: Option<u32>,
    /// The browser is known to the account.
    #[arg(long)]
    pub(crate) known: bool,
    /// Different names that failed from the address in ten minutes.
    #[arg(long, default_value_t = 0)]
    pub(crate) spraying: u32,
    /// The account was never used from there.
    #[arg(long)]
    pub(crate) new_place: bool,
    /// Every challenge on the form was solved.
    #[arg(long)]
    pub(crate) solved: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ExpiryArg {
    /// It does not.
    Never,
    /// At the age that the settings say (`password_policy.max_password_age_days`).
    Can,
    /// Its owner sets another one at the next login.
    Forced,
    /// It is good for one login, at which its owner sets another one.
    OneTime,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RoleArg {
    Viewer,
    Operator,
    Admin,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ApiKeyVerb {
    /// Make a key and print it: it is shown this once.
    Create {
        /// Login name of the owner.
        #[arg(long)]
        owner: String,
        /// What to call it.
        #[arg(long)]
        name: String,
        /// What of the owner's rights it has.
        #[arg(long, value_enum)]
        scope: ScopeArg,
        /// When it ends, for example 90d, 12h.
        #[arg(long, value_name = "SPAN")]
        expires: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ScopeArg {
    Read,
    Write,
    Admin,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ImportArgs {
    /// What the rows are: sites, vrfs, vlans, subnets or addresses.
    pub(crate) kind: String,
    /// The CSV file.
    pub(crate) file: PathBuf,
    /// The VRF of rows that name none.
    #[arg(long, value_name = "NAME")]
    pub(crate) vrf: Option<String>,
    /// What to do with rows that exist already.
    #[arg(long, value_name = "MODE", default_value = "skip")]
    pub(crate) on_duplicate: String,
    /// Columns to leave out.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) ignore: Vec<String>,
    /// Do it; without, only say what would happen.
    #[arg(long)]
    pub(crate) apply: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PasswordsVerb {
    /// Import a list of up to 100 million entries, in place of the one that was imported before.
    Import {
        /// The list, one entry on each line.
        file: PathBuf,
        /// What its lines are; without it, guessed from the first of them.
        #[arg(long, value_enum)]
        kind: Option<ListKindArg>,
    },
    /// Say what lists there are, and whether they are whole; exit 1 when one cannot be used.
    Status,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ListKindArg {
    /// Passwords.
    Plain,
    /// SHA-1 hashes, perhaps each with a colon and a count.
    Sha1,
    /// NT hashes, perhaps each with a colon and a count.
    Nt,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SettingVerb {
    /// Print a value.
    Get {
        /// Its key.
        key: String,
    },
    /// Change a value, or with --default put it back.
    Set {
        /// Its key.
        key: String,
        /// The new value.
        #[arg(required_unless_present_any = ["default", "stdin"])]
        value: Option<String>,
        /// Back to the default.
        #[arg(long, conflicts_with_all = ["value", "stdin"])]
        default: bool,
        /// Read the new value from the standard input: for secrets, which must not stand in a list of processes.
        #[arg(long, conflicts_with = "value")]
        stdin: bool,
    },
    /// Print every setting with value, default and meaning.
    List,
    /// Print what settings there are, as Markdown.
    Reference,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditVerb {
    /// Verify the chain of the audit trail; exit 1 and name the first bad row when it was changed.
    Verify,
}
