//! The alerter as a process of its own.

shared::service_main!(alerter);
