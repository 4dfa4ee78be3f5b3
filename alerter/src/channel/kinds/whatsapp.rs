//! WhatsApp, by Meta's Cloud API,
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/>. Who has not written within a day is
//! only sent templates, whose texts Meta approves: docs/CHANNELS.md has them, in the order of their variables.

mod refusal;

use std::time::Duration;

use domain::Timestamp;
use domain::channel::WhatsAppConfig;
use futures_util::future::BoxFuture;
use hyper::header::AUTHORIZATION;
use serde_json::{Value, json};

use self::refusal::refusal;
use super::api::{Answered, Api};
use super::look::{unlinked, unlinked_chars};
use crate::channel::fit::{cut, length};
use crate::channel::message::{IncidentDetails, Message, MessageKind};
use crate::channel::words::{duration, failure, flapping, format_time, regions};
use crate::channel::{Channel, Form, Receipt, SendError};
use crate::channel::{drill, number_code};

/// Characters of a body whose variables are filled in, as UTF-16 counts them.
const MAX_BODY: usize = 1_024;

/// The same of the fixed text of a template. Translations are longer than ours.
const MAX_FIXED: usize = 300;

/// The same of variables.
const MAX_NAME: usize = 100;
const MAX_ADDRESS: usize = 150;
const MAX_HEADLINE: usize = 200;
const MAX_SHORT_DETAILS: usize = 150;

/// Stands for what is not known: a variable is never empty.
const NOTHING: &str = "–";

/// One number.
pub(in crate::channel) struct WhatsApp {
    config: WhatsAppConfig,
    api: Api,
}

/// What the names of templates end with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Template {
    /// A target is down, or still down.
    Down,
    /// It is back.
    Up,
    /// Everything else; and those, where their own template is not to be had.
    Notice,
}

/// A template and its variables.
#[derive(Debug)]
struct Filled {
    template: Template,
    variables: Vec<String>,
}

impl WhatsApp {
    pub(in crate::channel) fn open(config: WhatsAppConfig, api: &Api) -> Self {
        Self {
            config,
            api: api.clone(),
        }
    }

    fn url(&self) -> String {
        format!("{}/{}/messages", self.config.api_url, self.config.phone_number_id)
    }

    fn name_of(&self, template: Template) -> String {
        let name = match template {
            Template::Down => "down",
            Template::Up => "up",
            Template::Notice => "notice",
        };
        format!("{}_{name}", self.config.template_prefix)
    }

    fn body(&self, filled: &Filled) -> Value {
        let variables = filled.variables.iter();
        let variables: Vec<Value> = variables
            .map(|text| json!({"type": "text", "text": text}))
            .collect();
        json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": self.config.to_number.trim_start_matches('+'),
            "type": "template",
            "template": {
                "name": self.name_of(filled.template),
                "language": {"code": self.config.template_language},
                "components": [{"type": "body", "parameters": variables}],
            },
        })
    }

    /// Sends the code that shows that the number is that of the channel's owner: there is no template for codes, so in the
    /// one for everything else, as tests are.
    pub(in crate::channel) async fn send_code(&self, code: &str) -> Result<Receipt, SendError> {
        let filled = Filled {
            template: Template::Notice,
            variables: number_code::to_read(code).into(),
        };
        let answered = self.post(&filled).await?;
        self.understood(&answered, Template::Notice, Form::Short)
    }

    async fn post(&self, filled: &Filled) -> Result<Answered, SendError> {
        let token = (AUTHORIZATION, format!("Bearer {}", self.config.access_token));
        self.api.post(&self.url(), &[token], &self.body(filled)).await
    }

    /// What was answered to a message, whose own template is `template` even where it was sent in the other one.
    fn understood(&self, answered: &Answered, template: Template, form: Form) -> Result<Receipt, SendError> {
        let said = match answered.status.is_success() {
            true => answered.taken()?,
            false => answered.json(),
        };
        if answered.status.is_success() && said["error"].is_null() {
            let name = said["messages"][0]["id"].as_str().unwrap_or("ok");
            return Ok(Receipt(name.to_owned()));
        }
        let templates = (self.name_of(template), self.name_of(Template::Notice));
        Err(refusal(
            answered,
            &said["error"],
            (&templates.0, &templates.1),
            form,
        ))
    }
}

impl Channel for WhatsApp {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let answered = self.post(&filled(message, form)).await?;
            self.understood(&answered, template(message, Form::Full), form)
        })
    }

    fn within(&self, exchange: Duration) -> Duration {
        // A template that is not to be had, and the one in its place.
        exchange * 2
    }
}

fn template(message: &Message, form: Form) -> Template {
    match (form, &message.details, &message.kind) {
        (Form::Full, Some(_), MessageKind::Down | MessageKind::Reminder { .. }) => Template::Down,
        (Form::Full, Some(_), MessageKind::Up { .. }) => Template::Up,
        _ => Template::Notice,
    }
}

fn filled(message: &Message, form: Form) -> Filled {
    let template = template(message, form);
    let variables = match (&message.details, template) {
        (Some(details), Template::Down | Template::Up) => about(details, &message.kind),
        _ => notice(message, form),
    };
    Filled { template, variables }
}

/// The variables of `down` and of `up`: name, address, time, cause, and where to look.
fn about(details: &IncidentDetails, kind: &MessageKind) -> Vec<String> {
    let name = match details.is_drill() {
        true => drill::marked(&details.name),
        false => details.name.clone(),
    };
    let mut variables = vec![
        variable(&name, MAX_NAME),
        variable(&details.url, MAX_ADDRESS),
        span(details.started_at, kind),
    ];
    let taken: usize = variables.iter().map(|text| length(text, char::len_utf16)).sum();
    let taken = taken + length(&details.link, char::len_utf16);
    let note = details.is_drill().then(|| drill::NOTE.to_owned());
    let cause = note
        .into_iter()
        .chain(failure(details.error_code, details.error.as_deref()));
    let cause = cause.collect::<Vec<_>>().join(" ");
    let room = (MAX_BODY - MAX_FIXED).saturating_sub(taken);
    let found = details.regions.as_ref().and_then(regions).map(|line| line + ".");
    let further = [found, details.flapping.map(flapping)];
    let further: Vec<String> = further.into_iter().flatten().collect();
    variables.push(match further.join(" ") {
        line if line.is_empty() => variable(&cause, room),
        line => {
            let line = variable(&line, room);
            let room = room.saturating_sub(length(&line, char::len_utf16) + 1);
            format!("{} {line}", variable(&cause, room))
        }
    });
    variables.push(details.link.clone());
    variables
}

/// Since when, or from when to when.
fn span(started_at: Timestamp, kind: &MessageKind) -> String {
    let lasted = |until: Timestamp| duration(until.millis_since(started_at));
    let start = format_time(started_at);
    match kind {
        MessageKind::Up {
            resolved_at,
            earlier_outages: earlier @ 1..,
            ..
        } => {
            let (end, lasted) = (format_time(*resolved_at), lasted(*resolved_at));
            format!("{start} to {end} ({} outages within {lasted})", earlier + 1)
        }
        MessageKind::Up { resolved_at, .. } => {
            format!(
                "{start} to {} ({})",
                format_time(*resolved_at),
                lasted(*resolved_at)
            )
        }
        MessageKind::Reminder { now } => format!("{start} (for {})", lasted(*now)),
        _ => start,
    }
}

/// The variables of `notice`: what has happened, and details with where to look.
fn notice(message: &Message, form: Form) -> Vec<String> {
    let headline = variable(&message.headline(), MAX_HEADLINE);
    let link = message.link().unwrap_or_default();
    let taken = length(&headline, char::len_utf16) + length(link, char::len_utf16) + 1;
    let room = (MAX_BODY - MAX_FIXED).saturating_sub(taken);
    let room = match form {
        Form::Full => room,
        Form::Short => room.min(MAX_SHORT_DETAILS),
    };
    let explanation = message.explanation_within(room, unlinked_length).join(" ");
    let details = match (explanation.is_empty(), link.is_empty()) {
        (true, false) => link.to_owned(),
        (false, false) => format!("{} {link}", variable(&explanation, room)),
        (_, true) => variable(&explanation, room),
    };
    vec![headline, details]
}

/// A text of others as a variable takes it: on one line, never empty, with nothing that WhatsApp formats or links.
fn variable(text: &str, limit: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = unlinked(&unformatted(&words.join(" ")));
    match cut(&line, limit, char::len_utf16) {
        text if text.is_empty() => NOTHING.to_owned(),
        text => text.into_owned(),
    }
}

/// How long a character is in a text that links nowhere.
fn unlinked_length(c: char) -> usize {
    c.len_utf16() + unlinked_chars(c) - 1
}

/// A text with look-alikes of the characters that format it. Within words they format nothing, and are left.
fn unformatted(text: &str) -> String {
    let mut before = None;
    let mut chars = text.chars().peekable();
    let mut unformatted = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        let is_within = [before, chars.peek().copied()]
            .iter()
            .all(|neighbour| neighbour.is_some_and(char::is_alphanumeric));
        unformatted.push(match c {
            '`' => 'ˋ',
            '*' if !is_within => '∗',
            '_' if !is_within => 'ˍ',
            '~' if !is_within => '∼',
            c => c,
        });
        before = Some(c);
    }
    unformatted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of the templates as the documentation has them.
    fn documented() -> Vec<(String, String)> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/CHANNELS.md");
        let docs = std::fs::read_to_string(path).unwrap();
        let start = docs.find("\n## WhatsApp\n").unwrap();
        let blocks = docs[start..].split("```text\n").skip(1).take(3);
        let texts = blocks.map(|block| block.split("```").next().unwrap().to_owned());
        let names = docs[start..].split("\n**`uptime_").skip(1).take(3);
        let names = names.map(|rest| rest.split('`').next().unwrap().to_owned());
        names.zip(texts).collect()
    }

    fn details() -> IncidentDetails {
        serde_json::from_value(json!({
            "monitor_id": 1,
            "incident_id": "7f3c8a52-6a0c-5a1d-9c3e-0d2b6f1a4e55",
            "name": "*Shop* _one_ my_shop `x`",
            "url": "https://shop.example/",
            "started_at": "2026-11-28T10:00:00Z",
            "error_code": "status_mismatch",
            "error": "a  \t b\n c https://evil.example ".repeat(400),
            "link": "https://uptime.example/monitors/1",
        }))
        .unwrap()
    }

    #[test]
    fn the_documented_templates_have_the_variables_that_are_sent() {
        let about = about(&details(), &MessageKind::Down);
        let documented = documented();
        for (name, count) in [("down", about.len()), ("up", about.len()), ("notice", 2)] {
            let (_, text) = documented
                .iter()
                .find(|(documented, _)| documented == name)
                .unwrap();
            let numbers: Vec<usize> = text
                .split("{{")
                .skip(1)
                .map(|rest| rest.split('}').next().unwrap().parse().unwrap())
                .collect();
            assert_eq!(numbers, (1..=count).collect::<Vec<_>>(), "{name}");
            assert!(length(text, char::len_utf16) < MAX_FIXED, "{name}");
            // Meta refuses a text that begins or ends with a variable.
            let text = text.trim();
            assert!(
                !text.starts_with("{{") && !text.trim_end_matches('.').ends_with("}}"),
                "{name}"
            );
        }
    }

    #[test]
    fn variables_keep_to_metas_rules_whatever_others_wrote() {
        let about = about(&details(), &MessageKind::Down);
        for variable in &about {
            assert!(
                !variable.contains(['\n', '\t', '`', '*']) && !variable.contains("  "),
                "{variable}"
            );
            assert!(!variable.is_empty());
        }
        assert_eq!(about[0], "∗Shop∗ ˍoneˍ my_shop ˋxˋ");
        let total: usize = about.iter().map(|text| length(text, char::len_utf16)).sum();
        assert!(
            (MAX_BODY - MAX_FIXED - 1..=MAX_BODY - MAX_FIXED).contains(&total),
            "{total}"
        );
        let rule = domain::flapping::FlappingRule {
            outages: 3,
            within_minutes: 30,
            lasting_minutes: 5,
        };
        let flapping = IncidentDetails {
            flapping: Some(rule),
            ..details()
        };
        let told = super::about(&flapping, &MessageKind::Down);
        let total: usize = told.iter().map(|text| length(text, char::len_utf16)).sum();
        assert!(total <= MAX_BODY - MAX_FIXED, "{total}");
        assert!(
            told[3].contains("… Flapping: 3 outages within 30 min. ") && told[3].ends_with("settles."),
            "{}",
            told[3]
        );
        assert_eq!(about[4], "https://uptime.example/monitors/1");
        assert!(!about[3].contains("://"), "{}", about[3]);
        assert_eq!(variable(" \n", 10), NOTHING);
    }

    #[test]
    fn a_span_says_how_long_and_how_often() {
        let details = details();
        let at = details.started_at.plus_millis(7_200_000);
        let up = |earlier_outages| MessageKind::Up {
            resolved_at: at,
            summary: true,
            earlier_outages,
        };
        let span = |kind: MessageKind| span(details.started_at, &kind);
        assert_eq!(span(MessageKind::Down), "2026-11-28 10:00:00 UTC");
        assert_eq!(
            span(MessageKind::Reminder { now: at }),
            "2026-11-28 10:00:00 UTC (for 2 h)"
        );
        assert_eq!(
            span(up(0)),
            "2026-11-28 10:00:00 UTC to 2026-11-28 12:00:00 UTC (2 h)"
        );
        assert!(span(up(2)).ends_with("(3 outages within 2 h)"));
    }
}
