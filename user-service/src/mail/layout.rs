//! How mails look: a text, and the same as HTML.

use askama::Template;
use domain::status_page::Locale;

use super::written::Written;
use crate::rules::mail_content::Letter;

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    lang: &'static str,
    otherwise: &'static str,
    subject: &'a str,
    paragraphs: &'a [String],
    button: Option<(&'a str, &'a str)>,
    validity: Option<&'a str>,
    reason: &'a str,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct Text<'a> {
    subject: &'a str,
    paragraphs: &'a [String],
    button: Option<(&'a str, &'a str)>,
    validity: Option<&'a str>,
    reason: &'a str,
}

impl Letter {
    /// The letter, which is in the language of `locale`, as a mail.
    pub(crate) fn written(&self, locale: Locale) -> Result<Written, askama::Error> {
        let Self {
            subject,
            paragraphs,
            button,
            validity,
            reason,
        } = self;
        let link = button.as_ref().map(|(_, link)| link.clone());
        let button = button.as_ref().map(|(label, link)| (*label, link.as_str()));
        let text = Text {
            subject,
            paragraphs,
            button,
            validity: *validity,
            reason,
        };
        let html = Html {
            lang: locale.as_str(),
            otherwise: match locale {
                Locale::En => "If the button does not work, open this address:",
                Locale::De => "Falls die Schaltfläche nicht funktioniert, öffnen Sie diese Adresse:",
            },
            subject,
            paragraphs,
            button,
            validity: *validity,
            reason,
        };
        Ok(Written {
            subject: subject.clone(),
            text: text.render()?,
            html: html.render()?,
            link,
            follows: None,
            one_click: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use api::Role;
    use uuid::Uuid;

    use super::*;
    use crate::rules::mail_content::Content;
    use crate::rules::sla::letter::ReportFigures;

    const TO: &str = "ada@example.org";
    const URL: &str = "https://status.example";

    fn token() -> String {
        "t0k-en".to_owned()
    }

    fn all() -> Vec<(Content, Option<&'static str>)> {
        vec![
            (
                Content::Verification { token: token() },
                Some("/verify-email#t0k-en"),
            ),
            (
                Content::PasswordReset { token: token() },
                Some("/reset-password#t0k-en"),
            ),
            (Content::PasswordChanged, Some("/forgot-password")),
            (
                Content::EmailChange { token: token() },
                Some("/verify-email#t0k-en"),
            ),
            (
                Content::EmailChanged {
                    to: "new@example.org".to_owned(),
                },
                None,
            ),
            (
                Content::Invitation {
                    token: token(),
                    organisation: "Ada & <b>sons</b> https://evil.example".to_owned(),
                    invited_by: "<i>Eve</i>".to_owned(),
                    role: Role::Editor,
                },
                Some("/invitation#t0k-en"),
            ),
            (Content::AddressTaken, Some("/forgot-password")),
            (
                Content::LoginLinked {
                    provider: "Our SSO".to_owned(),
                },
                Some("/account"),
            ),
            (
                Content::LoginUnlinked {
                    provider: "Our SSO".to_owned(),
                },
                Some("/forgot-password"),
            ),
            (Content::SecondFactorOn, Some("/forgot-password")),
            (
                Content::SecondFactorOff { by_operator: false },
                Some("/forgot-password"),
            ),
            (
                Content::SecondFactorOff { by_operator: true },
                Some("/forgot-password"),
            ),
            (Content::RecoveryCodesReplaced, Some("/forgot-password")),
            (Content::RecoveryCodeUsed { left: 9 }, Some("/forgot-password")),
            (Content::SecondFactorGuessed, Some("/forgot-password")),
            (
                Content::SlaReport(ReportFigures {
                    id: 7,
                    name: "Shop <b> https://evil.example".to_owned(),
                    organisation: "Ada & sons".to_owned(),
                    period: "October 2026".to_owned(),
                    target: "99.9".to_owned(),
                    achieved: Some("99.899".to_owned()),
                    met: Some(false),
                    allowed_ms: 2_592_000,
                    used_ms: 2_604_500,
                    left_ms: -12_500,
                    incidents: 2,
                    monitors: 3,
                    monitors_missed: 1,
                }),
                Some("/sla-reports/7"),
            ),
        ]
    }

    #[test]
    fn both_parts_say_the_same() {
        for (content, link) in all() {
            let letter = content.letter(TO, URL);
            let Written { text, html, .. } = letter.written(Locale::En).unwrap();
            for part in [&text, &html] {
                assert!(
                    part.contains(URL) && part.contains(letter.subject.split('"').next().unwrap()),
                    "{part}"
                );
            }
            let buttons = html.matches("display:inline-block").count();
            assert_eq!(buttons, usize::from(link.is_some()), "{html}");
            if let Some(link) = link {
                assert!(text.contains(&format!("\n\n{URL}{link}\n\n")), "{text}");
                // The button, and the link in full below it.
                assert_eq!(
                    html.matches(&format!("href=\"{URL}{link}\"")).count(),
                    2,
                    "{html}"
                );
                assert!(html.contains(&format!(">{URL}{link}</a>")), "{html}");
            }
            assert!(text.contains("\n-- \nYou get this mail because"), "{text}");
            assert!(html.contains("You get this mail because"), "{html}");
            assert!(
                html.contains("<html lang=\"en\">") && html.contains("color-scheme"),
                "{html}"
            );
        }
    }

    #[test]
    fn what_others_write_is_only_text() {
        let (invitation, _) = all().remove(5);
        let letter = invitation.letter(TO, URL);
        let Written { text, html, .. } = letter.written(Locale::En).unwrap();
        assert!(
            !html.contains("<b>") && !html.contains("<i>") && !html.contains("evil.example"),
            "{html}"
        );
        assert!(html.contains("Ada &#38; &#60;b&#62;sons"), "{html}");
        assert!(text.contains("Ada & <b>sons"), "nothing is escaped in a text");
    }

    #[test]
    fn a_mail_has_two_parts_and_one_name() {
        let from = "Uptime <uptime@status.example>".parse().unwrap();
        let id = Uuid::from_u128(7);
        let written = Content::PasswordChanged
            .letter(TO, URL)
            .written(Locale::En)
            .unwrap();
        let mail = written.mail(id, &from, TO).unwrap();
        let mail = String::from_utf8(mail.formatted()).unwrap();
        for line in [
            "Message-ID: <00000000-0000-0000-0000-000000000007@status.example>\r\n",
            "To: ada@example.org\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "Content-Type: text/html; charset=utf-8\r\n",
        ] {
            assert!(mail.contains(line), "{line} is not in {mail}");
        }
        for header in ["List-Unsubscribe", "In-Reply-To", "References"] {
            assert!(!mail.contains(header), "{header} is in {mail}");
        }
        assert!(written.mail(id, &from, "a b").is_err());
        let notice = Written {
            follows: Some(Uuid::from_u128(6)),
            one_click: Some(format!("{URL}/unsubscribe?token=t0k-en")),
            ..written
        };
        let mail = String::from_utf8(notice.mail(id, &from, TO).unwrap().formatted()).unwrap();
        for line in [
            "In-Reply-To: <00000000-0000-0000-0000-000000000006@status.example>\r\n",
            "References: <00000000-0000-0000-0000-000000000006@status.example>\r\n",
            "List-Unsubscribe: <https://status.example/unsubscribe?token=t0k-en>\r\n",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        ] {
            assert!(mail.contains(line), "{line} is not in {mail}");
        }
    }

    #[test]
    fn what_is_stored_of_a_mail_stays() {
        let (content, stored) = (
            Content::Verification { token: token() },
            r#"{"kind":"verification","token":"t0k-en"}"#,
        );
        assert_eq!(serde_json::to_string(&content).unwrap(), stored);
        for (content, _) in all() {
            let stored = serde_json::to_value(&content).unwrap();
            assert_eq!(stored["kind"], content.kind().as_str());
            assert_eq!(serde_json::from_value::<Content>(stored).unwrap(), content);
        }
    }
}
