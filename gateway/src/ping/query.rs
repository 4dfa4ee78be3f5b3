//! What the query of a ping says. Pure.

use std::borrow::Cow;

use uuid::Uuid;

use super::answer::Refusal;
use super::route::is_hyphenated;

/// The parameters of a query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Query<'a>(pub(super) &'a str);

impl<'a> Query<'a> {
    /// The last value of a parameter; others are nobody's.
    pub(super) fn get(self, name: &str) -> Option<Cow<'a, str>> {
        let pairs = url::form_urlencoded::parse(self.0.as_bytes());
        pairs
            .filter_map(|(key, value)| (key == name).then_some(value))
            .last()
    }

    /// The run that the ping belongs to, where it names one.
    ///
    /// # Errors
    /// When that is no UUID, in upper or lower case.
    pub(super) fn run_id(self) -> Result<Option<Uuid>, Refusal> {
        let Some(text) = self.get("rid") else {
            return Ok(None);
        };
        let id = is_hyphenated(&text).then(|| Uuid::parse_str(&text).ok());
        id.flatten().map(Some).ok_or(Refusal::RunId)
    }

    /// Whether a heartbeat that is missing is to be made.
    pub(super) fn creates(self) -> bool {
        self.get("create").is_some_and(|value| value == "1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_named_by_a_uuid_with_hyphens() {
        let id = "0D0ca3e4-5b2c-4a5f-9a51-7a1e9d3c8f10";
        let run = |query: &str| Query(query).run_id();
        assert_eq!(run(""), Ok(None));
        assert_eq!(run(&format!("x=1&rid={id}")), Ok(Some(id.parse().unwrap())));
        assert_eq!(run(&format!("rid=1&rid={id}")), Ok(Some(id.parse().unwrap())));
        for wrong in [
            "",
            "1",
            &id.replace('-', ""),
            &format!("{{{id}}}"),
            &format!("{id}0"),
        ] {
            assert_eq!(run(&format!("rid={wrong}")), Err(Refusal::RunId), "{wrong}");
        }
    }

    #[test]
    fn only_one_makes_a_heartbeat() {
        assert!(Query("create=1").creates());
        for not in ["", "create=0", "create=true", "create=", "create=11"] {
            assert!(!Query(not).creates(), "{not}");
        }
    }
}
