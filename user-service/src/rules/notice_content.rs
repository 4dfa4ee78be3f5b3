//! What the mails to subscribers of status pages say, in the language of the page. Pure.

use chrono_tz::Tz;
use domain::status_page::{Impact, Locale, ReportStatus};
use domain::text::mailed_name;
use domain::{ComponentId, ReportUpdateId, StatusPageId, StatusReportId, Timestamp};
use pages::words;

use super::mail_content::Letter;

/// Components that a mail lists; of the others it says how many they are.
const MAX_COMPONENTS: usize = 50;

/// An update of a report, as subscribers are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Announcement {
    pub(crate) page: AnnouncedPage,
    pub(crate) report: StatusReportId,
    pub(crate) update: ReportUpdateId,
    pub(crate) title: String,
    /// When the problem began.
    pub(crate) started_at: Timestamp,
    pub(crate) status: ReportStatus,
    /// Markdown.
    pub(crate) message: String,
    /// How badly the components of the report were affected after this update, in the order of the page.
    pub(crate) components: Vec<Affected>,
    pub(crate) at: Timestamp,
}

/// The page of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnnouncedPage {
    pub(crate) id: StatusPageId,
    pub(crate) title: String,
    pub(crate) url: String,
    pub(crate) locale: Locale,
    pub(crate) time_zone: Tz,
}

/// How badly a component is affected, with the name that it had in the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Affected {
    pub(crate) id: ComponentId,
    pub(crate) name: String,
    pub(crate) impact: Impact,
}

/// A mail about an update in words, but for whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoticeWords {
    pub(crate) lang: &'static str,
    pub(crate) subject: String,
    pub(crate) page: String,
    pub(crate) title: String,
    pub(crate) status: &'static str,
    pub(crate) at: String,
    pub(crate) affected: &'static str,
    pub(crate) components: Vec<(String, &'static str)>,
    /// How many more there are.
    pub(crate) more: Option<String>,
    pub(crate) view: &'static str,
    pub(crate) link: String,
    pub(crate) manage: &'static str,
    pub(crate) unsubscribe: &'static str,
}

pub(super) fn pick<T>(locale: Locale, en: T, de: T) -> T {
    match locale {
        Locale::En => en,
        Locale::De => de,
    }
}

impl Announcement {
    /// The update in words.
    pub(crate) fn words(&self) -> NoticeWords {
        let locale = self.page.locale;
        let (page, title) = (words::line(&self.page.title), words::line(&self.title));
        let status = words::status(locale, self.status);
        let listed = self.components.iter().take(MAX_COMPONENTS);
        let listed = listed.map(|one| (words::line(&one.name), words::impact(locale, one.impact)));
        let more = self.components.len().saturating_sub(MAX_COMPONENTS);
        NoticeWords {
            lang: locale.as_str(),
            subject: format!("[{page}] {status}: {title}"),
            status,
            at: words::instant(locale, self.page.time_zone, self.at),
            affected: pick(locale, "Affected components", "Betroffene Komponenten"),
            components: listed.collect(),
            more: (more > 0).then(|| pick(locale, format!("and {more} more"), format!("und {more} weitere"))),
            view: pick(locale, "View the report", "Meldung ansehen"),
            link: self.link(),
            manage: pick(locale, "Manage the subscription", "Abonnement verwalten"),
            unsubscribe: pick(locale, "Unsubscribe", "Abbestellen"),
            page,
            title,
        }
    }

    /// Where the report is read.
    pub(crate) fn link(&self) -> String {
        format!("{}/{}", self.page.url, pages::address::report(self.report))
    }

    /// Why `to` gets the mail.
    pub(crate) fn reason(&self, to: &str) -> String {
        let page = words::line(&self.page.title);
        pick(
            self.page.locale,
            format!("You get this mail because {to} is subscribed to \"{page}\"."),
            format!("Sie erhalten diese E-Mail, weil {to} „{page}“ abonniert hat."),
        )
    }
}

/// The page that somebody has signed up for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignedUpFor<'a> {
    pub(crate) page: &'a str,
    pub(crate) page_url: &'a str,
    pub(crate) locale: Locale,
}

impl SignedUpFor<'_> {
    /// Asks whether `to` wants mails; `link` is where it says so. Anybody can name any address, and the page's title is
    /// anybody's words.
    pub(crate) fn question(&self, to: &str, link: String) -> Letter {
        let page = mailed_name(self.page);
        match self.locale {
            Locale::En => Letter {
                subject: format!("Confirm your subscription to \"{page}\""),
                paragraphs: vec![format!(
                    "Do you want a mail whenever a problem or news of it is reported on \"{page}\"? Then confirm it."
                )],
                button: Some(("Confirm the subscription", link)),
                validity: Some("The link is valid for 7 days."),
                reason: format!(
                    "You get this mail because {to} was entered on {}. If it was not you, ignore it: no more mails come.",
                    self.page_url
                ),
            },
            Locale::De => Letter {
                subject: format!("Bestätigen Sie Ihr Abonnement von „{page}“"),
                paragraphs: vec![format!(
                    "Möchten Sie eine E-Mail, sobald auf „{page}“ eine Störung oder Neues dazu gemeldet wird? Dann bestätigen Sie es."
                )],
                button: Some(("Abonnement bestätigen", link)),
                validity: Some("Der Link gilt 7 Tage."),
                reason: format!(
                    "Sie erhalten diese E-Mail, weil {to} auf {} eingegeben wurde. Wenn Sie das nicht waren, ignorieren Sie sie: Es kommen keine weiteren.",
                    self.page_url
                ),
            },
        }
    }

    /// Says to `to` that it gets mails already; `link` is where that is changed.
    pub(crate) fn known(&self, to: &str, link: String) -> Letter {
        let page = mailed_name(self.page);
        match self.locale {
            Locale::En => Letter {
                subject: format!("You are subscribed to \"{page}\" already"),
                paragraphs: vec!["Nothing was changed. You can choose what you are told of, or unsubscribe.".to_owned()],
                button: Some(("Manage the subscription", link)),
                validity: None,
                reason: format!("You get this mail because {to} was entered on {}.", self.page_url),
            },
            Locale::De => Letter {
                subject: format!("Sie haben „{page}“ bereits abonniert"),
                paragraphs: vec!["Es wurde nichts geändert. Sie können wählen, worüber Sie benachrichtigt werden, oder das Abonnement beenden.".to_owned()],
                button: Some(("Abonnement verwalten", link)),
                validity: None,
                reason: format!("Sie erhalten diese E-Mail, weil {to} auf {} eingegeben wurde.", self.page_url),
            },
        }
    }
}

#[cfg(test)]
pub(crate) mod fixture {
    use super::*;

    /// An update of a report about two components.
    pub(crate) fn announcement(locale: Locale) -> Announcement {
        let affected = |id, name: &str, impact| Affected {
            id: ComponentId(id),
            name: name.to_owned(),
            impact,
        };
        Announcement {
            page: AnnouncedPage {
                id: StatusPageId(2),
                title: "Acme\r\nStatus".to_owned(),
                url: "https://pages.example/acme".to_owned(),
                locale,
                time_zone: Tz::Europe__Berlin,
            },
            report: StatusReportId(3),
            update: ReportUpdateId(4),
            title: "Slow checkouts".to_owned(),
            started_at: Timestamp::from_millis(1_795_255_100_000),
            status: ReportStatus::Identified,
            message: "The *disk*.".to_owned(),
            components: vec![
                affected(7, "Shop", Impact::PartialOutage),
                affected(5, "API", Impact::Operational),
            ],
            at: Timestamp::from_millis(1_795_255_200_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announcement(locale: Locale) -> Announcement {
        super::fixture::announcement(locale)
    }

    #[test]
    fn a_notice_is_in_the_language_of_the_page() {
        let en = announcement(Locale::En).words();
        assert_eq!(en.subject, "[Acme Status] Identified: Slow checkouts");
        assert_eq!(en.at, "21 Nov 2026, 11:00, Europe/Berlin (UTC+01:00)");
        assert_eq!(en.link, "https://pages.example/acme/reports/3");
        assert_eq!(en.components[0], ("Shop".to_owned(), "Partial outage"));
        let de = announcement(Locale::De).words();
        assert_eq!(de.subject, "[Acme Status] Ursache gefunden: Slow checkouts");
        assert_eq!(de.components[1], ("API".to_owned(), "In Betrieb"));
    }

    #[test]
    fn many_components_are_counted() {
        let mut many = announcement(Locale::En);
        many.components = vec![many.components[0].clone(); 53];
        let words = many.words();
        assert_eq!(words.components.len(), 50);
        assert_eq!(words.more.as_deref(), Some("and 3 more"));
    }

    #[test]
    fn a_title_leads_nobody_anywhere_who_has_not_confirmed() {
        for locale in Locale::ALL {
            let page = SignedUpFor {
                page: "Win at https://evil.example/now",
                page_url: "https://pages.example/acme",
                locale,
            };
            for letter in [
                page.question("ada@example.org", "https://pages.example/x".to_owned()),
                page.known("ada@example.org", "https://pages.example/x".to_owned()),
            ] {
                let said = format!("{letter:?}");
                assert!(!said.contains("evil.example"), "{said}");
                assert!(letter.reason.contains("ada@example.org"));
            }
        }
    }
}
