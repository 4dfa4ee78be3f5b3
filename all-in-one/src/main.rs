//! The whole product in one process: the five services' libraries, with a pinger for each region, and a broker with its log in
//! a folder unless `KAFKA_BROKERS` names a real one.

mod compose;
mod drain;
mod pingers;
mod running;
mod settings;

use std::process::ExitCode;

use shared::service::{self, MiMalloc, NoTool};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    service::main(
        "all-in-one",
        "text",
        settings::Settings::read,
        compose::run,
        async |tool: NoTool, _| match tool {},
    )
}
