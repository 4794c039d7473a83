//! `ringfence import …`: a dry run with a verdict per row, and with `--apply` the same for real.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use ringfence_app::import::{Kind, OnDuplicate, Options, RowVerdict, Totals, Verdict};

use super::{Context, Outcome};
use crate::args::ImportArgs;
use crate::{open, out};

/// Verdicts printed of rows that act; refused rows are always printed.
const SHOWN: usize = 200;

pub(super) async fn run(context: &Context, args: ImportArgs) -> Outcome {
    let kind: Kind = args.kind.parse().map_err(|e| format!("{:?}: {e}", args.kind))?;
    let on_duplicate: OnDuplicate = args.on_duplicate.parse().map_err(|e| format!("--on-duplicate {:?}: {e}", args.on_duplicate))?;
    let name = args.file.display().to_string();
    let bytes = tokio::task::block_in_place(|| std::fs::read(&args.file)).map_err(|e| format!("{name}: {e}"))?;
    let options = Options { kind, vrf: args.vrf, on_duplicate, ignore: args.ignore };
    let op = open::console(&context.app);
    let bar = progress();
    let source = args.file.file_name().unwrap_or(args.file.as_os_str()).to_string_lossy();
    let planned = context.app.plan_import(&op, options, &source, bytes, &|done, total| step(&bar, "reading", done, total)).await?;
    if !args.apply {
        bar.finish_and_clear();
        report(context, &planned.rows, &planned.totals, false)?;
        return Ok(code(&planned.totals));
    }
    let (rows, plan) = (planned.rows, planned.plan);
    let writing = bar.clone();
    let totals = context.app.apply_import(&op, plan, Arc::new(move |done, total| step(&writing, "writing", done, total))).await?;
    bar.finish_and_clear();
    report(context, &rows, &totals, true)?;
    Ok(code(&totals))
}

/// Refused rows are a failure: a script must notice.
fn code(totals: &Totals) -> ExitCode {
    if totals.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A bar on a terminal, nothing elsewhere.
fn progress() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} rows") {
        bar.set_style(style);
    }
    bar
}

fn step(bar: &ProgressBar, what: &'static str, done: usize, total: usize) {
    bar.set_message(what);
    bar.set_length(total as u64);
    bar.set_position(done as u64);
}

fn report(context: &Context, rows: &[RowVerdict], totals: &Totals, applied: bool) -> Result<(), serde_json::Error> {
    if context.json {
        let mut json = serde_json::to_value(totals)?;
        if let Some(object) = json.as_object_mut() {
            object.insert("applied".into(), applied.into());
            let refused: Vec<_> = rows
                .iter()
                .filter_map(|row| match &row.verdict {
                    Verdict::Refused(why) => Some(serde_json::json!({ "line": row.line, "row": row.label, "why": why })),
                    _ => None,
                })
                .collect();
            object.insert("refusals".into(), refused.into());
        }
        out::line(json);
        return Ok(());
    }
    let mut shown = 0;
    for row in rows {
        let text = match &row.verdict {
            Verdict::Same => continue,
            Verdict::Refused(why) => format!("refused: {why}"),
            Verdict::Create if shown < SHOWN => "create".to_owned(),
            Verdict::Change(what) if shown < SHOWN => format!("change {what}"),
            Verdict::Create | Verdict::Change(_) => continue,
        };
        shown += 1;
        out::line(format!("line {}: {} {text}", row.line, row.label));
    }
    for (what, names) in &totals.also {
        out::line(format!("also made: {} {what}: {}", names.len(), names.join(", ")));
    }
    let Totals { create, same, change, refused, .. } = totals;
    out::line(format!("{create} create, {same} same, {change} change, {refused} refused"));
    if !applied {
        out::line("nothing was changed: repeat with --apply to do it");
    }
    Ok(())
}
