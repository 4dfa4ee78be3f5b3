//! The pinger as a process of its own.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    shared::service::main(
        "pinger",
        "json",
        pinger::Settings::read,
        |settings, metrics, shutdown| async move {
            let service = pinger::build(settings, metrics).await?;
            service.run(shutdown).await?;
            Ok(())
        },
    )
}
