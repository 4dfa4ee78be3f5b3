//! Codes of a second factor, as an app shows them.

use serde_json::Value;
use totp_rs::{Builder, Secret};

/// An authenticator app.
pub(crate) struct App(totp_rs::Totp);

impl App {
    pub(crate) fn of(enrolment: &Value) -> Self {
        let secret = Secret::try_from_base32(enrolment["secret"].as_str().unwrap()).unwrap();
        Self(Builder::new().with_secret(secret).build_noncompliant())
    }

    /// The code of the time-step so many after the present one.
    pub(crate) fn code(&self, steps: i64) -> String {
        let seconds = shared::now().as_millis() / 1_000 + 30 * steps;
        self.0.generate(seconds.cast_unsigned()).to_string()
    }

    /// Six digits that it does not show.
    pub(crate) fn wrong_code(&self) -> String {
        let shown: Vec<String> = (-2..=3).map(|steps| self.code(steps)).collect();
        let mut codes = (0..).map(|n| format!("{n:06}"));
        codes.find(|code| !shown.contains(code)).unwrap()
    }
}
