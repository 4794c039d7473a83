//! `ringfence fence …`: the rules of the login as a file, explained, and imagined.

use std::path::Path;
use std::process::ExitCode;

use ringfence_app::fence as file;
use ringfence_guard::fence::simulate::Scene;
use ringfence_guard::login::mode::Mode;

use super::{Context, Outcome};
use crate::args::{FenceVerb, SimulateArgs};
use crate::{open, out};

pub(super) async fn run(context: &Context, verb: FenceVerb) -> Outcome {
    match verb {
        FenceVerb::Import { file, dry_run } => import(context, &file, dry_run).await,
        FenceVerb::Export => {
            out::line(file::export(&context.app.settings()).trim_end());
            Ok(ExitCode::SUCCESS)
        }
        FenceVerb::Lint => Ok(lint(context)),
        FenceVerb::Simulate(args) => simulate(context, args).await,
    }
}

async fn import(context: &Context, path: &Path, dry_run: bool) -> Outcome {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let proposal = file::propose(&text)?;
    let values: Vec<(&str, Option<&str>)> = proposal.iter().map(|(key, value)| (*key, value.as_deref())).collect();
    let put = context.app.put_settings(&values)?;
    if !dry_run {
        context.app.run(&open::console(&context.app), put).await?;
    }
    let verb = if dry_run { "would be set" } else { "set" };
    for (key, value) in &proposal {
        let default = if value.is_none() { " (to its default)" } else { "" };
        out::line(format!("{key} {verb}{default}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Says what each rule does; a warning is a failure, so that a script notices.
fn lint(context: &Context) -> ExitCode {
    let settings = context.app.settings();
    let fence = settings.fence();
    for rule in fence.rules() {
        let off = if rule.enabled { "" } else { " (off)" };
        out::line(format!("{}{off}. {}", rule.number, fence.sentence(rule)));
    }
    let warnings = settings.lint();
    for warning in &warnings {
        out::note(format!("warning: {warning}"));
    }
    if warnings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn simulate(context: &Context, args: SimulateArgs) -> Outcome {
    let mode: Mode = Mode::parse(&args.mode).map_err(|e| e.to_string())?;
    let failures = match args.failures {
        Some(failures) => failures,
        None => context.app.ask(&open::console(&context.app), context.app.failures_of(&args.name)).await?.failures,
    };
    let settings = context.app.settings();
    let scene = Scene {
        at: context.app.now(),
        mode,
        address: args.address,
        failures,
        known: args.known,
        spraying: args.spraying,
        new_place: args.new_place,
        solved: args.solved,
        allowed: settings.modes().contains(&mode),
    };
    let answer = settings.fence().simulate(&scene);
    if context.json {
        let lines: Vec<_> =
            answer.lines.iter().map(|line| serde_json::json!({ "rule": line.rule, "hit": line.hit, "why": line.why })).collect();
        out::line(serde_json::json!({ "seen": answer.seen, "rules": lines }));
        return Ok(ExitCode::SUCCESS);
    }
    for line in &answer.lines {
        let mark = if line.hit { "matches" } else { "       " };
        out::line(format!("rule {} {mark} {}", line.rule, line.why));
    }
    out::line(format!("answer: {}", answer.seen));
    Ok(ExitCode::SUCCESS)
}
