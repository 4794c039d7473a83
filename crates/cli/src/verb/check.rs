//! `ringfence check`.

use std::process::ExitCode;

use super::{Context, Outcome};
use crate::out;

pub(super) fn run(context: &Context) -> Outcome {
    let report = tokio::task::block_in_place(|| context.app.check())?;
    if context.json {
        out::line(serde_json::json!({
            "subnets": report.subnets, "addresses": report.addresses, "drift": report.drift, "findings": report.findings,
        }));
    } else {
        for finding in &report.findings {
            out::line(finding);
        }
        let verdict = if report.drift == 0 { "no drift".to_owned() } else { format!("{} contradictions", report.drift) };
        out::line(format!("{} subnets, {} addresses: {verdict}", report.subnets, report.addresses));
    }
    Ok(if report.drift == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
