//! The processor as a process of its own, and its tools.

use std::process::ExitCode;

use processor::{Command, Settings};
use shared::service;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match Command::parse(&arguments) {
        Ok(None) => serve(),
        Ok(Some(command)) => service::tool(Settings::read, |settings| async move {
            Ok(command.run(&settings, &mut std::io::stdout()).await?)
        }),
        Err(wrong) => service::usage(&wrong),
    }
}

fn serve() -> ExitCode {
    service::main(
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
