//! What destinations of a status page get: the JSON for each kind, in the language of the page. Pure.

use domain::channel::DestinationKind;
use domain::status_page::Locale;
use domain::{DeliveryId, Timestamp};
use pages::{markdown, words};
use serde_json::{Value, json};
use shared::outgoing::teams;

use super::notice_content::{AnnouncedPage, Announcement, NoticeWords, pick};

/// The longest texts that Slack and Teams take of us, in characters: Slack refuses a block that is longer, and Teams a
/// message of 28 KiB.
const MAX_HEADER_CHARS: usize = 150;
const MAX_TEXT_CHARS: usize = 3_000;

/// What a destination is told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Message<'a> {
    /// An update of a report.
    Update(&'a Announcement),
    /// That messages about a page arrive.
    Test(&'a AnnouncedPage),
}

impl Message<'_> {
    /// The body for a kind of destination. `delivery` is the same whenever it is sent again.
    pub(crate) fn body(self, kind: DestinationKind, delivery: DeliveryId, now: Timestamp) -> Value {
        match kind {
            DestinationKind::Webhook => self.webhook(delivery, now),
            DestinationKind::Slack => slack(&self.words()),
            DestinationKind::Teams => teams(&self.words()),
        }
    }

    fn webhook(self, delivery: DeliveryId, now: Timestamp) -> Value {
        let (kind, page) = match self {
            Self::Update(update) => ("status_report.updated", &update.page),
            Self::Test(page) => ("test", page),
        };
        let mut body = json!({
            "id": delivery,
            "type": kind,
            "timestamp": now,
            "data": {"page": {"id": page.id, "title": page.title, "url": page.url}},
        });
        match self {
            Self::Test(page) => body["data"]["text"] = json!(test_text(page)),
            Self::Update(update) => {
                let components = update.components.iter();
                let components = components
                    .map(|one| json!({"id": one.id, "name": one.name, "impact": one.impact}))
                    .collect::<Vec<_>>();
                body["data"]["report"] = json!({
                    "id": update.report,
                    "title": update.title,
                    "started_at": update.started_at,
                    "url": update.link(),
                });
                body["data"]["update"] = json!({
                    "id": update.update,
                    "status": update.status,
                    "message": update.message,
                    "text": markdown::plain(&update.message),
                    "published_at": update.at,
                });
                body["data"]["components"] = json!(components);
            }
        }
        body
    }

    fn words(self) -> Words {
        match self {
            Self::Update(update) => Words::of(update.words(), &markdown::plain(&update.message)),
            Self::Test(page) => {
                let title = words::line(&page.title);
                let text = test_text(page);
                Words {
                    subject: format!("[{title}] {text}"),
                    heading: text,
                    paragraphs: Vec::new(),
                    note: title,
                    link: page.url.clone(),
                    view: pick(page.locale, "View the status page", "Statusseite ansehen"),
                }
            }
        }
    }
}

fn test_text(page: &AnnouncedPage) -> String {
    match page.locale {
        Locale::En => "This is a test: updates of reports come here.".to_owned(),
        Locale::De => "Dies ist ein Test: Hier kommen Neuigkeiten zu Meldungen an.".to_owned(),
    }
}

/// A message for people.
struct Words {
    /// All in a line, where there is not room for more.
    subject: String,
    heading: String,
    paragraphs: Vec<String>,
    /// Which page, and when.
    note: String,
    link: String,
    view: &'static str,
}

impl Words {
    fn of(said: NoticeWords, message: &str) -> Self {
        let components = said.components.iter();
        let mut affected: Vec<String> = components
            .map(|(name, impact)| format!("• {name}: {impact}"))
            .chain(said.more)
            .collect();
        if !affected.is_empty() {
            affected.insert(0, said.affected.to_owned());
        }
        let paragraphs = [message.to_owned(), affected.join("\n")];
        Self {
            subject: said.subject,
            heading: format!("{}: {}", said.status, said.title),
            paragraphs: paragraphs
                .iter()
                .filter(|text| !text.trim().is_empty())
                .map(|text| shortened(text, MAX_TEXT_CHARS))
                .collect(),
            note: format!("{} · {}", said.page, said.at),
            link: said.link,
            view: said.view,
        }
    }
}

/// Blocks of plain text: what people have written formats nothing and mentions nobody.
fn slack(words: &Words) -> Value {
    let plain = |text: &str| json!({"type": "plain_text", "text": text, "emoji": false});
    let mut blocks =
        vec![json!({"type": "header", "text": plain(&shortened(&words.heading, MAX_HEADER_CHARS))})];
    let sections = words.paragraphs.iter();
    blocks.extend(sections.map(|text| json!({"type": "section", "text": plain(text)})));
    let link = format!("<{}|{}>", slack_escaped(&words.link), words.view);
    blocks.push(json!({
        "type": "context",
        "elements": [plain(&words.note), {"type": "mrkdwn", "text": link}],
    }));
    json!({
        "text": slack_escaped(&shortened(&words.subject, MAX_TEXT_CHARS)),
        "blocks": blocks,
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// A text in which Slack finds no link and no mention.
fn slack_escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// An Adaptive Card.
fn teams(words: &Words) -> Value {
    let heading = json!({"weight": "Bolder", "size": "Medium"});
    let mut texts = vec![teams::text(&words.heading, heading)];
    texts.extend(words.paragraphs.iter().map(|text| teams::text(text, json!({}))));
    texts.push(teams::text(
        &words.note,
        json!({"isSubtle": true, "size": "Small"}),
    ));
    teams::card(&words.subject, &texts, [(words.view, words.link.as_str())])
}

/// At most so many characters, with lines kept.
fn shortened(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        None => text.to_owned(),
        Some(_) => text.chars().take(max_chars - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::rules::notice_content::fixture;

    fn body(update: &Announcement, kind: DestinationKind) -> Value {
        let now = Timestamp::from_millis(1_795_255_260_000);
        Message::Update(update).body(kind, DeliveryId(Uuid::from_u128(9)), now)
    }

    #[test]
    fn what_machines_read_keeps_its_form() {
        let update = fixture::announcement(Locale::En);
        let expected = json!({
            "id": "00000000-0000-0000-0000-000000000009",
            "type": "status_report.updated",
            "timestamp": "2026-11-21T10:01:00.000Z",
            "data": {
                "page": {"id": 2, "title": "Acme\r\nStatus", "url": "https://pages.example/acme"},
                "report": {
                    "id": 3,
                    "title": "Slow checkouts",
                    "started_at": "2026-11-21T09:58:20.000Z",
                    "url": "https://pages.example/acme/reports/3",
                },
                "update": {
                    "id": 4,
                    "status": "identified",
                    "message": "The *disk*.",
                    "text": "The disk.",
                    "published_at": "2026-11-21T10:00:00.000Z",
                },
                "components": [
                    {"id": 7, "name": "Shop", "impact": "partial_outage"},
                    {"id": 5, "name": "API", "impact": "operational"},
                ],
            },
        });
        assert_eq!(body(&update, DestinationKind::Webhook), expected);
        let test = Message::Test(&update.page).body(
            DestinationKind::Webhook,
            DeliveryId(Uuid::nil()),
            Timestamp::from_millis(0),
        );
        assert_eq!(test["type"], "test");
        assert!(test["data"].get("report").is_none());
    }

    #[test]
    fn people_read_it_in_the_language_of_the_page() {
        for (locale, heading, shop) in [
            (Locale::En, "Identified: Slow checkouts", "• Shop: Partial outage"),
            (
                Locale::De,
                "Ursache gefunden: Slow checkouts",
                "• Shop: Teilweise ausgefallen",
            ),
        ] {
            let update = fixture::announcement(locale);
            let slack = body(&update, DestinationKind::Slack);
            assert_eq!(slack["blocks"][0]["text"]["text"], heading);
            assert_eq!(slack["blocks"][1]["text"]["text"], "The disk.");
            let teams = body(&update, DestinationKind::Teams);
            let card = &teams["attachments"][0]["content"];
            assert_eq!(card["body"][0]["inlines"][0]["text"], heading);
            assert_eq!(card["actions"][0]["url"], "https://pages.example/acme/reports/3");
            for affected in [&slack["blocks"][2]["text"], &card["body"][2]["inlines"][0]] {
                assert!(affected["text"].as_str().unwrap().contains(shop), "{affected}");
            }
        }
    }

    #[test]
    fn words_of_people_format_nothing_and_are_not_too_long() {
        let mut update = fixture::announcement(Locale::En);
        update.title = "<!channel> *all* & <https://evil.example|here>".repeat(4);
        update.message = "<!here> ä ".repeat(1_000);
        let slack = body(&update, DestinationKind::Slack);
        assert!(!slack["text"].as_str().unwrap().contains('<'));
        let texts: Vec<_> = slack["blocks"].as_array().unwrap().iter().collect();
        for block in &texts[..texts.len() - 1] {
            assert_eq!(block["text"]["type"], "plain_text");
            let chars = block["text"]["text"].as_str().unwrap().chars().count();
            let most = if block["type"] == "header" { 150 } else { 3_000 };
            assert!(chars <= most, "{chars}");
        }
        let teams = body(&update, DestinationKind::Teams).to_string();
        assert!(teams.len() < 28 * 1024, "{}", teams.len());
    }
}
