//! The mail with a link to a status page that is for the mailboxes of some domains. Pure.

use domain::status_page::Locale;
use domain::text::mailed_name;

use super::mail_content::Letter;

/// The mail to a visitor of the page at `url`.
pub(super) fn letter(link: &str, title: &str, url: &str, locale: Locale) -> Letter {
    let title = mailed_name(title);
    match locale {
        Locale::En => Letter {
            subject: format!("Your link to \"{title}\""),
            paragraphs: vec![format!(
                "With this link you see the status page \"{title}\" in this browser for 12 hours."
            )],
            button: Some(("Open the status page", link.to_owned())),
            validity: Some("The link is valid for 15 minutes."),
            reason: format!(
                "You get this mail because somebody has named this address on {url}. If it was not you, ignore it: nothing changes."
            ),
        },
        Locale::De => Letter {
            subject: format!("Ihr Link zu „{title}“"),
            paragraphs: vec![format!(
                "Mit diesem Link sehen Sie die Statusseite „{title}“ in diesem Browser zwölf Stunden lang."
            )],
            button: Some(("Statusseite öffnen", link.to_owned())),
            validity: Some("Der Link gilt 15 Minuten."),
            reason: format!(
                "Sie erhalten diese E-Mail, weil jemand diese Adresse auf {url} angegeben hat. Waren Sie es nicht, ist nichts zu tun: es ändert sich nichts."
            ),
        },
    }
}
