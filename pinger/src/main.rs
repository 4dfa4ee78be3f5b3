//! The pinger as a process of its own.

shared::service_main!(pinger);
