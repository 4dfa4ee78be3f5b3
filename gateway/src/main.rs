//! The edge: public API, live updates, dashboard.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    shared::service::main(
        "gateway",
        "json",
        gateway::Settings::read,
        async |settings, metrics, shutdown| {
            gateway::build(settings, metrics)?.run(shutdown).await?;
            Ok(())
        },
    )
}
