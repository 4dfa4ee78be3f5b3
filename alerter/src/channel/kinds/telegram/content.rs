//! What a message looks like in Telegram, in its HTML. Telegram counts what is left of a text without the tags.

use serde_json::{Value, json};

use super::super::look::{facts, html, parted};
use crate::channel::Form;
use crate::channel::fit::cut;
use crate::channel::message::Message;

/// Telegram takes 4,096 UTF-16 units: what a headline, an explanation and an address may have of it, where those that
/// are parted become twice as long at most.
const MAX_HEADLINE: usize = 400;
const MAX_EXPLANATION: usize = 2_000;
const MAX_SHORT_EXPLANATION: usize = 400;
const MAX_FACT: usize = 1_000;

/// Where Telegram finds names, tags, commands and addresses by itself.
const MARKS: [char; 6] = ['@', '#', '$', '/', '.', ':'];

/// The whole message. What was found is code, in which Telegram looks for nothing, and which is copied by a touch.
pub(super) fn content(message: &Message, form: Form) -> Value {
    let limit = match form {
        Form::Full => MAX_EXPLANATION,
        Form::Short => MAX_SHORT_EXPLANATION,
    };
    let explanation = message.explanation_within(limit, char::len_utf16);
    if form == Form::Short {
        let lines = std::iter::once(shortened_headline(message)).chain(explanation);
        let lines = lines.map(|line| parted(&line, &MARKS));
        return plain(&lines.chain(message.link().map(str::to_owned)).collect::<Vec<_>>());
    }
    let code = |text: &str| format!("<code>{}</code>", html(text));
    let mut lines = vec![headline(message)];
    lines.extend(explanation.iter().map(|line| code(line)));
    for (title, text) in facts(message) {
        lines.push(format!(
            "{title}: {}",
            code(&cut(&text, MAX_FACT, char::len_utf16))
        ));
    }
    lines.extend(message.link().map(details));
    formatted(&lines)
}

/// That something has happened, in reply to a message that says what.
pub(super) fn follow_up(message: &Message) -> Value {
    let lines = std::iter::once(headline(message)).chain(message.link().map(details));
    formatted(&lines.collect::<Vec<_>>())
}

fn formatted(lines: &[String]) -> Value {
    let mut content = plain(lines);
    content["parse_mode"] = json!("HTML");
    content
}

fn plain(lines: &[String]) -> Value {
    json!({"text": lines.join("\n"), "link_preview_options": {"is_disabled": true}})
}

fn headline(message: &Message) -> String {
    format!("<b>{}</b>", html(&parted(&shortened_headline(message), &MARKS)))
}

fn shortened_headline(message: &Message) -> String {
    cut(&message.headline(), MAX_HEADLINE, char::len_utf16).into_owned()
}

fn details(link: &str) -> String {
    format!("<a href=\"{}\">Details</a>", html(link).replace('"', "&quot;"))
}

#[cfg(test)]
mod tests {
    use super::super::super::look::{LONG, hostile};
    use super::*;

    /// What is left of a text without tags and entities.
    fn plain(content: &Value) -> String {
        let text = content["text"].as_str().unwrap();
        if content.get("parse_mode").is_none() {
            return text.to_owned();
        }
        let pieces = text
            .split('<')
            .map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
        pieces
            .collect::<String>()
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    }

    #[test]
    fn whatever_the_texts_are_telegram_takes_the_message() {
        for text in LONG {
            let message = hostile(text);
            for content in [
                content(&message, Form::Full),
                content(&message, Form::Short),
                follow_up(&message),
            ] {
                let length = plain(&content).encode_utf16().count();
                assert!((100..=4_096).contains(&length), "{text}: {length}");
            }
        }
    }
}
