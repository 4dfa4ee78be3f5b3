//! How a mail to a subscriber looks: a text, and the same as HTML. What is the same for all of an update's is made once.

use askama::Template;
use domain::{StatusReportId, SubscriberId};
use pages::markdown;

use crate::mail::Written;
use crate::rules::notice_content::{Announcement, NoticeWords};

#[derive(Template)]
#[template(path = "notice.html")]
struct Html<'a> {
    lang: &'static str,
    subject: &'a str,
    words: &'a NoticeWords,
    message: &'a str,
    reason: &'a str,
    manage: &'a str,
    unsubscribe: &'a str,
}

#[derive(Template)]
#[template(path = "notice.txt")]
struct Text<'a> {
    words: &'a NoticeWords,
    message: &'a str,
    reason: &'a str,
    manage: &'a str,
    unsubscribe: &'a str,
}

/// An update in words.
#[derive(Debug)]
pub(crate) struct Prepared {
    announcement: Announcement,
    words: NoticeWords,
    html: String,
    text: String,
}

impl From<Announcement> for Prepared {
    fn from(announcement: Announcement) -> Self {
        Self {
            words: announcement.words(),
            html: markdown::html(&announcement.message),
            text: markdown::plain(&announcement.message),
            announcement,
        }
    }
}

impl Prepared {
    /// The update.
    pub(crate) fn announcement(&self) -> &Announcement {
        &self.announcement
    }

    /// The mail to `to`, whose links hold `token`.
    pub(crate) fn written(
        &self,
        subscriber: SubscriberId,
        to: &str,
        token: &str,
    ) -> Result<Written, askama::Error> {
        let Self {
            announcement,
            words,
            html,
            text,
        } = self;
        let (page, report): (&str, StatusReportId) = (&announcement.page.url, announcement.report);
        let reason = announcement.reason(to);
        let (manage, unsubscribe) = (manage_link(page, token), unsubscribe_link(page, token));
        let text = Text {
            words,
            message: text,
            reason: &reason,
            manage: &manage,
            unsubscribe: &unsubscribe,
        };
        let html = Html {
            lang: words.lang,
            subject: &words.subject,
            words,
            message: html,
            reason: &reason,
            manage: &manage,
            unsubscribe: &unsubscribe,
        };
        Ok(Written {
            subject: words.subject.clone(),
            text: text.render()?,
            html: html.render()?,
            link: Some(words.link.clone()),
            follows: Some(subscriber.thread(report)),
            one_click: Some(unsubscribe),
        })
    }
}

/// Where a subscription is confirmed and changed.
pub(super) fn manage_link(page_url: &str, token: &str) -> String {
    format!("{page_url}/{}?token={token}", pages::address::SUBSCRIPTION)
}

/// Where it is ended; a mail program posts there.
fn unsubscribe_link(page_url: &str, token: &str) -> String {
    format!("{page_url}/{}?token={token}", pages::address::UNSUBSCRIBE)
}

#[cfg(test)]
mod tests {
    use domain::status_page::{Impact, Locale, ReportStatus};
    use uuid::Uuid;

    use super::*;
    use crate::rules::notice_content::fixture;

    fn written(locale: Locale) -> Written {
        let mut announcement = fixture::announcement(locale);
        announcement.page.title = "Acme <b>Status</b>".to_owned();
        announcement.title = "Slow <i>checkouts</i>".to_owned();
        announcement.status = ReportStatus::Investigating;
        announcement.message = "The **disk** is full. <script>alert(1)</script>".to_owned();
        announcement.components.truncate(1);
        announcement.components[0].name = "Shop & Co".to_owned();
        announcement.components[0].impact = Impact::MajorOutage;
        let subscriber = SubscriberId(Uuid::from_u128(7));
        let prepared = Prepared::from(announcement);
        prepared.written(subscriber, "ada@example.org", "t0k-en").unwrap()
    }

    #[test]
    fn both_parts_say_the_same() {
        for (locale, status, impact) in [
            (Locale::En, "Investigating", "Major outage"),
            (Locale::De, "Wird untersucht", "Ausgefallen"),
        ] {
            let Written {
                subject, text, html, ..
            } = written(locale);
            assert_eq!(
                subject,
                format!("[Acme <b>Status</b>] {status}: Slow <i>checkouts</i>")
            );
            for part in [&text, &html] {
                for said in [
                    status,
                    impact,
                    "ada@example.org",
                    "https://pages.example/acme/reports/3",
                    "https://pages.example/acme/subscription?token=t0k-en",
                    "https://pages.example/acme/unsubscribe?token=t0k-en",
                ] {
                    assert!(part.contains(said), "{said} is not in {part}");
                }
                assert!(!part.contains("<script>"), "{part}");
            }
            assert!(text.contains("\n\nThe disk is full. alert(1)\n\n"), "{text}");
            assert!(text.contains("- Shop & Co: "), "{text}");
            assert!(html.contains("The <strong>disk</strong> is full."), "{html}");
            assert!(html.contains("<li>Shop &#38; Co: "), "{html}");
            assert!(!html.contains("<b>") && !html.contains("<i>"), "{html}");
            assert!(
                html.contains(&format!("<html lang=\"{}\">", locale.as_str())),
                "{html}"
            );
        }
    }

    #[test]
    fn a_mail_program_can_unsubscribe_and_put_mails_together() {
        let written = written(Locale::En);
        let unsubscribe = "https://pages.example/acme/unsubscribe?token=t0k-en";
        assert_eq!(written.one_click.as_deref(), Some(unsubscribe));
        let subscriber = SubscriberId(Uuid::from_u128(7));
        assert_eq!(written.follows, Some(subscriber.thread(StatusReportId(3))));
    }
}
