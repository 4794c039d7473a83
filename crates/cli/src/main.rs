//! The binary `ringfence`: the door for operators, and the composition root that wires every other crate.
//!
//! [`config`] is what must be known before the database opens, [`open`] puts the application together, [`serve`] runs the server, [`verb`] holds one
//! file per command-line verb.

mod args;
mod config;
mod open;
mod out;
mod serve;
mod verb;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = args::Args::parse();
    // The one provider of cryptography; a second call would only say that it is there already.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    match verb::run(args) {
        Ok(code) => code,
        Err(error) => {
            out::fail(&error);
            ExitCode::FAILURE
        }
    }
}
