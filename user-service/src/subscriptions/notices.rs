//! Sends the mails about updates to subscribers. One recipient each: they do not learn of each other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use deadpool_postgres::Client;
use domain::ReportUpdateId;
use shared::lasting::Lasting;

use super::layout::Prepared;
use crate::app::App;
use crate::mail::queue::{Queue, QueueError};
use crate::metrics as names;
use crate::rules::mail_fate::Fate;
use crate::rules::notice_content::Announcement;
use crate::rules::subscription::SubscriptionLink;
use crate::store::error::StoreError;
use crate::store::notices::{self, DueNotice};
use crate::store::{Scope, status_pages};

/// For how long is remembered what an update says: of the thousands of notices about it, it is read a few times.
const REMEMBERED_FOR: Duration = Duration::from_secs(5);

/// Sends notices.
#[derive(Debug)]
pub(crate) struct Notices {
    app: Arc<App>,
    taking: Lasting,
    remembered: Mutex<HashMap<ReportUpdateId, Remembered>>,
}

/// What an update says, and when it was read; nothing where nobody is told of it any more.
#[derive(Clone, Debug)]
struct Remembered {
    since: Instant,
    announced: Option<Arc<Announced>>,
}

/// A notice, and what it says to whom; nothing when it has nothing to say any more.
#[derive(Debug)]
pub(crate) struct Notice {
    due: DueNotice,
    mail: Option<(String, Arc<Announced>)>,
}

/// An update, and where links about it lead.
#[derive(Debug)]
struct Announced {
    page: domain::StatusPageId,
    prepared: Prepared,
}

impl Notices {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self {
            app,
            taking: Lasting::new("notices to subscribers are not taken by the mail server"),
            remembered: Mutex::default(),
        }
    }

    /// What an update says, as it was a moment ago.
    async fn announced(&self, client: &Client, due: DueNotice) -> Result<Option<Arc<Announced>>, StoreError> {
        let known = {
            let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            remembered.retain(|_, one| one.since.elapsed() < REMEMBERED_FOR);
            remembered.get(&due.update).cloned()
        };
        if let Some(known) = known {
            return Ok(known.announced);
        }
        let announced = self.read(client, due).await?;
        let one = Remembered {
            since: Instant::now(),
            announced: announced.clone(),
        };
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.insert(due.update, one);
        Ok(announced)
    }

    /// What an update says; nothing when it is gone, or its page is not there for visitors.
    async fn read(&self, client: &Client, due: DueNotice) -> Result<Option<Arc<Announced>>, StoreError> {
        let said = notices::said(client, Scope::organisation(due.org_id), due.update).await?;
        let Some(said) = said else { return Ok(None) };
        let Some(page) = status_pages::visible(client, said.page).await? else {
            return Ok(None);
        };
        let Some(page_url) = self.app.status_pages.url_of(&page) else {
            return Ok(None);
        };
        let settings = page.page.settings;
        let announcement = Announcement {
            report: said.report,
            update: due.update,
            page: settings.title,
            page_url,
            locale: settings.locale,
            time_zone: settings.time_zone,
            title: said.title,
            status: said.status,
            message: said.message,
            components: said.components,
            at: said.at,
        };
        Ok(Some(Arc::new(Announced {
            page: said.page,
            prepared: announcement.into(),
        })))
    }
}

impl Queue for Notices {
    type Due = Notice;

    const FAILING: &'static str = "notices to subscribers wait";
    const AT_A_TIME: usize = 16;

    async fn take_due(&self, most: usize) -> Result<Vec<Notice>, QueueError> {
        let client = self.app.jobs.get().await?;
        let taken = notices::take_due(&client, most).await?;
        let subscribers: Vec<_> = taken.iter().map(|due| due.subscriber).collect();
        let mailboxes = notices::mailboxes(&client, &subscribers).await?;
        let mut ready = Vec::with_capacity(taken.len());
        for due in taken {
            let announced = self.announced(&client, due).await?;
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
        let token = SubscriptionLink::that_manages(announced.page, subscriber).token(&self.app.keyring);
        match announced.prepared.written(subscriber, to, &token) {
            Ok(written) => self
                .app
                .mailer
                .send(subscriber.notice(update), to, &written)
                .await
                .or_later(),
            Err(error) => Fate::Refused(format!("it cannot be written: {error}")),
        }
    }

    async fn settle(&self, notice: &Notice, fate: &Fate) -> Result<(), QueueError> {
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
