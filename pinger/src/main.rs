//! The pinger's program.

shared::service_main!(pinger);
