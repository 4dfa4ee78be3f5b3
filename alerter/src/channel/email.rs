//! E-mail by the operator's SMTP server. Messages about one outage form a thread.

use std::time::Duration;

use domain::channel::Recipients;
use futures_util::future::BoxFuture;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use shared::smtp::{MailError, SmtpSettings};

use super::message::{Message, MessageKind};
use super::words::format_time;
use super::{Channel, Form, Receipt, SendError, causes};

/// Sends mails.
#[derive(Clone, Debug)]
pub(crate) struct Mailer {
    settings: SmtpSettings,
    deadline: Duration,
}

/// The recipients of one channel.
pub(crate) struct MailingList {
    mailer: Mailer,
    to: Vec<Mailbox>,
    left_out: Option<String>,
}

impl Mailer {
    /// Each send has `deadline`, which the caller sets.
    pub(crate) fn new(settings: &SmtpSettings, deadline: Duration) -> Self {
        Self {
            settings: settings.clone(),
            deadline,
        }
    }

    /// `None` when the configuration is not valid.
    pub(crate) fn channel(&self, recipients: &Recipients<'_>) -> Option<MailingList> {
        let to = recipients.confirmed.iter().map(|to| to.parse().ok());
        Some(MailingList {
            mailer: self.clone(),
            to: to.collect::<Option<_>>()?,
            left_out: recipients.left_out(),
        })
    }

    /// Who sends the mails.
    pub(super) fn sender(&self) -> &Mailbox {
        &self.settings.from
    }

    /// Sends a mail once; answers what the server said when it took it.
    pub(super) async fn send(&self, mail: &lettre::Message) -> Result<String, SendError> {
        match self.settings.server.send(mail, self.deadline).await {
            Ok(response) => {
                let text: Vec<&str> = response.message().collect();
                let text = super::excerpt(&text.join(" "));
                Ok(format!("{} {text}", response.code()))
            }
            Err(error) if error.concerns_content() => Err(SendError::Content(causes(&error))),
            Err(error) if error.is_permanent() => Err(SendError::Permanent(causes(&error))),
            Err(error @ MailError::Unanswered(_)) => Err(SendError::Unanswered(causes(&error))),
            Err(error) => Err(SendError::temporary(causes(&error))),
        }
    }
}

impl Channel for MailingList {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let mail = mail(message, form, self.mailer.sender(), &self.to)
                .map_err(|error| SendError::Permanent(format!("invalid message: {error}")))?;
            let answer = self.mailer.send(&mail).await?;
            Ok(Receipt(match &self.left_out {
                None => answer,
                Some(left_out) => format!("{answer} ({left_out})"),
            }))
        })
    }
}

fn mail(
    message: &Message,
    form: Form,
    from: &Mailbox,
    to: &[Mailbox],
) -> Result<lettre::Message, lettre::error::Error> {
    let host = from.email.domain();
    let name_of = |delivery: domain::DeliveryId| format!("<{delivery}@{host}>");
    let mut mail = lettre::Message::builder()
        .from(from.clone())
        .subject(message.headline())
        .message_id(Some(name_of(message.id)))
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    for recipient in to {
        mail = mail.to(recipient.clone());
    }
    if message.thread != message.id {
        let first = name_of(message.thread);
        mail = mail.in_reply_to(first.clone()).references(first);
    }
    match form {
        Form::Full => mail.multipart(MultiPart::alternative_plain_html(
            plain(message, form),
            html(message),
        )),
        Form::Short => mail.singlepart(SinglePart::plain(plain(message, form))),
    }
}

/// What stands under the headline, in lines.
fn lines(message: &Message, form: Form) -> Vec<String> {
    let mut lines = message.explanation(form);
    if let Some(details) = &message.details {
        lines.push(format!("URL: {}", details.url));
        let what = match message.kind {
            MessageKind::Degraded
            | MessageKind::Recovered { .. }
            | MessageKind::Ended { degraded: true, .. } => "Degraded",
            _ => "Down",
        };
        lines.push(format!("{what} since: {}", format_time(details.started_at)));
        match message.kind {
            MessageKind::Up { resolved_at, .. } => {
                lines.push(format!("Up since: {}", format_time(resolved_at)));
            }
            MessageKind::Recovered { resolved_at } => {
                lines.push(format!("Recovered at: {}", format_time(resolved_at)));
            }
            MessageKind::Ended { resolved_at, .. } => {
                lines.push(format!("Ended at: {}", format_time(resolved_at)));
            }
            _ => {}
        }
    }
    lines
}

fn plain(message: &Message, form: Form) -> String {
    let link = message
        .link()
        .map(|link| format!("\n\n{link}"))
        .unwrap_or_default();
    format!(
        "{}\n\n{}{link}\n",
        message.headline(),
        lines(message, form).join("\n")
    )
}

fn html(message: &Message) -> String {
    let lines: String = lines(message, Form::Full)
        .iter()
        .map(|line| format!("<p>{}</p>", escape(line)))
        .collect();
    let link = message.link().map(|link| {
        let link = escape(link);
        format!("<p><a href=\"{link}\">{link}</a></p>")
    });
    format!(
        "<!doctype html><html><body><h2>{}</h2>{lines}{}</body></html>",
        escape(&message.headline()),
        link.unwrap_or_default()
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
