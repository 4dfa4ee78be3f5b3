//! Settings from environment variables.
//!
//! A variable `X` may also come from the file that `X_FILE` names (for mounted secrets). Every problem is
//! collected, so that an operator sees all of them at once:
//!
//! ```text
//! PORT: must be a number from 1 to 65535, for example 8080
//! JWT_SECRET: is required: signs access tokens, for example 64 hexadecimal digits
//! ```

use std::collections::HashMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;

/// Marks a secret in `.env.example` that has to be replaced.
const PLACEHOLDER: &str = "CHANGE_ME";

/// A variable that a service reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// The value when it is not set; absent for a required or optional variable.
    pub default: Option<String>,
    /// What it does.
    pub meaning: &'static str,
    /// Whether the service refuses to start without it.
    pub required: bool,
}

/// What is wrong with the settings, one line per variable.
#[derive(Debug)]
pub struct InvalidSettings(Vec<String>);

impl fmt::Display for InvalidSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the settings are not valid:")?;
        for problem in &self.0 {
            write!(f, "\n  {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidSettings {}

/// Reads variables, and collects what is wrong with them. A getter whose variable is not valid answers a
/// stand-in; [`Reader::finish`] then fails, so that no stand-in is ever used.
#[derive(Debug, Default)]
pub struct Reader {
    values: HashMap<String, String>,
    problems: Vec<String>,
    variables: Vec<Variable>,
}

impl Reader {
    /// Reads the environment of the process.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn from_env() -> Self {
        Self::from_values(std::env::vars())
    }

    /// Reads the given variables, in tests and where a process composes several services.
    pub fn from_values<K: Into<String>, V: Into<String>>(values: impl IntoIterator<Item = (K, V)>) -> Self {
        let values = values
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Self {
            values,
            ..Self::default()
        }
    }

    /// Gives a variable a value where the environment gives none: a process that composes services knows
    /// better defaults than each of them.
    pub fn preset(&mut self, name: &str, value: &str) {
        let is_set = |name: &str| {
            self.values
                .get(name)
                .is_some_and(|value| !value.trim().is_empty())
        };
        if !is_set(name) && !is_set(&format!("{name}_FILE")) {
            self.values.insert(name.to_owned(), value.to_owned());
        }
    }

    /// A text with a default.
    pub fn text(&mut self, name: &'static str, default: &str, meaning: &'static str) -> String {
        self.declare(name, Some(default.to_owned()), meaning, false);
        self.value(name).unwrap_or_else(|| default.to_owned())
    }

    /// A text that may be absent.
    pub fn optional(&mut self, name: &'static str, meaning: &'static str) -> Option<String> {
        self.declare(name, None, meaning, false);
        let value = self.value(name);
        if value.as_ref().is_some_and(|value| value.contains(PLACEHOLDER)) {
            self.problem(name, "still holds a placeholder; set it, or leave it out");
        }
        value
    }

    /// A text that must be there.
    pub fn required(&mut self, name: &'static str, example: &str, meaning: &'static str) -> String {
        self.declare(name, None, meaning, true);
        let value = self.value(name);
        if value.is_none() {
            self.problem(name, &format!("is required: {meaning}, for example {example}"));
        }
        value.unwrap_or_default()
    }

    /// A secret that must be there, of at least `min_bytes` bytes.
    pub fn secret(
        &mut self,
        name: &'static str,
        min_bytes: usize,
        example: &str,
        meaning: &'static str,
    ) -> SecretString {
        let value = self.required(name, example, meaning);
        if value.contains(PLACEHOLDER) {
            self.problem(name, &format!("still holds a placeholder; set it to {example}"));
        } else if !value.is_empty() && value.len() < min_bytes {
            self.problem(
                name,
                &format!("must have at least {min_bytes} bytes, for example {example}"),
            );
        }
        value.into()
    }

    /// A value with a default, read by `parse`, whose error is a sentence such as "must be …".
    pub fn parsed<T>(
        &mut self,
        name: &'static str,
        default: &str,
        meaning: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.declare(name, Some(default.to_owned()), meaning, false);
        let text = self.value(name).unwrap_or_else(|| default.to_owned());
        match parse(&text) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.problem(name, &format!("{wrong}, for example {default}"));
                None
            }
        }
    }

    /// A number with a default and the range that it must lie in.
    pub fn number<T>(
        &mut self,
        name: &'static str,
        default: T,
        range: RangeInclusive<T>,
        meaning: &'static str,
    ) -> T
    where
        T: FromStr + PartialOrd + fmt::Display + Copy,
    {
        let parse = |text: &str| match text.parse::<T>() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => Err(format!(
                "must be a number from {} to {}",
                range.start(),
                range.end()
            )),
        };
        self.parsed(name, &default.to_string(), meaning, parse)
            .unwrap_or(default)
    }

    /// A duration in milliseconds.
    pub fn millis(
        &mut self,
        name: &'static str,
        default: u64,
        range: RangeInclusive<u64>,
        meaning: &'static str,
    ) -> Duration {
        Duration::from_millis(self.number(name, default, range, meaning))
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &'static str, default: bool, meaning: &'static str) -> bool {
        let parse = |text: &str| {
            text.parse::<bool>()
                .map_err(|_| "must be true or false".to_owned())
        };
        self.parsed(name, &default.to_string(), meaning, parse)
            .unwrap_or(default)
    }

    /// Adds a problem that concerns a variable which was read before.
    pub fn problem(&mut self, name: &str, wrong: &str) {
        self.problems.push(format!("{name}: {wrong}"));
    }

    /// Everything that was asked for, in the order of asking.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Every problem that was found.
    pub fn finish(self) -> Result<(), InvalidSettings> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(InvalidSettings(self.problems))
        }
    }

    fn declare(
        &mut self,
        name: &'static str,
        default: Option<String>,
        meaning: &'static str,
        required: bool,
    ) {
        if self.variables.iter().all(|known| known.name != name) {
            self.variables.push(Variable {
                name,
                default,
                meaning,
                required,
            });
        }
    }

    fn value(&mut self, name: &str) -> Option<String> {
        let direct = self
            .values
            .get(name)
            .map(|value| value.trim().to_owned())
            .filter(|v| !v.is_empty());
        let file_variable = format!("{name}_FILE");
        let file = self
            .values
            .get(&file_variable)
            .filter(|path| !path.is_empty())
            .cloned();
        match (direct, file) {
            (Some(_), Some(_)) => {
                self.problem(name, &format!("is set twice, also by {file_variable}"));
                None
            }
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(content) => Some(content.trim().to_owned()).filter(|v| !v.is_empty()),
                Err(error) => {
                    self.problem(&file_variable, &format!("cannot read {path}: {error}"));
                    None
                }
            },
            (direct, None) => direct,
        }
    }
}

/// Whether a link below this address, such as that of the dashboard, leads to the machine of whoever follows it, and
/// nobody else's.
pub fn leads_to_this_machine(url: &str) -> bool {
    let host = url::Url::parse(url)
        .ok()
        .and_then(|url| url.host().map(|host| host.to_owned()));
    match host {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(url::Host::Ipv6(address)) => address.to_canonical().is_loopback() || address.is_unspecified(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn every_problem_is_listed_at_once() {
        let mut env =
            Reader::from_values([("PORT", "80800"), ("SECRET", "CHANGE_ME_please"), ("ON", "maybe")]);
        env.number("PORT", 8080u16, 1..=65_535, "where to listen");
        env.secret("SECRET", 32, "64 hexadecimal digits", "signs things");
        env.flag("ON", true, "whether");
        env.required("DATABASE_URL", "postgres://u@h/db", "where the data is");
        let error = env.finish().unwrap_err().to_string();
        for part in [
            "PORT: must be a number from 1 to 65535, for example 8080",
            "SECRET: still",
            "ON: must be",
            "DATABASE_URL: is required: where the data is, for example postgres://u@h/db",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_placeholder_is_refused_where_a_secret_may_be_absent_too() {
        let mut env = Reader::from_values([("SMTP_URL", "smtps://uptime:CHANGE_ME@mail.example.com")]);
        env.optional("SMTP_URL", "the mail server");
        env.optional("KAFKA_SASL_PASSWORD", "proves who we are");
        let error = env.finish().unwrap_err().to_string();
        assert!(error.contains("SMTP_URL: still holds a placeholder"), "{error}");
        assert!(!error.contains("KAFKA_SASL_PASSWORD"), "{error}");
    }

    #[test]
    fn a_variable_may_come_from_a_file() {
        let path = std::env::temp_dir().join(format!("settings-{}", std::process::id()));
        std::fs::write(&path, "from-file\n").unwrap();
        let file = path.to_string_lossy().into_owned();
        let mut env = Reader::from_values([("A_FILE", file.as_str())]);
        assert_eq!(env.secret("A", 4, "x", "m").expose_secret(), "from-file");
        assert!(env.finish().is_ok());

        let mut env = Reader::from_values([("A_FILE", file.as_str()), ("A", "both")]);
        env.text("A", "", "m");
        assert!(env.finish().unwrap_err().to_string().contains("set twice"));
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn links_to_this_machine_are_told_apart() {
        for url in [
            "http://localhost:8080",
            "http://status.localhost",
            "http://127.1.2.3",
            "http://0.0.0.0:8080",
            "http://[::1]:8080",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(leads_to_this_machine(url), "{url}");
        }
        for url in [
            "https://status.example.org",
            "http://10.0.0.1:8080",
            "http://uptime",
            "not an address",
        ] {
            assert!(!leads_to_this_machine(url), "{url}");
        }
    }
}
