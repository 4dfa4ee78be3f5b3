//! What came of a message that went to several recipients, each in a mail of its own. Pure.

use crate::channel::SendError;

/// To whom a mail was sent, and what came of it.
pub(super) type Sent<'a> = (&'a str, Result<String, SendError>);

/// Why not all recipients have a mail that may yet get one.
#[derive(Debug, PartialEq)]
pub(super) enum Failed {
    /// Nobody has it.
    All(SendError),
    /// Others have theirs; which do not, and why.
    Some(String),
}

/// What came of the mails to `all` recipients, of which those that are not among `sent` have theirs from before. It is
/// repeated as long as somebody may still get one; who never will does not keep the others from having theirs.
pub(super) fn outcome(sent: &[Sent<'_>], all: usize) -> Result<String, Failed> {
    let named = |address: &str, reason: &str| match all {
        1 => reason.to_owned(),
        _ => format!("{}: {reason}", masked(address)),
    };
    let (mut answer, mut refused, mut later) = (None, Vec::new(), Vec::new());
    let mut repeated: Option<SendError> = None;
    for (address, result) in sent {
        let error = match result {
            Ok(taken) => {
                answer.get_or_insert_with(|| taken.clone());
                continue;
            }
            Err(SendError::Permanent(reason) | SendError::Content(reason)) => {
                refused.push(named(address, reason));
                continue;
            }
            Err(SendError::Unanswered(reason) | SendError::Partial(reason)) => {
                SendError::Unanswered(named(address, reason))
            }
            Err(SendError::Temporary { reason, retry_after }) => SendError::Temporary {
                reason: named(address, reason),
                retry_after: *retry_after,
            },
        };
        later.push(error.to_string());
        // The longest pause comes first.
        if repeated.is_none() || matches!(error, SendError::Unanswered(_)) {
            repeated = Some(error);
        }
    }
    if sent.len() < all {
        answer.get_or_insert_with(|| "sent before".to_owned());
    }
    if let Some(error) = repeated {
        return Err(match answer {
            Some(_) => Failed::Some(later.join("; ")),
            None => Failed::All(error),
        });
    }
    let refused = refused.join("; ");
    match answer {
        Some(answer) if refused.is_empty() => Ok(answer),
        Some(answer) => Ok(format!("{answer} (not taken for {refused})")),
        None => Err(Failed::All(SendError::Permanent(refused))),
    }
}

/// An address as those may see it who do not see the channel: `a…@example.org`.
fn masked(address: &str) -> String {
    match (address.chars().next(), address.rsplit_once('@')) {
        (Some(first), Some((_, domain))) => format!("{first}…@{domain}"),
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_never_gets_a_mail_keeps_nothing_from_the_others() {
        let taken = || Ok("250 ok".to_owned());
        let refused = || Err(SendError::Permanent("550 no such user".to_owned()));
        let later = || Err(SendError::temporary("452 full"));
        let unknown = || Err(SendError::Unanswered("no answer".to_owned()));
        let content = || Err(SendError::Content("552 too large".to_owned()));
        let of = |results: Vec<Result<String, SendError>>, all: usize| {
            let addresses = ["a@a.org", "b@b.org", "c@c.org"];
            let sent: Vec<_> = addresses.into_iter().zip(results).collect();
            outcome(&sent, all)
        };
        let all = |sent: Result<String, SendError>| sent.map_err(Failed::All);
        assert_eq!(of(vec![taken()], 1), all(taken()));
        assert_eq!(of(vec![refused()], 1), all(refused()));
        assert_eq!(of(vec![later()], 1), all(later()));
        let noted = "250 ok (not taken for b…@b.org: 550 no such user)";
        assert_eq!(of(vec![taken(), refused()], 2), Ok(noted.to_owned()));
        assert!(matches!(
            of(vec![refused(), refused()], 2),
            Err(Failed::All(SendError::Permanent(_)))
        ));
        assert!(matches!(
            of(vec![later(), unknown()], 2),
            Err(Failed::All(SendError::Unanswered(_)))
        ));
        // Whoever has it is told how the outage ends.
        let some = Failed::Some("b…@b.org: 452 full".to_owned());
        assert_eq!(of(vec![taken(), later(), content()], 3), Err(some));
        let before = Failed::Some("a…@a.org: 452 full".to_owned());
        assert_eq!(of(vec![later()], 2), Err(before));
        assert!(matches!(of(vec![taken(), content()], 2), Ok(noted) if noted.contains("552")));
        // The other one has it from before.
        assert!(of(vec![refused()], 2).is_ok());
        assert!(of(vec![], 2).is_ok());
    }
}
