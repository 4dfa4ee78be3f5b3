//! Sends the mails about updates to subscribers. One recipient each: they do not learn of each other.

use std::sync::Arc;

use shared::lasting::Lasting;

use super::announced::Announcements;
use super::layout::Prepared;
use crate::app::App;
use crate::job_error::JobError;
use crate::metrics as names;
use crate::queue::Queue;
use crate::rules::mail_fate::Fate;
use crate::rules::subscription::SubscriptionLink;
use crate::store::notices::{self, DueNotice};

/// Sends notices.
#[derive(Debug)]
pub(crate) struct Notices {
    app: Arc<App>,
    taking: Lasting,
    announcements: Announcements,
}

/// A notice, and what it says to whom; nothing when it has nothing to say any more.
#[derive(Debug)]
pub(crate) struct Notice {
    due: DueNotice,
    mail: Option<(String, Arc<Prepared>)>,
}

impl Notices {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self {
            announcements: Announcements::new(Arc::clone(&app)),
            app,
            taking: Lasting::new("notices to subscribers are not taken by the mail server"),
        }
    }
}

impl Queue for Notices {
    type Due = Notice;
    type Fate = Fate;

    const FAILING: &'static str = "notices to subscribers wait";
    const AT_A_TIME: usize = 16;

    async fn take_due(&self, most: usize) -> Result<Vec<Notice>, JobError> {
        let client = self.app.jobs.get().await?;
        let taken = notices::take_due(&client, most).await?;
        let subscribers: Vec<_> = taken.iter().map(|due| due.subscriber).collect();
        let mailboxes = notices::mailboxes(&client, &subscribers).await?;
        let mut ready = Vec::with_capacity(taken.len());
        for due in taken {
            let announced = self.announcements.of(&client, due.org_id, due.update).await?;
            // One subscriber may have several notices in a row.
            let mailbox = mailboxes.get(&due.subscriber).cloned();
            let mail = mailbox.zip(announced);
            ready.push(Notice { due, mail });
        }
        Ok(ready)
    }

    async fn send(&self, notice: &Notice) -> Fate {
        let DueNotice {
            update, subscriber, ..
        } = notice.due;
        let Some((to, announced)) = &notice.mail else {
            return Fate::Dropped;
        };
        let token = SubscriptionLink::that_manages(announced.announcement().page.id, subscriber)
            .token(&self.app.keyring);
        match announced.written(subscriber, to, &token) {
            Ok(written) => self
                .app
                .mailer
                .send(subscriber.notice(update), to, &written)
                .await
                .or_later(),
            Err(error) => Fate::Refused(format!("it cannot be written: {error}")),
        }
    }

    async fn settle(&self, notice: &Notice, fate: &Fate) -> Result<(), JobError> {
        let client = self.app.jobs.get().await?;
        if notices::settle(&client, &notice.due, fate).await? {
            count("given_up");
        }
        Ok(())
    }

    fn tell(&self, notice: &Notice, fate: &Fate) {
        let (update, outcome) = (notice.due.update.0, fate.as_str());
        tracing::debug!(update, outcome, why = fate.why(), "notice");
        // Thousands may fail together.
        match fate {
            Fate::Later(why) => {
                self.taking.failed(why);
            }
            Fate::Sent => {
                self.taking.ok();
            }
            _ => {}
        }
        count(outcome);
    }
}

fn count(outcome: &'static str) {
    metrics::counter!(names::NOTICES, "outcome" => outcome).increment(1);
}
