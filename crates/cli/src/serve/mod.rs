//! `ringfence serve`: opens everything, listens, says that it is ready, and on SIGTERM finishes what is in flight.

mod bootstrap;
mod layer;
mod listen;
mod metric;
mod plain;
mod tls;

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ringfence_app::{App, Refusal};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::verb::{Outcome, setup_link};
use crate::{open, out};

/// How long requests in flight may take after SIGTERM.
const GRACE: Duration = Duration::from_secs(20);

/// Logs to stderr.
pub(crate) fn log(filter: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let filter = EnvFilter::try_new(filter).map_err(|e| format!("log: {e}"))?;
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();
    // A panic's message may hold arguments: only its place is logged. Requests and units of work catch it themselves.
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|l| format!("{}:{}", l.file(), l.line())).unwrap_or_default();
        tracing::error!(place, "a part of the program panicked");
    }));
    Ok(())
}

pub(crate) fn run(runtime: &Runtime, config: Config) -> Outcome {
    log(&config.log)?;
    open::data_dir(&config.data_dir)?;
    let _lock = open::instance_lock(&config)?;
    let began = Instant::now();
    let app = open::application(&config)?;
    tracing::info!(engine = app.engine().name(), took = ?began.elapsed(), "database open");
    let served = runtime.block_on(async {
        let app = Arc::clone(&app);
        tokio::spawn(async move { serve(app, config).await }).await?
    });
    drop(app);
    served
}

async fn serve(app: Arc<App>, config: Config) -> Outcome {
    let end = end()?;
    let listener = TcpListener::bind(config.listen).await.map_err(|e| format!("listen on {}: {e}", config.listen))?;
    let port = listener.local_addr()?.port();
    let tls = tls::acceptor(&config, app.entropy().as_ref())?;
    let base = config.public_url.clone().unwrap_or_else(|| format!("https://localhost:{port}"));
    let metrics = metric::listen(&app, &config).await?;
    let front = layer::front(&app, &config, metrics.is_some())?;
    let (stop, stopped) = watch::channel(false);
    let jobs = tokio::spawn(ringfence_jobs::run(Arc::clone(&app), stopped.clone()));
    let ready = ready_line(&base);
    let service = listen::Service { tls, front, proxies: config.proxies.clone() };
    let server = tokio::spawn(listen::run(listener, service, stopped));
    if let Some(admin) = &config.bootstrap_admin {
        bootstrap::make(&app, admin).await?;
    }
    first_admin(&app, &base).await;
    out::line(ready);
    app.inspect_password_lists();
    end.await;
    tracing::info!("stopping: requests in flight are finished");
    let _nobody_left = stop.send(true);
    let finished = tokio::time::timeout(GRACE, async {
        server.await?;
        jobs.await
    });
    match finished.await {
        Ok(result) => result?,
        Err(_) => tracing::warn!("some requests did not finish in time and were cut off"),
    }
    // What the last requests did is sealed before nobody is there to do it.
    if let Err(error) = app.seal().await {
        tracing::error!(error = %error.cause(), "the last events could not be sealed");
    }
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    Ok(ExitCode::SUCCESS)
}

fn ready_line(base: &str) -> String {
    format!("ready {base}/")
}

/// Prints a setup link while no admin exists.
async fn first_admin(app: &Arc<App>, base: &str) {
    match setup_link(app, base).await {
        Ok(link) => out::note(format!("No admin exists yet. Make the first one within an hour: {link}")),
        Err(Refusal::Conflict(_)) => {}
        Err(error) => tracing::error!(error = %error.cause(), "no setup link could be made"),
    }
}

/// What waits for SIGTERM or SIGINT; from now on neither ends the process by itself.
fn end() -> std::io::Result<impl Future<Output = ()>> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}
