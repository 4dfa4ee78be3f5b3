//! What every `main` does: settings, logs, metrics, signals, exit code.

use std::process::ExitCode;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;

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

/// Runs a service until a signal or an error ends it.
///
/// `read` reads its settings, `run` is the whole of its life: it returns when the token is cancelled and
/// everything is drained. Settings that are not valid end the process with code 78 and a list of what is
/// wrong with them.
///
/// With the argument `healthcheck` it runs nothing: it asks the service that runs here whether it is ready,
/// and ends with code 0 or 1. An image needs neither a shell nor curl for its health check.
pub fn main<S, F>(
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
    if std::env::args().nth(1).as_deref() == Some("healthcheck") {
        return match healthcheck::ask(&mut env) {
            Ok(()) => ExitCode::SUCCESS,
            Err(wrong) => {
                complain(&format!("{name}: {wrong}"));
                ExitCode::FAILURE
            }
        };
    }
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

/// Does by hand what a service's program offers besides the service. What it finds goes to standard output, and
/// nothing else does.
pub fn tool<S, F>(read: impl FnOnce(&mut Reader) -> S, run: impl FnOnce(S) -> F) -> ExitCode
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

/// Ends because the command line was not understood.
pub fn usage(wrong: &dyn std::fmt::Display) -> ExitCode {
    complain(&wrong.to_string());
    ExitCode::from(EX_USAGE)
}

#[expect(
    clippy::print_stderr,
    reason = "nothing is logged before a service starts, nor by a tool"
)]
fn complain(text: &str) {
    eprintln!("{text}");
}
