//! Posts updates of reports to the destinations of status pages.

use std::collections::HashMap;
use std::sync::Arc;

use domain::DestinationId;
use domain::channel::{DestinationConfig, DestinationKind};
use metrics::counter;

use super::announced::Announcements;
use super::layout::Prepared;
use super::post::post;
use crate::app::App;
use crate::job_error::JobError;
use crate::metrics as names;
use crate::queue::Queue;
use crate::rules::destination_fate::Fate;
use crate::rules::destination_message::Message;
use crate::store::destinations::{self, DestinationRow};
use crate::store::report_deliveries::{self, DueDelivery};

/// Sends to destinations.
#[derive(Debug)]
pub(crate) struct Destinations {
    app: Arc<App>,
    announcements: Announcements,
}

/// A message to a destination.
#[derive(Debug)]
pub(crate) struct Delivery {
    due: DueDelivery,
    kind: DestinationKind,
    what: What,
}

/// What is to be done about a message.
#[derive(Debug)]
enum What {
    Post(DestinationConfig, Arc<Prepared>),
    /// Nothing: there is nobody to tell, or nothing to say any more.
    Drop,
    /// Nothing yet: the configuration cannot be read, which an operator can mend.
    Wait,
}

impl Destinations {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self {
            announcements: Announcements::new(Arc::clone(&app)),
            app,
        }
    }
}

impl Queue for Destinations {
    type Due = Delivery;
    type Fate = Fate;

    const FAILING: &'static str = "messages to destinations of status pages wait";
    const AT_A_TIME: usize = 32;

    async fn take_due(&self, most: usize) -> Result<Vec<Delivery>, JobError> {
        let client = self.app.jobs.get().await?;
        let taken = report_deliveries::take_due(&client, most).await?;
        let ids: Vec<DestinationId> = taken.iter().map(|due| due.destination).collect();
        let rows = destinations::by_ids(&client, &ids).await?;
        let rows: HashMap<DestinationId, DestinationRow> =
            rows.into_iter().map(|row| (row.id, row)).collect();
        let mut ready = Vec::with_capacity(taken.len());
        for due in taken {
            // It was deleted since, and what was taken with it.
            let Some(row) = rows.get(&due.destination) else {
                continue;
            };
            let announced = self.announcements.of(&client, due.org_id, due.update).await?;
            let what = match announced.filter(|_| row.enabled) {
                None => What::Drop,
                Some(announced) => match row.open(&self.app.keyring) {
                    Some(config) => What::Post(config, announced),
                    None => What::Wait,
                },
            };
            ready.push(Delivery {
                due,
                kind: row.kind,
                what,
            });
        }
        Ok(ready)
    }

    async fn send(&self, delivery: &Delivery) -> Fate {
        match &delivery.what {
            What::Drop => Fate::Dropped,
            What::Wait => Fate::Later {
                status: None,
                why: "the configuration cannot be read".to_owned(),
            },
            What::Post(config, announced) => {
                let id = delivery.due.destination.delivery(delivery.due.update);
                let message = Message::Update(announced.announcement());
                post(&self.app.outgoing, config, message, id, shared::now()).await
            }
        }
    }

    async fn settle(&self, delivery: &Delivery, fate: &Fate) -> Result<(), JobError> {
        let client = self.app.jobs.get().await?;
        let settled = report_deliveries::settle(&client, &delivery.due, fate).await?;
        if settled.given_up {
            count(delivery.kind, "given_up");
        }
        if settled.switched_off {
            let destination = delivery.due.destination.0;
            tracing::info!(
                destination,
                "a destination of a status page is gone, and switched off"
            );
        }
        Ok(())
    }

    fn tell(&self, delivery: &Delivery, fate: &Fate) {
        let (update, outcome) = (delivery.due.update.0, fate.as_str());
        tracing::debug!(update, outcome, why = fate.why(), "message to a destination");
        count(delivery.kind, outcome);
    }
}

fn count(kind: DestinationKind, outcome: &'static str) {
    counter!(names::PAGE_DELIVERIES, "kind" => kind.as_str(), "outcome" => outcome).increment(1);
}
