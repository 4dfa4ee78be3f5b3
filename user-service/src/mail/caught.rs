//! Mails where no mail server is set and one person tries the product out: kept in memory, and shown under an address that
//! only the log names.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use subtle::ConstantTimeEq as _;

use super::written::Written;

/// Mails that are kept.
const MOST: usize = 100;

/// Below which the mails are shown.
const PREFIX: &str = "/mails/";

/// The latest mails, in memory.
pub struct Caught {
    /// A secret: who reads the mails can take accounts.
    path: String,
    mails: Mutex<VecDeque<CaughtMail>>,
}

/// Mails, and where they are shown, are nothing for a log.
impl fmt::Debug for Caught {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Caught")
    }
}

#[derive(Clone)]
struct CaughtMail {
    to: String,
    subject: String,
    text: String,
    link: Option<String>,
    at: String,
}

#[derive(Template)]
#[template(path = "caught.html")]
struct Page<'a> {
    most: usize,
    mails: &'a [CaughtMail],
}

impl Default for Caught {
    fn default() -> Self {
        let secret = URL_SAFE_NO_PAD.encode(shared::crypto::random::<32>());
        Self {
            path: format!("{PREFIX}{secret}"),
            mails: Mutex::default(),
        }
    }
}

impl Caught {
    /// Under which path user-service shows the mails.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the page is at `path`. Takes the same time wherever the path differs.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        path.as_bytes().ct_eq(self.path.as_bytes()).into()
    }

    pub(super) fn keep(&self, to: &str, mail: &Written) {
        let mail = CaughtMail {
            to: to.to_owned(),
            subject: mail.subject.clone(),
            text: mail.text.clone(),
            link: mail.link.clone(),
            at: DateTime::<Utc>::from(shared::now()).to_rfc3339_opts(SecondsFormat::Secs, true),
        };
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails.truncate(MOST - 1);
        mails.push_front(mail);
    }

    /// The mails as a page.
    pub(crate) fn page(&self) -> Result<String, askama::Error> {
        let mails: Vec<CaughtMail> = {
            let mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
            mails.iter().cloned().collect()
        };
        Page {
            most: MOST,
            mails: &mails,
        }
        .render()
    }
}

#[cfg(test)]
mod tests {
    use domain::status_page::Locale;

    use super::*;
    use crate::rules::mail_content::Content;

    #[test]
    fn the_latest_mails_are_kept() {
        let caught = Caught::default();
        assert!(caught.page().unwrap().contains("There are none yet."));
        for number in 0..=MOST {
            let token = format!("token-{number}-");
            let letter = Content::Verification { token }.letter("<ada>@example.org", "http://localhost:8080");
            caught.keep("<ada>@example.org", &letter.written(Locale::En).unwrap());
        }
        let page = caught.page().unwrap();
        assert_eq!(page.matches("<article>").count(), MOST);
        assert!(
            !page.contains("token-0-") && page.contains(&format!("#token-{MOST}-")),
            "{page}"
        );
        assert!(!page.contains("<ada>"), "{page}");
        assert!(caught.path().len() > PREFIX.len() + 40);
        assert_ne!(caught.path(), Caught::default().path());
    }
}
