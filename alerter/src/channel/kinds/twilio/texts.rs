//! Messages for phones: short ones to read, and ones to hear.

use crate::channel::Form;
use crate::channel::fit::{Measure, cut, length};
use crate::channel::kinds::gsm::{Plain, in_alphabet, places, plain, plain_line};
use crate::channel::message::Message;

/// Places in two parts of a text message.
const MAX_PLACES: usize = 2 * 153;

/// The same where one character is not in the alphabet of phones, in UTF-16.
const MAX_UTF16: usize = 2 * 67;

/// What is left of a headline beside the longest link.
const MIN_HEADLINE: usize = 40;

/// The least that is worth a line.
const MIN_EXPLANATION: usize = 12;

/// The longest text that is read out, in XML. Twilio takes 4,000 characters, and it is read out twice.
const MAX_HEARD: usize = 900;

/// The headline, as much of the explanation as fits, and the link as a whole.
pub(super) fn to_read(message: &Message, form: Form) -> String {
    let headline = plain_line(&message.headline());
    let is_in_alphabet = headline.chars().all(|c| places(c).is_some());
    let (limit, measure): (usize, Measure) = match is_in_alphabet {
        true => (MAX_PLACES, places_of),
        false => (MAX_UTF16, utf16_of),
    };
    let link = message.link().unwrap_or_default();
    let room = limit.saturating_sub(length(link, measure) + 1).max(MIN_HEADLINE);
    let headline = cut(&headline, room, measure);
    let room = room.saturating_sub(length(&headline, measure) + 1);
    // What a server said is not worth twice the price.
    let explanation = match form {
        Form::Full if room >= MIN_EXPLANATION => {
            in_alphabet(&plain_line(&message.explanation_within(room, measure).join(" ")))
        }
        _ => String::new(),
    };
    let explanation = cut(&explanation, room, measure);
    let lines = [
        headline.replace('…', "..."),
        explanation.replace('…', "..."),
        link.to_owned(),
    ];
    let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// What is read out, in TwiML, twice: who is woken misses the beginning.
pub(super) fn to_hear(message: &Message, form: Form) -> String {
    let mut text = plain_line(&message.headline());
    if form == Form::Full {
        // Lines are parted by one more character than they are measured with, and what was cut ends with three characters in
        // the place of one.
        let room = MAX_HEARD.saturating_sub(length(&text, escaped_length) + 4 * ". ".len());
        let explanation = message.explanation_within(room, escaped_length);
        text.push_str(". ");
        text.push_str(&plain_line(&explanation.join(". ")));
    }
    // Nobody wants to hear an address.
    let words: Vec<&str> = text
        .split(' ')
        .map(|word| if word.contains("://") { "a link" } else { word })
        .collect();
    let text = words.join(" ");
    let said = escaped(&cut(&text, MAX_HEARD, escaped_length));
    format!(
        "<Response><Say>This is Uptime Monitor. {said}</Say><Pause length=\"1\"/><Say>Once more. {said}</Say></Response>"
    )
}

/// How many places a character takes, or what will stand for it.
fn places_of(c: char) -> usize {
    match plain(c) {
        Plain::Itself(c) => places(c).unwrap_or(1),
        Plain::Text(text) => text.chars().filter_map(places).sum(),
    }
}

fn utf16_of(c: char) -> usize {
    match plain(c) {
        Plain::Itself(c) => c.len_utf16(),
        Plain::Text(text) => text.len(),
    }
}

/// A text in XML.
fn escaped(text: &str) -> String {
    // XML 1.0 has no place for these two.
    text.replace(['\u{fffe}', '\u{ffff}'], "")
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn escaped_length(c: char) -> usize {
    match c {
        '&' => 5,
        '<' | '>' => 4,
        '"' => 6,
        c => c.len_utf16(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::message::{IncidentDetails, MessageKind};
    use domain::{ChannelId, DeliveryId, ErrorCode};
    use serde_json::json;

    const LINK: &str = "https://uptime.example/monitors/1";

    fn down(name: &str, error: &str) -> Message {
        let details: IncidentDetails = serde_json::from_value(json!({
            "monitor_id": 1,
            "incident_id": "7f3c8a52-6a0c-5a1d-9c3e-0d2b6f1a4e55",
            "name": name,
            "url": "https://shop.example/",
            "started_at": "2026-11-28T10:00:00Z",
            "error_code": ErrorCode::StatusMismatch,
            "error": error,
            "link": LINK,
        }))
        .unwrap();
        let id = DeliveryId::new(details.incident_id, ChannelId(1), "down", 0);
        Message {
            id,
            thread: id,
            opening_receipt: None,
            details: Some(details),
            acknowledge: None,
            kind: MessageKind::Down,
        }
    }

    #[test]
    fn a_text_message_has_two_parts_at_most_and_the_link_as_a_whole() {
        for (name, error) in [
            ("Shop", "“x” – …"),
            ("Shop", &*"y [€] ".repeat(2_000)),
            ("Shop", "Привет 😀 ".repeat(200).as_str()),
            ("Ünï [x] ".repeat(40).as_str(), "z"),
        ] {
            let text = to_read(&down(name, error), Form::Full);
            let taken: Option<usize> = text.chars().map(places).sum();
            assert!(
                taken.is_some_and(|taken| taken <= MAX_PLACES),
                "{taken:?}: {text}"
            );
            assert!(
                text.starts_with("Down: ") && text.ends_with(&format!("\n{LINK}")),
                "{text}"
            );
        }
        let text = to_read(&down("Shop", "HTTP status 500, expected 200-399"), Form::Full);
        assert_eq!(text.lines().count(), 3, "{text}");
        let text = to_read(&down("Shop", "x"), Form::Short);
        assert_eq!(text, format!("Down: Shop\n{LINK}"));
    }

    #[test]
    fn what_flaps_is_told_whatever_a_server_said() {
        let mut message = down("Shop", &"y [x] ".repeat(2_000));
        if let Some(details) = &mut message.details {
            details.flapping = Some(domain::flapping::FlappingRule {
                outages: 3,
                within_minutes: 30,
                lasting_minutes: 5,
            });
        }
        let line = "Flapping: 3 outages within 30 min. From now on only outages that last 5 min are announced, until it \
                    settles.";
        for text in [to_read(&message, Form::Full), to_hear(&message, Form::Full)] {
            assert!(text.contains(line), "{text}");
        }
        let taken: Option<usize> = to_read(&message, Form::Full).chars().map(places).sum();
        assert!(taken.is_some_and(|taken| taken <= MAX_PLACES), "{taken:?}");
    }

    #[test]
    fn a_name_in_another_alphabet_is_kept_and_shortens_the_rest() {
        let text = to_read(&down("Магазин 🛒", &"y ".repeat(2_000)), Form::Full);
        assert!(
            text.starts_with("Down: Магазин\n") && text.ends_with(LINK),
            "{text}"
        );
        assert!(
            (MAX_UTF16 - 6..=MAX_UTF16).contains(&text.encode_utf16().count()),
            "{text}"
        );
    }

    #[test]
    fn a_call_says_it_twice_without_addresses_and_markup() {
        let error = format!("<Hangup/> & \"so\" https://evil.example/x {}", "<".repeat(5_000));
        let twiml = to_hear(&down("Shop 😀", &error), Form::Full);
        assert_eq!(twiml.matches("Down: Shop. ").count(), 2, "{twiml}");
        assert!(
            twiml.starts_with("<Response><Say>This is Uptime Monitor. Down: Shop. "),
            "{twiml}"
        );
        assert!(
            twiml.contains("&lt;Hangup/&gt; &amp; &quot;so&quot; a link"),
            "{twiml}"
        );
        assert!(!twiml.contains("://") && twiml.chars().count() < 4_000, "{twiml}");
    }
}
