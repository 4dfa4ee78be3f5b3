//! The alerter's program.

shared::service_main!(alerter);
