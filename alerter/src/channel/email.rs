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
use shared::smtp::{MailError, SmtpSettings};

use super::mailed::Mailed;
use super::message::{Message, MessageKind};
use super::words::format_time;
use super::{Channel, Form, Receipt, SendError, causes};
use crate::links;

/// Mails of one message that are on their way at a time. Servers limit connections.
const AT_A_TIME: usize = 5;

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

/// To whom a mail was sent, and what came of it.
type Sent<'a> = (&'a str, Result<String, SendError>);

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

impl MailingList {
    /// Sends to one recipient, and says to which.
    async fn send_to<'a>(&self, to: &'a Addressee, message: &Message, form: Form) -> Sent<'a> {
        (&to.address, self.try_send_to(to, message, form).await)
    }

    async fn try_send_to(&self, to: &Addressee, message: &Message, form: Form) -> Result<String, SendError> {
        let mail = mail(message, form, self.mailer.sender(), to)
            .map_err(|error| SendError::Permanent(format!("invalid message: {error}")))?;
        let answer = self.mailer.send(&mail).await.map_err(|error| match error {
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
            let result = outcome(&sent, self.to.len());
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
}

/// What came of the mails to `all` recipients, of which those that are not among `sent` have theirs from before. It is
/// repeated as long as somebody may still get one; who never will does not keep the others from having theirs.
fn outcome(sent: &[Sent<'_>], all: usize) -> Result<String, SendError> {
    let named = |address: &str, reason: &str| match all {
        1 => reason.to_owned(),
        _ => format!("{address}: {reason}"),
    };
    let (mut answer, mut refused) = (None, Vec::new());
    let mut repeated: Option<SendError> = None;
    for (address, result) in sent {
        let error = match result {
            Ok(taken) => {
                answer.get_or_insert_with(|| taken.clone());
                continue;
            }
            Err(SendError::Permanent(reason)) => {
                refused.push(named(address, reason));
                continue;
            }
            Err(SendError::Unanswered(reason)) => SendError::Unanswered(named(address, reason)),
            Err(SendError::Temporary { reason, retry_after }) => SendError::Temporary {
                reason: named(address, reason),
                retry_after: *retry_after,
            },
            Err(SendError::Content(reason)) => SendError::Content(named(address, reason)),
        };
        if rank(&error) > repeated.as_ref().map_or(0, rank) {
            repeated = Some(error);
        }
    }
    if let Some(error) = repeated {
        return Err(error);
    }
    let refused = refused.join("; ");
    if sent.len() < all {
        answer.get_or_insert_with(|| "sent before".to_owned());
    }
    match answer {
        Some(answer) if refused.is_empty() => Ok(answer),
        Some(answer) => Ok(format!("{answer} (not taken for {refused})")),
        None => Err(SendError::Permanent(refused)),
    }
}

/// Which error says how to go on, where recipients have several: the longest pause comes first.
fn rank(error: &SendError) -> u8 {
    match error {
        SendError::Unanswered(_) => 3,
        SendError::Temporary { .. } => 2,
        SendError::Content(_) => 1,
        SendError::Permanent(_) => 0,
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
pub(super) fn unsubscribe_headers(one_click: &str) -> [(&'static str, String); 2] {
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

fn plain(message: &Message, form: Form, to: &Addressee) -> String {
    let link = message
        .link()
        .map(|link| format!("\n\n{link}"))
        .unwrap_or_default();
    let notice = to
        .notice()
        .map(|(why, page)| format!("\n\n-- \n{why} To get no more of these alerts:\n{page}"))
        .unwrap_or_default();
    format!(
        "{}\n\n{}{link}{notice}\n",
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
    let notice = to.notice().map(|(why, page)| {
        let (why, page) = (escape(&why), escape(page));
        format!("<hr><p><small>{why} <a href=\"{page}\">Get no more of these alerts</a></small></p>")
    });
    format!(
        "<!doctype html><html><body><h2>{}</h2>{lines}{}{}</body></html>",
        escape(&message.headline()),
        link.unwrap_or_default(),
        notice.unwrap_or_default()
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_never_gets_a_mail_keeps_nothing_from_the_others() {
        let taken = || Ok("250 ok".to_owned());
        let refused = || Err(SendError::Permanent("550 no such user".to_owned()));
        let later = || Err(SendError::temporary("452 full"));
        let unknown = || Err(SendError::Unanswered("no answer".to_owned()));
        let content = || Err(SendError::Content("552 too large".to_owned()));
        let of = |results: Vec<Result<String, SendError>>, all: usize| {
            let addresses = ["a@a.org", "b@b.org", "c@c.org"];
            let sent: Vec<_> = addresses.into_iter().zip(results).collect();
            outcome(&sent, all)
        };
        assert_eq!(of(vec![taken()], 1), taken());
        assert_eq!(of(vec![refused()], 1), refused());
        let noted = "250 ok (not taken for b@b.org: 550 no such user)";
        assert_eq!(of(vec![taken(), refused()], 2), Ok(noted.to_owned()));
        assert!(matches!(
            of(vec![refused(), refused()], 2),
            Err(SendError::Permanent(_))
        ));
        assert!(matches!(
            of(vec![taken(), later(), content()], 3),
            Err(SendError::Temporary { reason, .. }) if reason == "b@b.org: 452 full"
        ));
        assert!(matches!(
            of(vec![later(), unknown()], 2),
            Err(SendError::Unanswered(_))
        ));
        assert!(matches!(
            of(vec![taken(), content()], 2),
            Err(SendError::Content(_))
        ));
        // The other one has it from before.
        assert!(of(vec![refused()], 2).is_ok());
        assert!(of(vec![], 2).is_ok());
    }
}
