//! The mail room: takes mails that are due and sends them. Several pods may do so at once, each with mails of its own. A
//! mail whose fate is not known, because the pod or the conversation ended, goes out once more.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Pool;
use futures_util::future::join_all;
use shared::causes;
use shared::lasting::Lasting;
use shared::shutdown::CancellationToken;
use shared::smtp::SmtpSettings;

use super::{Caught, Delivery, Mailer};
use crate::metrics as names;
use crate::rules::mail_content::{Kind, Letter};
use crate::store::error::StoreError;
use crate::store::mails::{self, DueMail, Fate};
use crate::store::users;

/// How often mails are looked for without being told of them: those of another pod, and those that are to be tried again.
const PERIOD: Duration = Duration::from_secs(2);

/// How long a mail may take; less than it is lent for.
const SEND_WITHIN: Duration = Duration::from_secs(20);

/// How long the database may take before and after.
const STORE_WITHIN: Duration = Duration::from_secs(10);

/// Sends mails.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) pool: Pool,
    pub(crate) mailer: Arc<Mailer>,
}

/// Why mails were not looked for.
#[derive(Debug, thiserror::Error)]
enum RoomError {
    #[error("no database connection: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("it took too long")]
    Timeout(#[from] tokio::time::error::Elapsed),
}

impl Room {
    /// Sends until `stop`. Mails under way are still sent then.
    pub(crate) async fn run(self, stop: CancellationToken) {
        if !self.mailer.is_set() {
            return;
        }
        let sending = Lasting::new("mails wait");
        loop {
            match self.send_due().await {
                Ok(0) => {
                    sending.ok();
                }
                Ok(_) if !stop.is_cancelled() => continue,
                Ok(_) => {}
                Err(error) => {
                    sending.failed(&error);
                }
            }
            if stop.is_cancelled() {
                return;
            }
            tokio::select! {
                () = self.mailer.wake.notified() => {}
                () = tokio::time::sleep(PERIOD) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Sends some of the mails that are due; answers how many there were.
    async fn send_due(&self) -> Result<usize, RoomError> {
        let taking = async {
            let client = self.pool.get().await?;
            let due = mails::take_due(&client).await?;
            metrics::gauge!(names::MAILS_PENDING).set(mails::count(&client).await? as f64);
            Ok::<_, RoomError>(due)
        };
        let due = tokio::time::timeout(STORE_WITHIN, taking).await??;
        join_all(due.iter().map(|mail| self.dispatch(mail))).await;
        Ok(due.len())
    }

    async fn dispatch(&self, mail: &DueMail) {
        let fate = match tokio::time::timeout(SEND_WITHIN, self.send(mail)).await {
            Ok(fate) => fate,
            Err(_) => Fate::Later("the mail server has not answered".to_owned()),
        };
        // Nothing but the kind: who gets mails is nothing for a log.
        let (id, kind, outcome) = (mail.id, mail.kind.as_str(), fate.as_str());
        match &fate {
            Fate::Sent | Fate::Dropped => tracing::debug!(%id, kind, outcome, "mail"),
            Fate::Later(why) | Fate::Refused(why) => {
                tracing::warn!(%id, kind, outcome, why, "a mail was not sent")
            }
        }
        metrics::counter!(names::MAILS, "kind" => mail.kind.clone(), "outcome" => outcome).increment(1);
        let settled = tokio::time::timeout(STORE_WITHIN, async {
            let mut client = self.pool.get().await?;
            Ok::<_, RoomError>(mails::settle(&mut client, mail, &fate).await?)
        });
        match settled.await.map_err(RoomError::from).flatten() {
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(%id, kind, %error, "what came of a mail is not noted, so that it may go out again")
            }
        }
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
        match &self.mailer.delivery {
            Delivery::Nowhere => Fate::Dropped,
            Delivery::Caught(caught) => keep(caught, &mail.recipient, &letter),
            Delivery::Smtp(smtp) => match letter.mail(mail.id, &smtp.from, &mail.recipient, content.locale())
            {
                Ok(mail) => deliver(smtp, &mail).await,
                Err(error) => Fate::Refused(format!("it cannot be written: {error}")),
            },
        }
    }

    async fn has_account(&self, address: &str) -> Result<bool, RoomError> {
        Ok(users::find_by_email(&self.pool.get().await?, address)
            .await?
            .is_some())
    }
}

fn keep(caught: &Caught, to: &str, letter: &Letter) -> Fate {
    match caught.keep(to, letter) {
        Ok(()) => Fate::Sent,
        Err(error) => Fate::Refused(error.to_string()),
    }
}

async fn deliver(smtp: &SmtpSettings, mail: &lettre::Message) -> Fate {
    match smtp.server.send(mail, SEND_WITHIN).await {
        Ok(_) => Fate::Sent,
        Err(error) if error.is_permanent() => Fate::Refused(causes(&error)),
        Err(error) => Fate::Later(causes(&error)),
    }
}
