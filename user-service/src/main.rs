//! user-service as a process of its own, and what an operator runs after a restore.

use std::process::ExitCode;

use shared::service;
use user_service::{Command, Settings};

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
        "user-service",
        "json",
        Settings::read,
        |settings, metrics, shutdown| async move {
            let service = user_service::build(settings, metrics).await?;
            service.run(shutdown).await?;
            Ok(())
        },
    )
}
