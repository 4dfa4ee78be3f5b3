//! The second factor, as its owner has it.

use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use super::Person;
use super::post::PASSWORD;

/// An authenticator app.
pub(crate) struct App(pub(crate) totp_rs::Totp);

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

/// Turns the second factor on; answers the app and the recovery codes.
pub(crate) async fn turn_on(person: &Person<'_>) -> (App, Vec<String>) {
    let enrolment = person
        .post("/me/second-factor", json!({"current_password": PASSWORD}))
        .await
        .expect(200);
    let app = App::of(&enrolment);
    let confirmed = person
        .post("/me/second-factor/confirm", json!({"code": app.code(0)}))
        .await
        .expect(200);
    (app, codes(&confirmed))
}

pub(crate) fn codes(answer: &Value) -> Vec<String> {
    let codes = answer["codes"].as_array().unwrap().iter();
    codes.map(|code| code.as_str().unwrap().to_owned()).collect()
}
