//! The processor as a process of its own, and its tools.

use std::process::ExitCode;

use processor::{Command, Settings};
use shared::settings::Reader;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exit code for a command line that is not understood (`EX_USAGE` of sysexits.h).
const EX_USAGE: u8 = 64;

/// The exit code for settings that are not valid (`EX_CONFIG`).
const EX_CONFIG: u8 = 78;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match Command::parse(&arguments) {
        Ok(None) => serve(),
        Ok(Some(command)) => run(command),
        Err(wrong) => {
            complain(&wrong);
            ExitCode::from(EX_USAGE)
        }
    }
}

fn serve() -> ExitCode {
    shared::service::main(
        "processor",
        "json",
        Settings::read,
        |settings, metrics, shutdown| async {
            let service = processor::build(settings, metrics).await?;
            tracing::info!(url = service.url(), "serving health and metrics");
            Ok(service.run(shutdown).await?)
        },
    )
}

/// Does what was asked. What it finds goes to standard output, and nothing else does.
fn run(command: Command) -> ExitCode {
    shared::install_crypto();
    let mut env = Reader::from_env();
    let settings = Settings::read(&mut env);
    if let Err(problems) = env.finish() {
        complain(&problems);
        return ExitCode::from(EX_CONFIG);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&error);
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(command.run(&settings, &mut std::io::stdout())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the tools do not log")]
fn complain(wrong: &dyn std::fmt::Display) {
    eprintln!("{wrong}");
}
