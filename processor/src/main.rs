//! The processor as a process of its own, and its tools.

shared::service_main!(processor, processor::Command);
