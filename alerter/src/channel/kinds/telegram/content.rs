//! What a message looks like in Telegram, in its HTML. Telegram counts what is left of a text without the tags.

use serde_json::{Value, json};
use shared::guard::{TargetGuard, Targets};
use url::{Host, Url};

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
        let lines = lines.chain(message.link().map(str::to_owned));
        return plain(&lines.chain(message.acknowledge_line()).collect::<Vec<_>>());
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
    let Some(acknowledge) = message.acknowledge_link() else {
        return formatted(&lines);
    };
    if !takes_button(&acknowledge) {
        lines.push(anchor("Acknowledge", &acknowledge));
        return formatted(&lines);
    }
    let mut content = formatted(&lines);
    // A change of the message that has no buttons removes it.
    content["reply_markup"] = json!({"inline_keyboard": [[{"text": "Acknowledge", "url": acknowledge}]]});
    content
}

/// Whether Telegram takes a button that leads to an address: it refuses the whole message where that is not one of the
/// public internet.
fn takes_button(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    matches!(url.scheme(), "http" | "https")
        && match url.host() {
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                name.contains('.') && !name.ends_with(".localhost")
            }
            Some(Host::Ipv4(address)) => {
                let public = TargetGuard::new(Targets::Public, Vec::new(), Vec::new());
                public.permits(address.into())
            }
            Some(Host::Ipv6(_)) | None => false,
        }
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
    anchor("Details", link)
}

fn anchor(title: &str, link: &str) -> String {
    format!("<a href=\"{}\">{title}</a>", html(link).replace('"', "&quot;"))
}

#[cfg(test)]
mod tests {
    use super::super::super::look::{LONG, hostile};
    use super::*;
    use crate::channel::AcknowledgeUrls;

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
    fn a_button_leads_to_public_addresses_only() {
        for (address, takes) in [
            ("https://uptime.example.org/acknowledge/x", true),
            ("http://uptime.example.org:8080/acknowledge/x", true),
            ("http://93.184.215.14/acknowledge/x", true),
            ("http://localhost:8080/acknowledge/x", false),
            ("http://uptime.localhost/acknowledge/x", false),
            ("http://uptime/acknowledge/x", false),
            ("http://uptime./acknowledge/x", false),
            ("http://127.0.0.1:8080/acknowledge/x", false),
            ("http://192.168.1.5/acknowledge/x", false),
            ("http://10.0.0.1/acknowledge/x", false),
            ("http://[2606:4700::1111]/acknowledge/x", false),
            ("ftp://uptime.example.org/acknowledge/x", false),
            ("/acknowledge/x", false),
        ] {
            assert_eq!(takes_button(address), takes, "{address}");
        }
    }

    #[test]
    fn an_outage_is_acknowledged_by_a_button_or_else_by_a_link() {
        for (public_url, has_button) in [("https://uptime.example", true), ("http://localhost:8080", false)] {
            let mut message = hostile("a");
            let page = format!("{public_url}/acknowledge/AQAB");
            message.acknowledge = Some(AcknowledgeUrls::new(public_url, "AQAB".to_owned()));
            let full = content(&message, Form::Full);
            let button = json!({"inline_keyboard": [[{"text": "Acknowledge", "url": page}]]});
            assert_eq!(full.get("reply_markup"), has_button.then_some(&button));
            let text = full["text"].as_str().unwrap();
            let anchor = format!("\n<a href=\"{page}\">Acknowledge</a>");
            assert_eq!(text.ends_with(&anchor), !has_button, "{text}");
            let short = content(&message, Form::Short);
            assert_eq!(short.get("reply_markup"), None);
            let text = short["text"].as_str().unwrap();
            assert!(text.ends_with(&format!("\nAcknowledge: {page}")), "{text}");
            message.acknowledge = None;
            for form in [Form::Full, Form::Short] {
                let without = content(&message, form).to_string();
                assert!(!without.contains("cknowledge"), "{without}");
            }
        }
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
