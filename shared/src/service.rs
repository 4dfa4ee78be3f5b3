//! What every `main` does: command line, settings, logs, metrics, signals, exit code.

use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use metrics_exporter_prometheus::PrometheusHandle;

/// The allocator of every service.
pub use mimalloc::MiMalloc;

use crate::healthcheck;
use crate::settings::Reader;
use crate::shutdown::{self, CancellationToken};
use crate::telemetry::{self, LogSettings};

/// Any error that ends a service.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The exit code for a command line that is not understood (`EX_USAGE` of sysexits.h).
const EX_USAGE: u8 = 64;

/// The exit code for settings that are not valid (`EX_CONFIG` of sysexits.h).
const EX_CONFIG: u8 = 78;

/// The command line of every service.
#[derive(Debug, Parser)]
#[command(
    about = "Runs the service, or one of its commands",
    disable_help_subcommand = true
)]
struct Arguments<T: Subcommand> {
    #[command(subcommand)]
    command: Option<Command<T>>,
}

#[derive(Debug, Subcommand)]
enum Command<T: Subcommand> {
    /// Asks the running service whether it is ready
    Healthcheck,
    #[command(flatten)]
    Tool(T),
}

/// The commands of a service that has none of its own.
#[derive(Debug, Subcommand)]
pub enum NoTool {}

impl NoTool {
    /// Never runs: there is no command.
    ///
    /// # Errors
    /// None.
    pub async fn run<S>(self, _: &S, _: &mut (dyn std::io::Write + Send)) -> Result<(), BoxError> {
        match self {}
    }
}

/// The `main` of a service's program: of the library `$service` with its `Settings`, `build` and `run`, and with the
/// commands `$tool`, if it has any.
#[macro_export]
macro_rules! service_main {
    ($service:ident) => {
        $crate::service_main!($service, $crate::service::NoTool);
    };
    ($service:ident, $tool:ty) => {
        #[global_allocator]
        static ALLOCATOR: $crate::service::MiMalloc = $crate::service::MiMalloc;

        fn main() -> std::process::ExitCode {
            $crate::service::main(
                env!("CARGO_BIN_NAME"),
                "json",
                $service::Settings::read,
                async |settings, metrics, shutdown| {
                    Ok($service::build(settings, metrics)
                        .await?
                        .run(shutdown)
                        .await?)
                },
                async |tool: $tool, settings| Ok(tool.run(&settings, &mut std::io::stdout()).await?),
            )
        }
    };
}

/// Does what the command line says: runs the service, asks the one that runs here whether it is ready, or uses one of
/// its tools. An image needs neither a shell nor curl for its health check.
pub fn main<T, S, F, G>(
    name: &'static str,
    log_format: &str,
    read: impl FnOnce(&mut Reader) -> S,
    run: impl FnOnce(S, PrometheusHandle, CancellationToken) -> F,
    tool: impl FnOnce(T, S) -> G,
) -> ExitCode
where
    T: Subcommand,
    F: Future<Output = Result<(), BoxError>>,
    G: Future<Output = Result<(), BoxError>>,
{
    let arguments = Arguments::<T>::command()
        .name(name)
        .version(env!("CARGO_PKG_VERSION"));
    match parse::<Arguments<T>>(arguments, std::env::args_os()) {
        Ok(Arguments { command: None }) => self::run(name, log_format, read, run),
        Ok(Arguments {
            command: Some(Command::Healthcheck),
        }) => ask(name, read),
        Ok(Arguments {
            command: Some(Command::Tool(command)),
        }) => use_tool(read, |settings| tool(command, settings)),
        Err(error) => usage(&error),
    }
}

fn parse<A: FromArgMatches>(
    mut command: clap::Command,
    words: impl IntoIterator<Item = impl Into<std::ffi::OsString> + Clone>,
) -> Result<A, clap::Error> {
    let matches = command.try_get_matches_from_mut(words)?;
    A::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Ends because the command line was not understood, or asked for help, which it shows.
pub fn usage(error: &clap::Error) -> ExitCode {
    // It fails only when the output is closed.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(EX_USAGE),
    }
}

fn ask<S>(name: &str, read: impl FnOnce(&mut Reader) -> S) -> ExitCode {
    let mut env = Reader::from_env();
    // They name the address.
    read(&mut env);
    match healthcheck::ask(&mut env) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            complain(&format!("{name}: {wrong}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs a service until a signal or an error ends it.
///
/// `read` reads its settings, `run` is the whole of its life: it returns when the token is cancelled and
/// everything is drained. Settings that are not valid end the process with code 78 and a list of what is
/// wrong with them.
pub fn run<S, F>(
    name: &'static str,
    log_format: &str,
    read: impl FnOnce(&mut Reader) -> S,
    run: impl FnOnce(S, PrometheusHandle, CancellationToken) -> F,
) -> ExitCode
where
    F: Future<Output = Result<(), BoxError>>,
{
    crate::install_crypto();
    let mut env = Reader::from_env();
    let logs = LogSettings::read(&mut env, log_format);
    let settings = read(&mut env);
    if let Err(problems) = env.finish() {
        complain(&format!("{name}: {problems}"));
        return ExitCode::from(EX_CONFIG);
    }
    telemetry::init_logs(name, &logs);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("{name}: cannot start the runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(async {
        let metrics = telemetry::init_metrics(name)?;
        let shutdown = shutdown::on_signal()?;
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "starting");
        run(settings, metrics, shutdown).await
    });
    // A blocking call of the Kafka client may outlive the drain; it must not outlive the process.
    runtime.shutdown_timeout(Duration::from_secs(2));
    match ended {
        Ok(()) => {
            tracing::info!("stopped");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "ended by an error");
            ExitCode::FAILURE
        }
    }
}

/// Runs a command of a service's program. Its report goes to standard output, and nothing else does.
fn use_tool<S, F>(read: impl FnOnce(&mut Reader) -> S, run: impl FnOnce(S) -> F) -> ExitCode
where
    F: Future<Output = Result<(), BoxError>>,
{
    crate::install_crypto();
    let mut env = Reader::from_env();
    let settings = read(&mut env);
    if let Err(problems) = env.finish() {
        complain(&problems.to_string());
        return ExitCode::from(EX_CONFIG);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&error.to_string());
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(settings)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "nothing is logged before a service starts, nor by a tool"
)]
fn complain(text: &str) {
    eprintln!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse<T: Subcommand>(words: &[&str]) -> Result<Option<Command<T>>, clap::Error> {
        let words = std::iter::once("pinger").chain(words.iter().copied());
        super::parse(Arguments::<T>::command().name("pinger"), words)
            .map(|arguments: Arguments<T>| arguments.command)
    }

    #[test]
    fn every_service_runs_without_a_command_and_can_be_asked() {
        assert!(parse::<NoTool>(&[]).unwrap().is_none());
        let asked = parse::<NoTool>(&["healthcheck"]).unwrap();
        assert!(matches!(asked, Some(Command::Healthcheck)));
    }

    #[test]
    fn an_error_names_what_is_wrong_and_what_there_is() {
        let error = parse::<NoTool>(&["healthchek"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidSubcommand);
        let text = error.to_string();
        assert!(
            text.contains("healthchek") && text.contains("'healthcheck'"),
            "{text}"
        );
        assert!(text.contains("Usage: pinger"), "{text}");
    }
}
