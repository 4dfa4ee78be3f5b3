//! The processor as a process of its own.

use std::process::ExitCode;

use processor::Settings;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
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
