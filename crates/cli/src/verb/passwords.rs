//! `ringfence passwords …`: the lists of passwords that nobody may choose.

use std::fs::File;
use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use ringfence_guard::password::blocklist::{Facts, Kind, OwnFacts, Progress, Status};
use serde_json::json;

use super::{Context, Outcome};
use crate::args::{ListKindArg, PasswordsVerb};
use crate::{open, out};

/// What is read at once, and enough to guess the kind of a list.
const CHUNK: usize = 1 << 16;
/// How often somebody without a terminal is told how far it is.
const OFTEN: Duration = Duration::from_secs(5);

pub(super) async fn run(context: &Context, verb: PasswordsVerb) -> Outcome {
    match verb {
        PasswordsVerb::Import { file, kind } => import(context, &file, kind).await,
        PasswordsVerb::Status => Ok(status(context)),
    }
}

async fn import(context: &Context, path: &Path, kind: Option<ListKindArg>) -> Outcome {
    let failed = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut list = BufReader::with_capacity(CHUNK, File::open(path).map_err(failed)?);
    let kind = match kind {
        Some(ListKindArg::Plain) => Kind::Plain,
        Some(ListKindArg::Sha1) => Kind::Sha1,
        Some(ListKindArg::Nt) => Kind::Nt,
        None => Kind::guess(list.fill_buf().map_err(failed)?)
            .ok_or("it cannot be told what the lines of this list are: say it with --kind plain, sha1 or nt")?,
    };
    let mut meter = Meter::start();
    let op = open::console(&context.app);
    let imported = context.app.import_password_list(&op, list, kind, &mut |step| meter.tell(step)).await;
    meter.bar.finish_and_clear();
    let facts = imported?;
    if context.json {
        out::line(json_of(&facts));
    } else {
        out::line(format!("imported and in use: {}", said_of(&facts)));
    }
    Ok(ExitCode::SUCCESS)
}

/// A spinner on a terminal, a line now and then elsewhere.
struct Meter {
    bar: ProgressBar,
    told: Instant,
    terminal: bool,
}

impl Meter {
    fn start() -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = if terminal { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, told: Instant::now(), terminal }
    }

    fn tell(&mut self, step: Progress) {
        let text = match step {
            Progress::Reading(entries) => format!("{entries} entries read"),
            Progress::Building { done, of } => format!("building part {} of {of}", done + 1),
        };
        if self.terminal {
            self.bar.set_message(text);
        } else if self.told.elapsed() >= OFTEN {
            self.told = Instant::now();
            out::note(text);
        }
    }
}

/// Says what lists there are. One that cannot be used is a failure, so that a script notices.
fn status(context: &Context) -> ExitCode {
    let status = tokio::task::block_in_place(|| context.app.password_list_status());
    let Status { shipped, own, imported } = &status;
    if context.json {
        let troubles: Vec<_> = status.troubles().map(|trouble| trouble.0.as_str()).collect();
        let own = own.as_ref().ok().and_then(|own| own.map(json_of_own));
        let imported = imported.as_ref().ok().and_then(|facts| facts.as_ref().map(json_of));
        out::line(json!({ "shipped": { "entries": shipped }, "own": own, "imported": imported, "troubles": troubles }));
    } else {
        out::line(format!("shipped: {shipped} entries"));
        match own {
            Ok(Some(OwnFacts { entries, changed, .. })) => out::line(format!("text file: {entries} entries, changed {changed}")),
            Ok(None) => out::line("text file: none"),
            Err(error) => out::line(format!("text file: new passwords are refused because of it: {error}")),
        }
        match imported {
            Ok(Some(facts)) => out::line(format!("imported: {}, whole", said_of(facts))),
            Ok(None) => out::line("imported: none"),
            Err(error) => out::line(format!("imported: new passwords are refused because of it: {error}")),
        }
    }
    if status.troubles().next().is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn said_of(facts: &Facts) -> String {
    let Facts { kind, entries, keys, at, bytes } = facts;
    format!("{entries} entries ({}), {keys} of them different, {bytes} bytes, imported {at}", kind.name())
}

fn json_of(facts: &Facts) -> serde_json::Value {
    let Facts { kind, entries, keys, at, bytes } = facts;
    json!({ "kind": kind.name(), "entries": entries, "keys": keys, "bytes": bytes, "imported_at": at })
}

fn json_of_own(own: OwnFacts) -> serde_json::Value {
    json!({ "entries": own.entries, "bytes": own.bytes, "changed_at": own.changed })
}
