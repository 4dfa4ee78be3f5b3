//! A mail that is ready to be sent, and how the mail server takes it.

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use shared::causes;
use shared::smtp::{MailError, SmtpSettings};
use uuid::Uuid;

use super::{Delivery, Mailer};
use crate::queue::{Attempt, SEND_WITHIN};
use crate::rules::mail_fate::Fate;

impl Attempt for Fate {
    fn unknown() -> Self {
        Self::Later("the mail server has not answered".to_owned())
    }

    fn as_str(&self) -> &'static str {
        Self::as_str(self)
    }
}

/// A mail that is ready to be sent: a text, and the same as HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) subject: String,
    /// The part for who reads no HTML.
    pub(crate) text: String,
    pub(crate) html: String,
    /// Where its one button leads.
    pub(crate) link: Option<String>,
    /// The name of the mail that it follows.
    pub(crate) follows: Option<Uuid>,
    /// What a mail program calls so that no more come.
    pub(crate) one_click: Option<String>,
}

/// Why a mail cannot be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum Invalid {
    #[error(transparent)]
    Address(#[from] lettre::address::AddressError),
    #[error(transparent)]
    Mail(#[from] lettre::error::Error),
}

impl Written {
    /// The mail of the name `id` to `to`. One that goes out twice has the same name, by which mail programs show it once.
    pub(super) fn mail(&self, id: Uuid, from: &Mailbox, to: &str) -> Result<lettre::Message, Invalid> {
        let name_of = |id: Uuid| format!("<{id}@{}>", from.email.domain());
        let raw = |name, value: String| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
        let mut mail = lettre::Message::builder()
            .from(from.clone())
            .to(Mailbox::new(None, to.parse()?))
            .subject(self.subject.clone())
            .message_id(Some(name_of(id)))
            .raw_header(raw("Auto-Submitted", "auto-generated".to_owned()));
        if let Some(first) = self.follows {
            mail = mail.in_reply_to(name_of(first)).references(name_of(first));
        }
        if let Some(one_click) = &self.one_click {
            // RFC 8058.
            mail = mail
                .raw_header(raw("List-Unsubscribe", format!("<{one_click}>")))
                .raw_header(raw(
                    "List-Unsubscribe-Post",
                    "List-Unsubscribe=One-Click".to_owned(),
                ));
        }
        let (text, html) = (self.text.clone(), self.html.clone());
        Ok(mail.multipart(MultiPart::alternative_plain_html(text, html))?)
    }
}

impl Mailer {
    /// Sends a mail of the name `id`, once.
    pub(crate) async fn send(&self, id: Uuid, to: &str, written: &Written) -> Fate {
        match &self.delivery {
            Delivery::Nowhere => Fate::Dropped,
            Delivery::Caught(caught) => {
                caught.keep(to, written);
                Fate::Sent
            }
            Delivery::Smtp(smtp) => match written.mail(id, &smtp.from, to) {
                Ok(mail) => deliver(smtp, &mail).await,
                Err(error) => Fate::Refused(format!("it cannot be written: {error}")),
            },
        }
    }
}

async fn deliver(smtp: &SmtpSettings, mail: &lettre::Message) -> Fate {
    match smtp.server.send(mail, SEND_WITHIN).await {
        Ok(_) => Fate::Sent,
        Err(error) => fate_of(&error),
    }
}

fn fate_of(error: &MailError) -> Fate {
    let why = causes(error);
    match error.is_permanent() {
        true if error.concerns_recipient() => Fate::NoRecipient(why),
        true if error.concerns_content() => Fate::Refused(why),
        true => Fate::Denied(why),
        false => Fate::Later(why),
    }
}
