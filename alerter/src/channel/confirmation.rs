//! The mail that asks an address whether it wants the alerts of an organisation.

use std::time::Duration;

use domain::internal::ConfirmationMail;
use domain::text::mailed_name;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use shared::smtp::SmtpSettings;

use super::SendError;
use super::kinds::email::{Mailer, unsubscribe_headers};
use crate::links;

/// Asks.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    mailer: Mailer,
    public_url: String,
}

impl Asking {
    pub(crate) fn new(settings: &SmtpSettings, public_url: &str, deadline: Duration) -> Self {
        Self {
            mailer: Mailer::new(settings, public_url, deadline),
            public_url: public_url.to_owned(),
        }
    }

    /// Sends a mail once; answers what the server said when it took it. The caller sets the deadline.
    pub(crate) async fn send(&self, asked: &ConfirmationMail) -> Result<String, SendError> {
        let mail = mail(asked, self.mailer.sender(), &self.public_url)
            .map_err(|error| SendError::Permanent(format!("invalid message: {error}")))?;
        self.mailer.send(&mail).await
    }
}

#[derive(Debug, thiserror::Error)]
enum Invalid {
    #[error(transparent)]
    Address(#[from] lettre::address::AddressError),
    #[error(transparent)]
    Mail(#[from] lettre::error::Error),
}

fn mail(asked: &ConfirmationMail, from: &Mailbox, public_url: &str) -> Result<lettre::Message, Invalid> {
    let to: Mailbox = asked.address.parse()?;
    let header =
        |name: &'static str, value: String| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
    // The end of a token differs from question to question.
    let (_, part) = asked.token.split_at(asked.token.len().saturating_sub(16));
    let name = format!("<{}.{part}@{}>", asked.recipient, from.email.domain());
    let mut mail = lettre::Message::builder()
        .from(from.clone())
        .to(to)
        .subject("Confirm your address for alerts")
        .message_id(Some(name))
        .raw_header(header("Auto-Submitted", "auto-generated".to_owned()));
    for (name, value) in unsubscribe_headers(&links::one_click(public_url, &asked.token)) {
        mail = mail.raw_header(header(name, value));
    }
    Ok(mail.singlepart(SinglePart::plain(text(asked, public_url)))?)
}

fn text(asked: &ConfirmationMail, public_url: &str) -> String {
    format!(
        "The organisation \"{}\" on {public_url} wants to send alerts to {}: when one of its monitors goes down, and \
         when it is back up.\n\n\
         To get them, open this page and confirm:\n\n{}\n\n\
         If you do not want them, say so here, and nothing more is sent:\n\n{}\n\n\
         If you do nothing, no alerts are sent. The links are valid for 7 days.\n",
        mailed_name(&asked.organisation),
        asked.address,
        links::recipient(public_url, &asked.token),
        links::unwanted(public_url, &asked.token),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{EmailRecipientId, OrgId};

    #[test]
    fn a_mail_has_both_links_and_one_for_mail_programs() {
        let asked = ConfirmationMail {
            org_id: OrgId(7),
            recipient: EmailRecipientId::new(OrgId(7), "ops@example.org"),
            address: "ops@example.org".to_owned(),
            organisation: "Ada's organisation".to_owned(),
            token: "AQAB".repeat(60),
        };
        let text = text(&asked, "https://status.example");
        for link in [
            format!("\n\nhttps://status.example/recipients/{}\n\n", asked.token),
            format!(
                "\n\nhttps://status.example/recipients/{}?decline=true\n\n",
                asked.token
            ),
        ] {
            assert!(text.contains(&link), "{text}");
        }
        let from = "Uptime <uptime@status.example>".parse().unwrap();
        let mail = mail(&asked, &from, "https://status.example").unwrap();
        let mail = String::from_utf8(mail.formatted()).unwrap().replace("\r\n ", " ");
        let header = format!(
            "List-Unsubscribe: <https://status.example/api/v1/recipients/{}/decline>\r\n",
            asked.token
        );
        assert!(mail.contains(&header), "{mail}");
        assert!(mail.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
        assert!(mail.contains("\r\nTo: ops@example.org\r\n"));
    }

    #[test]
    fn what_is_no_address_is_an_error() {
        let asked = ConfirmationMail {
            org_id: OrgId(7),
            recipient: EmailRecipientId::new(OrgId(7), "x"),
            address: "a b".to_owned(),
            organisation: String::new(),
            token: String::new(),
        };
        let from = "uptime@status.example".parse().unwrap();
        assert!(mail(&asked, &from, "https://status.example").is_err());
    }
}
