//! Drives the product from outside, as its users do: real processes, HTTP, a target and a Slack of the
//! test's own.

mod api;
mod cluster;
mod far;
pub mod fuzz;
pub mod logs;
mod outage;
mod process;
mod product;

pub use api::Api;
pub use cluster::Cluster;
pub use far::{FarNetwork, LineFault};
pub use outage::{messages_about, seconds_between};
pub use process::Process;
pub use product::{AllInOne, Stores};

use std::time::Duration;

/// How long a test waits for something that takes seconds on a busy machine, and less than one on a free one.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Secrets for one run, as an operator would set them.
pub fn secrets() -> Vec<(&'static str, String)> {
    vec![
        (
            "JWT_SECRET",
            "e2e-jwt-secret-e2e-jwt-secret-e2e-jwt-secret".to_owned(),
        ),
        (
            "INTERNAL_API_KEY",
            "e2e-internal-key-e2e-internal-key-e2e-internal".to_owned(),
        ),
        (
            "ENCRYPTION_KEYS",
            "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned(),
        ),
    ]
}
