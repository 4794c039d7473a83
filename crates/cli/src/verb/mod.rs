//! One file per verb. Every verb works while the server runs.

mod api_key;
mod audit;
mod check;
mod fence;
mod import;
mod passwords;
mod setting;
mod setup;
mod user;

use std::error::Error;
use std::io::Read as _;
use std::process::ExitCode;
use std::sync::Arc;

use ringfence_app::App;

use crate::args::{Args, ServeArgs, Verb};
use crate::config::Config;
use crate::{open, serve};

pub(crate) type Outcome = Result<ExitCode, Box<dyn Error + Send + Sync>>;

pub(crate) use setup::link as setup_link;

/// What a verb works with.
pub(crate) struct Context {
    pub(crate) config: Config,
    pub(crate) app: Arc<App>,
    pub(crate) json: bool,
}

pub(crate) fn run(args: Args) -> Outcome {
    let serve_args = match &args.verb {
        Verb::Serve(serve) => ServeArgs { listen: serve.listen.clone(), public_url: serve.public_url.clone() },
        Verb::Setup { public_url } => ServeArgs { listen: None, public_url: public_url.clone() },
        _ => ServeArgs::default(),
    };
    let config = Config::load(args.config.as_deref(), args.data_dir.as_deref(), &serve_args, open::variable)?;
    // Brief reads of an embedded database happen on these threads: even on one core a slow one must not hold up everybody.
    let threads = std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().thread_name("ringfence").build()?;
    // The drop of the application waits for the store's writer: outside the runtime's threads.
    if matches!(args.verb, Verb::Serve(_)) {
        return serve::run(&runtime, config);
    }
    serve::log(if config.log == "info" { "warn" } else { &config.log })?;
    let app = open::application(&config)?;
    let context = Context { config, app: Arc::clone(&app), json: args.json };
    let outcome = runtime.block_on(async {
        // On a worker thread: reads give their thread up while they block.
        let task = tokio::spawn(async move {
            let writes = !matches!(args.verb, Verb::Check | Verb::Audit(_));
            let outcome = dispatch(&context, args.verb).await?;
            // Perhaps no server runs that would do it. What was asked for is done, whatever becomes of the seal.
            if writes && let Err(refusal) = context.app.seal().await {
                tracing::error!(error = %refusal.cause(), "the audit trail could not be sealed: see ringfence audit verify");
            }
            Ok(outcome)
        });
        task.await?
    });
    // The connections of the pool block while they close: the last hold of the application is let go out here.
    drop(app);
    outcome
}

/// More than any value that is typed.
const MOST: u64 = 64 * 1024;

/// What stands on the standard input, without the newline that a shell's echo or here-document adds.
fn typed() -> Result<String, Box<dyn Error + Send + Sync>> {
    let mut typed = String::new();
    std::io::stdin().take(MOST).read_to_string(&mut typed).map_err(|e| format!("standard input: {e}"))?;
    let text = typed.strip_suffix('\n').map_or(typed.as_str(), |t| t.strip_suffix('\r').unwrap_or(t));
    Ok(text.to_owned())
}

async fn dispatch(context: &Context, verb: Verb) -> Outcome {
    match verb {
        Verb::Serve(_) => Err("serve is started by itself".into()),
        Verb::Setup { .. } => setup::run(context).await,
        Verb::User(verb) => user::run(context, verb).await,
        Verb::Fence(verb) => fence::run(context, verb).await,
        Verb::ApiKey(verb) => api_key::run(context, verb).await,
        Verb::Import(args) => import::run(context, args).await,
        Verb::Passwords(verb) => passwords::run(context, verb).await,
        Verb::Setting(verb) => setting::run(context, verb).await,
        Verb::Check => check::run(context),
        Verb::Audit(verb) => audit::run(context, &verb),
    }
}
