//! Errors in words.

use std::error::Error;

/// An error with what caused it, in a line. What an error repeats of its causes is said once.
pub fn causes(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let part = error.to_string();
        if !parts.iter().any(|known| known.contains(&part)) {
            parts.push(part);
        }
        next = error.source();
    }
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Said(&'static str, #[source] Option<Box<Self>>);

    #[test]
    fn each_cause_is_said_once() {
        let cause = Said("refused", Some(Box::new(Said("port 1", None))));
        assert_eq!(
            causes(&Said("no connection", Some(Box::new(cause)))),
            "no connection: refused: port 1"
        );
        let repeated = Said("refused", None);
        assert_eq!(
            causes(&Said("no connection: refused", Some(Box::new(repeated)))),
            "no connection: refused"
        );
    }
}
