//! E-mail by the operator's SMTP server. Messages about one outage form a thread. Each recipient gets a mail of its own,
//! with a link by which it declines further ones, and one that cannot be reached keeps nothing from the others.

use std::sync::Arc;
use std::time::Duration;

use domain::channel::{DeclineTokens, Recipients};
use domain::text::mailed_name;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use shared::causes;
use shared::smtp::{MailError, SmtpSettings};

use super::mail_outcome::{Failed, Sent, outcome};
use super::mailed::Mailed;
use crate::channel::message::{Message, MessageKind};
use crate::channel::words::format_time;
use crate::channel::{Channel, Form, Receipt, SendError};
use crate::links;

/// Mails of one message that are on their way at a time. Servers limit connections.
const AT_A_TIME: usize = 5;

/// How long a message is repeated of which some recipients have their mail and others do not. A server that puts strangers
/// off takes it by then. What comes next, such as the end of the outage, waits as long.
const REPEATED_FOR: Duration = Duration::from_secs(450);

/// What leads to the page that says why.
const WHY: &str = "Why was I notified?";

/// Sends mails.
#[derive(Clone, Debug)]
pub(crate) struct Mailer {
    settings: SmtpSettings,
    public_url: Arc<str>,
    deadline: Duration,
    mailed: Mailed,
}

/// The recipients of one channel.
pub(crate) struct MailingList {
    mailer: Mailer,
    to: Vec<Addressee>,
    left_out: Option<String>,
}

/// A recipient.
struct Addressee {
    address: String,
    mailbox: Mailbox,
    unsubscribing: Option<Unsubscribing>,
}

/// How a recipient declines further messages.
struct Unsubscribing {
    /// What the channel is called.
    channel: String,
    /// The page that asks.
    page: String,
    /// What a mail program calls.
    one_click: String,
}

impl Mailer {
    /// Each send has `deadline`, which the caller sets.
    pub(crate) fn new(settings: &SmtpSettings, public_url: &str, deadline: Duration) -> Self {
        Self {
            settings: settings.clone(),
            public_url: public_url.into(),
            deadline,
            mailed: Mailed::default(),
        }
    }

    /// The recipients of the channel of this name; `None` when the configuration is not valid.
    pub(crate) fn channel(
        &self,
        name: &str,
        recipients: &Recipients<'_>,
        tokens: &DeclineTokens,
    ) -> Option<MailingList> {
        let addressee = |address: &str| {
            Some(Addressee {
                address: address.to_owned(),
                mailbox: address.parse().ok()?,
                unsubscribing: tokens.get(address).map(|token| Unsubscribing {
                    channel: mailed_name(name),
                    page: links::unwanted(&self.public_url, token),
                    one_click: links::one_click(&self.public_url, token),
                }),
            })
        };
        let to = recipients.confirmed.iter().map(|address| addressee(address));
        Some(MailingList {
            mailer: self.clone(),
            to: to.collect::<Option<_>>()?,
            left_out: recipients.left_out(),
        })
    }

    /// Who sends the mails.
    pub(in crate::channel) fn sender(&self) -> &Mailbox {
        &self.settings.from
    }

    /// Sends a mail once; answers what the server said when it took it.
    pub(in crate::channel) async fn send(&self, mail: &lettre::Message) -> Result<String, SendError> {
        match self.settings.server.send(mail, self.deadline).await {
            Ok(response) => {
                let text: Vec<&str> = response.message().collect();
                let text = shared::outgoing::excerpt(&text.join(" "));
                Ok(format!("{} {text}", response.code()))
            }
            Err(error) if error.concerns_content() => Err(SendError::Content(causes(&error))),
            Err(error) if error.is_permanent() => Err(SendError::Permanent(causes(&error))),
            Err(error @ MailError::Unanswered(_)) => Err(SendError::Unanswered(causes(&error))),
            Err(error) => Err(SendError::temporary(causes(&error))),
        }
    }
}

impl MailingList {
    /// Sends to one recipient, and says to which.
    async fn send_to<'a>(&self, to: &'a Addressee, message: &Message, form: Form) -> Sent<'a> {
        let sent = match self.try_send_to(to, message, form).await {
            Err(SendError::Content(_)) if form == Form::Full => {
                self.try_send_to(to, message, Form::Short).await
            }
            sent => sent,
        };
        (&to.address, sent)
    }

    async fn try_send_to(&self, to: &Addressee, message: &Message, form: Form) -> Result<String, SendError> {
        let mail = mail(message, form, self.mailer.sender(), to)
            .map_err(|error| SendError::Permanent(format!("invalid message: {error}")))?;
        let deadline = self.mailer.deadline;
        let sent = match tokio::time::timeout(deadline, self.mailer.send(&mail)).await {
            Ok(sent) => sent,
            Err(_) => Err(SendError::Unanswered(format!(
                "no response within {} ms",
                deadline.as_millis()
            ))),
        };
        let answer = sent.map_err(|error| match error {
            // There is no other form of it.
            SendError::Content(reason) if form == Form::Short => SendError::Permanent(reason),
            error => error,
        })?;
        // At once: whoever waits for all of them may give up.
        if self.to.len() > 1 {
            self.mailer.mailed.add(message.id, &to.address);
        }
        Ok(answer)
    }
}

impl Channel for MailingList {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let mailed = &self.mailer.mailed;
            let mut sends: Vec<BoxFuture<'_, Sent<'_>>> = Vec::with_capacity(self.to.len());
            for to in &self.to {
                if !mailed.has(message.id, &to.address) {
                    sends.push(Box::pin(self.send_to(to, message, form)));
                }
            }
            let sent: Vec<_> = stream::iter(sends).buffer_unordered(AT_A_TIME).collect().await;
            let is_over = || {
                mailed
                    .since(message.id)
                    .is_some_and(|since| since >= REPEATED_FOR)
            };
            let result = match outcome(&sent, self.to.len()) {
                Ok(answer) => Ok(answer),
                Err(Failed::Some(later)) if is_over() => Ok(format!("sent to some (not taken for {later})")),
                Err(Failed::Some(later)) => Err(SendError::Partial(later)),
                Err(Failed::All(error)) => Err(error),
            };
            if matches!(result, Ok(_) | Err(SendError::Permanent(_))) {
                mailed.forget(message.id);
            }
            result.map(|answer| {
                Receipt(match &self.left_out {
                    None => answer,
                    Some(left_out) => format!("{answer} ({left_out})"),
                })
            })
        })
    }

    /// Some at a time, each with a time of its own: who is slow takes it from nobody.
    fn within(&self, exchange: Duration) -> Duration {
        exchange
            * u32::try_from(self.to.len().div_ceil(AT_A_TIME))
                .unwrap_or(1)
                .max(1)
    }
}

fn mail(
    message: &Message,
    form: Form,
    from: &Mailbox,
    to: &Addressee,
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
        ))
        .to(to.mailbox.clone());
    if let Some(unsubscribing) = &to.unsubscribing {
        for (name, value) in unsubscribe_headers(&unsubscribing.one_click) {
            mail = mail.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
        }
    }
    if message.thread != message.id {
        let first = name_of(message.thread);
        mail = mail.in_reply_to(first.clone()).references(first);
    }
    match form {
        Form::Full => mail.multipart(MultiPart::alternative_plain_html(
            plain(message, form, to),
            html(message, to),
        )),
        Form::Short => mail.singlepart(SinglePart::plain(plain(message, form, to))),
    }
}

/// With which mail programs offer to decline further mails, and do so by themselves (RFC 8058).
pub(in crate::channel) fn unsubscribe_headers(one_click: &str) -> [(&'static str, String); 2] {
    [
        ("List-Unsubscribe", format!("<{one_click}>")),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
    ]
}

impl Addressee {
    /// Why it gets the mail, and where it says that it does not want any more.
    fn notice(&self) -> Option<(String, &str)> {
        let Unsubscribing { channel, page, .. } = self.unsubscribing.as_ref()?;
        let why = format!("Sent to {} by the channel \"{channel}\".", self.address);
        Some((why, page))
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
            | MessageKind::Ended { degraded: true, .. } => match details.anomaly {
                Some(_) => "Slower than usual",
                None => "Degraded",
            },
            MessageKind::Unseen | MessageKind::Seen { .. } => "Not heard of",
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
            MessageKind::Ended { resolved_at, .. } | MessageKind::Seen { resolved_at, .. } => {
                lines.push(format!("Ended at: {}", format_time(resolved_at)));
            }
            _ => {}
        }
    }
    lines
}

fn plain(message: &Message, form: Form, to: &Addressee) -> String {
    let link = message
        .link()
        .map(|link| format!("\n\n{link}"))
        .unwrap_or_default();
    let acknowledge = message
        .acknowledge_line()
        .map(|line| format!("\n\n{line}"))
        .unwrap_or_default();
    let why = message
        .why_link()
        .map(|why| format!("\n\n{WHY} {why}"))
        .unwrap_or_default();
    let notice = to
        .notice()
        .map(|(why, page)| format!("\n\n-- \n{why} To get no more of these alerts:\n{page}"))
        .unwrap_or_default();
    format!(
        "{}\n\n{}{link}{acknowledge}{why}{notice}\n",
        message.headline(),
        lines(message, form).join("\n")
    )
}

fn html(message: &Message, to: &Addressee) -> String {
    let lines: String = lines(message, Form::Full)
        .iter()
        .map(|line| format!("<p>{}</p>", escape(line)))
        .collect();
    let link = message.link().map(|link| {
        let link = escape(link);
        format!("<p><a href=\"{link}\">{link}</a></p>")
    });
    let acknowledge = message
        .acknowledge_link()
        .map(|link| format!("<p><a href=\"{}\"><b>Acknowledge</b></a></p>", escape(&link)));
    let why = message
        .why_link()
        .map(|why| format!("<p><small><a href=\"{}\">{WHY}</a></small></p>", escape(&why)));
    let notice = to.notice().map(|(why, page)| {
        let (why, page) = (escape(&why), escape(page));
        format!("<hr><p><small>{why} <a href=\"{page}\">Get no more of these alerts</a></small></p>")
    });
    format!(
        "<!doctype html><html><body><h2>{}</h2>{lines}{}{}{}{}</body></html>",
        escape(&message.headline()),
        link.unwrap_or_default(),
        acknowledge.unwrap_or_default(),
        why.unwrap_or_default(),
        notice.unwrap_or_default()
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
