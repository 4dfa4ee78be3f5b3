//! The processor's program, and its commands.

shared::service_main!(processor, processor::Command);
