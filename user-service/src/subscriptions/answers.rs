//! Sends the mails that answer sign-ups: the question whether mails are wanted, or that they come already.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Client;

use super::layout::manage_link;
use crate::app::App;
use crate::confirmation_limits::Asker;
use crate::job_error::JobError;
use crate::limited::is_counting;
use crate::metrics as names;
use crate::queue::Queue;
use crate::rules::mail_fate::Fate;
use crate::rules::notice_content::SignedUpFor;
use crate::rules::subscription::SubscriptionLink;
use crate::store::error::StoreError;
use crate::store::subscriber_answers::{self, DueAnswer};
use crate::store::{Scope, organisations, status_pages};
use crate::subscription_limits::count_answer;

/// When a mail comes again that could not be counted.
const UNCOUNTED_PAUSE: Duration = Duration::from_secs(10);

/// Sends the mails that answer sign-ups.
#[derive(Debug)]
pub(crate) struct Answers(pub(crate) Arc<App>);

impl Queue for Answers {
    type Due = DueAnswer;
    type Fate = Fate;

    const FAILING: &'static str = "mails that answer sign-ups wait";
    const AT_A_TIME: usize = 8;

    async fn take_due(&self, most: usize) -> Result<Vec<DueAnswer>, JobError> {
        // Without it nothing can be counted, and what is taken would have to wait.
        if !is_counting(&self.0).await {
            return Ok(Vec::new());
        }
        let client = self.0.jobs.get().await?;
        let mut taken = Vec::new();
        for due in subscriber_answers::take_due(&client, most).await? {
            if due.counted || self.is_allowed(&client, &due).await? {
                taken.push(due);
            }
        }
        Ok(taken)
    }

    async fn send(&self, due: &DueAnswer) -> Fate {
        let app = &self.0;
        let page =
            async { Ok::<_, JobError>(status_pages::visible(&app.jobs.get().await?, due.page).await?) };
        let page = match page.await {
            Ok(Some(page)) => page,
            Ok(None) => return Fate::Dropped,
            Err(error) => return Fate::Later(error.to_string()),
        };
        let Some(page_url) = app.status_pages.url_of(&page) else {
            return Fate::Dropped;
        };
        let locale = page.page.settings.locale;
        let signed_up_for = SignedUpFor {
            page: &page.page.settings.title,
            page_url: &page_url,
            locale,
        };
        let link = match due.is_confirmed {
            true => SubscriptionLink::that_manages(due.page, due.subscriber),
            false => SubscriptionLink::that_asks(due.page, due.subscriber, due.asked_at),
        };
        let link = manage_link(&page_url, &link.token(&app.keyring));
        let letter = match due.is_confirmed {
            true => signed_up_for.known(&due.mailbox, link),
            false => signed_up_for.question(&due.mailbox, link),
        };
        match letter.written(locale) {
            Ok(written) => {
                let id = due.subscriber.answer(due.asked_at);
                app.mailer.send(id, &due.mailbox, &written).await.or_later()
            }
            Err(error) => Fate::Refused(format!("it cannot be written: {error}")),
        }
    }

    async fn settle(&self, due: &DueAnswer, fate: &Fate) -> Result<(), JobError> {
        Ok(subscriber_answers::settle(&self.0.jobs.get().await?, due, fate).await?)
    }

    fn tell(&self, due: &DueAnswer, fate: &Fate) {
        let (subscriber, outcome) = (due.subscriber, fate.as_str());
        match fate.why() {
            None => tracing::debug!(%subscriber, outcome, "mail that answers a sign-up"),
            Some(why) => {
                tracing::warn!(%subscriber, outcome, why, "a mail that answers a sign-up was not sent")
            }
        }
        count(outcome);
    }
}

impl Answers {
    /// Counts a mail; one that is too many, or cannot be counted, is put off.
    async fn is_allowed(&self, client: &Client, due: &DueAnswer) -> Result<bool, StoreError> {
        let Some(org) = organisations::find(client, Scope::organisation(due.org_id)).await? else {
            return Ok(false);
        };
        let asker = Asker::new(due.org_id, org.created_at, shared::now());
        match count_answer(&self.0, asker, due.page, &due.mailbox).await {
            Ok(None) => {
                subscriber_answers::set_counted(client, due).await?;
                return Ok(true);
            }
            Ok(Some(wait)) => {
                count("limited");
                subscriber_answers::put_off(client, due, wait).await?;
            }
            Err(error) => {
                tracing::warn!(%error, "mails that answer sign-ups cannot be counted");
                subscriber_answers::put_off(client, due, UNCOUNTED_PAUSE).await?;
            }
        }
        Ok(false)
    }
}

fn count(outcome: &'static str) {
    metrics::counter!(names::SIGN_UP_MAILS, "outcome" => outcome).increment(1);
}
