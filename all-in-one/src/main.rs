//! The whole product in one process: the five services' libraries, and a broker in memory unless
//! `KAFKA_BROKERS` names a real one.

mod compose;
mod drain;
mod running;
mod settings;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    shared::service::main("all-in-one", "text", settings::Settings::read, compose::run)
}
