//! What a message looks like in Slack. Texts of others, such as names, are in blocks of plain text: they are shown as
//! they were typed. Slack counts a text in its encoded form, and refuses the whole message when one is too long.

use domain::Timestamp;
use slack_morphism::prelude::{
    SlackBlock, SlackBlockMarkDownText, SlackBlockPlainText, SlackContextBlock, SlackContextBlockElement,
    SlackHeaderBlock, SlackMessageContent, SlackSectionBlock,
};

use crate::channel::Form;
use crate::channel::fit::{cut, cut_lines, length};
use crate::channel::message::{IncidentDetails, Message, MessageKind};
use crate::channel::words::format_time;

/// The longest text of a section; Slack takes 3,000 characters.
const MAX_SECTION: usize = 2_900;

/// The longest header.
const MAX_HEADER: usize = 150;

/// The longest address of a monitor that is shown.
const MAX_ADDRESS: usize = 1_000;

/// The longest text beside blocks, which notifications show; Slack cuts what is longer than 40,000 characters.
const MAX_TEXT: usize = 3_000;

/// The same without blocks, when Slack has refused more.
const MAX_SHORT_TEXT: usize = 1_000;

/// What is posted: text and blocks, or text alone. Where the incident is acknowledged is a link: a button, also one that
/// has an address, is for apps that answer when it is pressed.
pub(super) fn content(message: &Message, form: Form, acknowledge: Option<&str>) -> SlackMessageContent {
    let limit = match form {
        Form::Full => MAX_TEXT,
        Form::Short => MAX_SHORT_TEXT,
    };
    let content = SlackMessageContent::new().with_text(text(message, limit, acknowledge));
    match form {
        Form::Full => content.with_blocks(blocks(message, acknowledge)),
        Form::Short => content,
    }
}

fn text(message: &Message, limit: usize, acknowledge: Option<&str>) -> String {
    let mut lines = vec![message.headline()];
    let link = message.link();
    let acknowledge = acknowledge.map(|link| format!("Acknowledge: {link}"));
    if message.details.is_some() || link.is_some() {
        let taken = length(&lines[0], encoded_length) + link.map_or(0, |link| length(link, encoded_length));
        let taken = taken
            + acknowledge
                .as_ref()
                .map_or(0, |line| length(line, encoded_length) + 1);
        lines.extend(message.explanation_within(limit.saturating_sub(taken + 2), encoded_length));
    }
    let mut lines = cut_lines(lines, limit, encoded_length);
    lines.extend(link.map(str::to_owned));
    lines.extend(acknowledge);
    escape(&lines.join("\n"))
}

fn blocks(message: &Message, acknowledge: Option<&str>) -> Vec<SlackBlock> {
    let headline = message.headline();
    let mut blocks = match length(&headline, encoded_length) {
        ..=MAX_HEADER => vec![SlackHeaderBlock::new(plain(&headline).into()).into()],
        _ => vec![section(&headline)],
    };
    let explanation = message.explanation_within(MAX_SECTION, encoded_length);
    if !explanation.is_empty() {
        blocks.push(section(&explanation.join("\n")));
    }
    let mut context: Vec<SlackContextBlockElement> = Vec::new();
    if let Some(details) = &message.details {
        context.push(formatted(since(details, &message.kind)).into());
        if !details.url.is_empty() {
            context.push(plain(&cut(&details.url, MAX_ADDRESS, encoded_length)).into());
        }
    }
    if let Some(link) = message.link() {
        let link = format!("<{}|Details>", escape(link));
        context.push(formatted(link).into());
    }
    if let Some(link) = acknowledge {
        let link = format!("<{}|Acknowledge>", escape(link));
        context.push(formatted(link).into());
    }
    if let Some(why) = message.why_link() {
        let link = format!("<{}|Why was I notified?>", escape(&why));
        context.push(formatted(link).into());
    }
    if !context.is_empty() {
        blocks.push(SlackContextBlock::new(context).into());
    }
    blocks
}

fn section(text: &str) -> SlackBlock {
    let text = plain(&cut(text, MAX_SECTION, encoded_length));
    SlackSectionBlock::new().with_text(text.into()).into()
}

/// A text that is shown as it was typed: no formatting, no links, no `:names:` of emoji.
fn plain(text: &str) -> SlackBlockPlainText {
    SlackBlockPlainText::new(escape(text)).with_emoji(false)
}

/// A text of our own in Slack's format, in which Slack finds nothing but what is marked: no links, channels or people.
fn formatted(text: String) -> SlackBlockMarkDownText {
    SlackBlockMarkDownText::new(text).with_verbatim(true)
}

fn since(details: &IncidentDetails, kind: &MessageKind) -> String {
    match kind {
        MessageKind::Up { resolved_at, .. } => format!("Up since {}", shown_time(*resolved_at)),
        MessageKind::Ended { resolved_at, .. } => format!("Ended at {}", shown_time(*resolved_at)),
        MessageKind::Recovered { resolved_at } => format!("Recovered at {}", shown_time(*resolved_at)),
        MessageKind::Seen { resolved_at, .. } => format!("Found at {}", shown_time(*resolved_at)),
        _ => format!("Since {}", shown_time(details.started_at)),
    }
}

/// An instant that Slack shows in the reader's own time zone.
fn shown_time(at: Timestamp) -> String {
    let seconds = at.as_millis().div_euclid(1_000);
    format!(
        "<!date^{seconds}^{{date_short_pretty}} {{time_secs}}|{}>",
        format_time(at)
    )
}

/// Slack's three control characters as entities.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// How long [`escape`] makes a character, in UTF-16 units: Slack counts no more than that.
fn encoded_length(c: char) -> usize {
    match c {
        '&' => "&amp;".len(),
        '<' | '>' => "&lt;".len(),
        c => c.len_utf16(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{DeliveryId, ErrorCode, IncidentId, MonitorId};

    fn message(kind: MessageKind) -> Message {
        let started_at: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let incident_id = IncidentId::new(MonitorId(42), 1, started_at);
        let id = DeliveryId::new(incident_id, domain::ChannelId(1), "down", 0);
        Message {
            id,
            thread: id,
            opening_receipt: None,
            details: Some(IncidentDetails {
                monitor_id: MonitorId(42),
                incident_id,
                name: "Shop <&> Co".into(),
                url: "https://shop.example/?a=1&b=2".into(),
                started_at,
                error_code: Some(ErrorCode::StatusMismatch),
                error: Some("HTTP status 500, expected 200-399".into()),
                link: "http://localhost:8080/monitors/42".into(),
                anomaly: None,
                flapping: None,
                regions: None,
            }),
            acknowledge: None,
            kind,
        }
    }

    #[test]
    fn a_message_about_an_outage_has_its_reason_and_a_link() {
        let content = content(&message(MessageKind::Down), Form::Full, None);
        assert_eq!(
            content.text.as_deref(),
            Some(
                format!(
                    "🔴 Down: Shop &lt;&amp;&gt; Co\n{} (phase: response)\n\
                     HTTP status 500, expected 200-399\nhttp://localhost:8080/monitors/42",
                    ErrorCode::StatusMismatch.sentence()
                )
                .as_str()
            )
        );
        let blocks = serde_json::to_value(content.blocks).unwrap();
        assert_eq!(blocks[0]["text"]["text"], "🔴 Down: Shop &lt;&amp;&gt; Co");
        assert!(
            blocks[2].to_string().contains("Since <!date^1795255200^"),
            "{blocks}"
        );
    }

    #[test]
    fn an_outage_is_acknowledged_by_a_link() {
        let page = "https://uptime.example/acknowledge/AQAB";
        let message = message(MessageKind::Down);
        let linked = content(&message, Form::Full, Some(page));
        let text = linked.text.unwrap();
        assert!(text.ends_with(&format!("\nAcknowledge: {page}")), "{text}");
        let blocks = serde_json::to_value(linked.blocks).unwrap().to_string();
        assert!(blocks.contains(&format!("<{page}|Acknowledge>")), "{blocks}");
        let bare = serde_json::to_value(content(&message, Form::Full, None)).unwrap();
        assert!(!bare.to_string().contains("cknowledge"), "{bare}");
    }

    #[test]
    fn a_recovery_tells_how_long_it_took() {
        let resolved_at = "2026-11-21T10:02:10Z".parse().unwrap();
        let up = |summary, earlier_outages| {
            let kind = MessageKind::Up {
                resolved_at,
                summary,
                earlier_outages,
            };
            content(&message(kind), Form::Full, None).text.unwrap()
        };
        assert!(up(false, 0).starts_with("✅ Up: Shop &lt;&amp;&gt; Co (down for 2 min 10 s)\n"));
        assert!(up(true, 0).contains("Down from 2026-11-21 10:00:00 UTC to 2026-11-21 10:02:10 UTC"));
        assert!(up(true, 2).contains("(3 outages within 2 min 10 s)"));
    }

    fn storm(name: &str) -> Message {
        let one = message(MessageKind::Down);
        let details = IncidentDetails {
            name: name.to_owned(),
            ..one.details.clone().unwrap()
        };
        let incident = crate::channel::GroupedIncident {
            details,
            resolved_at: None,
            degraded: false,
        };
        Message {
            details: None,
            kind: MessageKind::Group {
                kind: domain::alert_event::AlertKind::Down,
                ended_by: None,
                total: 60,
                incidents: vec![incident; 50],
                quiet: None,
                link: "http://localhost:8080/?state=down".to_owned(),
            },
            ..one
        }
    }

    /// Every text of the blocks with its type.
    fn texts(value: &serde_json::Value) -> Vec<(String, String)> {
        let own = match (value["type"].as_str(), value["text"].as_str()) {
            (Some(kind), Some(text)) => Some((kind.to_owned(), text.to_owned())),
            _ => None,
        };
        let below = match value {
            serde_json::Value::Array(all) => all.iter().flat_map(texts).collect(),
            serde_json::Value::Object(fields) => fields.values().flat_map(texts).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        own.into_iter().chain(below).collect()
    }

    #[test]
    fn no_text_is_longer_than_slack_takes_once_it_is_encoded() {
        let page = format!("https://uptime.example/acknowledge/{}", "Az-_".repeat(75));
        for part in ["<", "&", "x", "ü", "🔥"] {
            let name = part.repeat(120);
            let mut single = message(MessageKind::Down);
            if let Some(details) = &mut single.details {
                details.name.clone_from(&name);
                details.error = Some(part.repeat(512));
                details.url = format!("https://a.example/?{}", part.repeat(2_000));
            }
            for message in [single, storm(&name)] {
                let full = content(&message, Form::Full, Some(&page));
                let blocks = serde_json::to_value(full.blocks).unwrap();
                for (_, text) in texts(&blocks) {
                    let limit = if text == blocks[0]["text"]["text"] && blocks[0]["type"] == "header" {
                        150
                    } else {
                        3_000
                    };
                    assert!(text.encode_utf16().count() <= limit, "{part}: {text}");
                }
                let short = content(&message, Form::Short, Some(&page));
                assert!(short.blocks.is_none());
                let (short, full) = (short.text.unwrap(), full.text.unwrap());
                assert!(short.len() < 5_000 && short.len() <= full.len(), "{part}");
                assert!(full.encode_utf16().count() <= 4_000, "{part}");
                assert!(short.starts_with("🔴 Down: ") && short.contains("http://localhost:8080/"));
            }
        }
    }

    #[test]
    fn names_are_shown_as_they_were_typed() {
        let name = "*Shop* _1_ `x` ~y~ :fire: @here #ops";
        let mut single = message(MessageKind::Down);
        if let Some(details) = &mut single.details {
            name.clone_into(&mut details.name);
            details.url = format!("https://a.example/{name}");
            details.error = Some(format!("expected {name}"));
        }
        for message in [single, storm(name)] {
            let blocks = serde_json::to_value(blocks(&message, None)).unwrap();
            let texts = texts(&blocks);
            assert!(texts.iter().any(|(_, text)| text.contains(name)), "{blocks}");
            for (kind, text) in texts {
                assert!(kind == "plain_text" || !text.contains("Shop"), "{text}");
            }
            assert!(!blocks.to_string().contains(r#""emoji":true"#));
        }
    }

    #[test]
    fn nothing_in_a_name_is_a_mention_or_a_link() {
        let name = "<!channel> <@U1> <https://evil.example|Shop>";
        let mut single = message(MessageKind::Down);
        if let Some(details) = &mut single.details {
            name.clone_into(&mut details.name);
        }
        for message in [single, storm(name)] {
            for form in [Form::Full, Form::Short] {
                let content = serde_json::to_value(content(&message, form, None))
                    .unwrap()
                    .to_string();
                for part in ["<!channel", "<@U1", "<https://evil"] {
                    assert!(!content.contains(part), "{content}");
                }
                // Each text in Slack's own format, which is ours, is taken at its word.
                let formatted = content.matches(r#""type":"mrkdwn""#).count();
                assert_eq!(
                    content.matches(r#""verbatim":true"#).count(),
                    formatted,
                    "{content}"
                );
            }
        }
    }
}
