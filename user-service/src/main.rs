//! user-service as a process of its own.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    shared::service::main(
        "user-service",
        "json",
        user_service::Settings::read,
        |settings, metrics, shutdown| async move {
            let service = user_service::build(settings, metrics).await?;
            service.run(shutdown).await?;
            Ok(())
        },
    )
}
