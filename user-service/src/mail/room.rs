//! The mail room: sends the mails about accounts.

use std::sync::Arc;

use deadpool_postgres::Pool;

use super::Mailer;
use crate::job_error::JobError;
use crate::metrics as names;
use crate::queue::Queue;
use crate::rules::mail_content::Kind;
use crate::rules::mail_fate::Fate;
use crate::store::mails::{self, DueMail};
use crate::store::users;

/// Sends mails about accounts.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) pool: Pool,
    pub(crate) mailer: Arc<Mailer>,
}

impl Queue for Room {
    type Due = DueMail;
    type Fate = Fate;

    const FAILING: &'static str = "mails wait";
    const AT_A_TIME: usize = 10;

    async fn take_due(&self, most: usize) -> Result<Vec<DueMail>, JobError> {
        let client = self.pool.get().await?;
        let due = mails::take_due(&client, most).await?;
        metrics::gauge!(names::MAILS_PENDING).set(mails::count(&client).await? as f64);
        Ok(due)
    }

    async fn send(&self, mail: &DueMail) -> Fate {
        let content = match mail.open(&self.mailer.keyring) {
            Ok(content) => content,
            Err(error) => return Fate::Refused(format!("it cannot be read: {error}")),
        };
        // Whether there is an account is looked up only here: whoever asked was answered before.
        if content.kind() == Kind::PasswordReset {
            match self.has_account(&mail.recipient).await {
                Ok(true) => {}
                Ok(false) => return Fate::Dropped,
                Err(error) => return Fate::Later(error.to_string()),
            }
        }
        let letter = content.letter(&mail.recipient, &self.mailer.public_url);
        match letter.written(content.locale()) {
            Ok(written) => self.mailer.send(mail.id, &mail.recipient, &written).await,
            Err(error) => Fate::Refused(format!("it cannot be written: {error}")),
        }
    }

    async fn settle(&self, mail: &DueMail, fate: &Fate) -> Result<(), JobError> {
        let mut client = self.pool.get().await?;
        Ok(mails::settle(&mut client, mail, fate).await?)
    }

    fn tell(&self, mail: &DueMail, fate: &Fate) {
        let (id, kind, outcome) = (mail.id, mail.kind.as_str(), fate.as_str());
        match fate.why() {
            None => tracing::debug!(%id, kind, outcome, "mail"),
            Some(why) => tracing::warn!(%id, kind, outcome, why, "a mail was not sent"),
        }
        metrics::counter!(names::MAILS, "kind" => mail.kind.clone(), "outcome" => outcome).increment(1);
    }
}

impl Room {
    async fn has_account(&self, address: &str) -> Result<bool, JobError> {
        let found = users::find_by_email(&self.pool.get().await?, address).await?;
        Ok(found.is_some())
    }
}
