//! The alerter as a process of its own.

use std::process::ExitCode;

use alerter::Settings;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    shared::service::main(
        "alerter",
        "json",
        Settings::read,
        |settings, metrics, shutdown| async move {
            let service = alerter::build(settings, metrics).await?;
            service.run(shutdown).await?;
            Ok(())
        },
    )
}
