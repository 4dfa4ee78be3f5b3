//! Mails about accounts. What is to be sent waits in the table `mails`, which it enters in the transaction of what it tells
//! of; `room` sends it. Where no mail server is set, either nothing is sent, or the mails are kept in memory and shown.

mod caught;
mod layout;
mod room;
mod written;

use std::sync::{Arc, Once};

use deadpool_postgres::GenericClient;
use shared::crypto::Keyring;
use shared::http::problem::Problem;
use shared::settings::leads_to_this_machine;
use shared::smtp::SmtpSettings;
use tokio::sync::Notify;
use uuid::Uuid;

pub use caught::Caught;
pub(crate) use room::Room;
pub(crate) use written::Written;

use crate::metrics as names;
use crate::rules::mail_content::Content;
use crate::store::error::StoreError;
use crate::store::mails;

/// What is said where an operation needs a mail.
pub(crate) const NO_SERVER: &str = "no mail server is set (SMTP_URL of user-service)";

/// What becomes of mails.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// There are none.
    Nowhere,
    /// They are kept in memory and shown to who runs the process.
    Caught(Arc<Caught>),
    /// A mail server gets them.
    Smtp(SmtpSettings),
}

/// How mails are sent.
#[derive(Debug)]
pub(crate) struct Mailer {
    pub(crate) delivery: Delivery,
    /// Seals what waits.
    pub(crate) keyring: Keyring,
    /// Base URL of the dashboard, for links.
    pub(crate) public_url: String,
    /// Whether the log was told that somebody needs a mail where there are none.
    pub(crate) missed: Once,
    /// Wakes the mail room.
    pub(crate) wake: Arc<Notify>,
}

impl Mailer {
    /// Whether anything becomes of a mail.
    pub(crate) fn is_set(&self) -> bool {
        !matches!(self.delivery, Delivery::Nowhere)
    }

    /// The mails that are kept in memory instead of being sent.
    pub(crate) fn caught(&self) -> Option<&Caught> {
        match &self.delivery {
            Delivery::Caught(caught) => Some(caught),
            _ => None,
        }
    }

    /// Whether a mail reaches its recipient. Only then something may be demanded for which one has to read a mail.
    pub(crate) fn delivers(&self) -> bool {
        matches!(self.delivery, Delivery::Smtp(_))
    }

    /// Whether mails reach people whom their links do not lead here.
    pub(crate) fn links_lead_nowhere(&self) -> bool {
        self.delivers() && leads_to_this_machine(&self.public_url)
    }

    /// As [`post`](Self::post), of something that is done whether it is told or not: one of too many is left out.
    pub(crate) async fn post_if_room(
        &self,
        tx: &impl GenericClient,
        to: &str,
        content: &Content,
    ) -> Result<(), StoreError> {
        self.insert(tx, to, content, None).await.map(|_| ())
    }

    /// Has a mail sent when the transaction of `tx` commits; [`wake`](Self::wake) says then that it has. Nothing where
    /// there are no mails.
    ///
    /// # Errors
    /// 503 when too many mails wait already.
    pub(crate) async fn post(
        &self,
        tx: &impl GenericClient,
        to: &str,
        content: &Content,
        invitation: Option<Uuid>,
    ) -> Result<(), Problem> {
        match self.insert(tx, to, content, invitation).await? {
            true => Ok(()),
            false => Err(Problem::unavailable("the mail server")),
        }
    }

    /// Whether there is room for it, or nothing to send.
    async fn insert(
        &self,
        tx: &impl GenericClient,
        to: &str,
        content: &Content,
        invitation: Option<Uuid>,
    ) -> Result<bool, StoreError> {
        if !self.is_set() || mails::insert(tx, &self.keyring, to, content, invitation).await? {
            return Ok(true);
        }
        let kind = content.kind().as_str();
        metrics::counter!(names::MAILS, "kind" => kind, "outcome" => "overflow").increment(1);
        tracing::warn!(kind, "too many mails wait, so that no more are taken");
        Ok(false)
    }
}
