//! Mattermost's incoming webhooks, <https://developers.mattermost.com/integrate/webhooks/incoming/>. They do not say
//! what a message is called, so that none can be changed or replied to.

use domain::channel::MattermostConfig;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::api::{Answered, Api};
use super::look::{Tone, facts, parted};
use crate::channel::fit::cut;
use crate::channel::message::Message;
use crate::channel::{Channel, Form, Receipt, SendError};

/// The longest texts, as they are sent. Mattermost takes 16,383 characters, and servers of before 2023 take 8,000 of
/// attachments in all.
const MAX_HEADLINE: usize = 600;
const MAX_EXPLANATION: usize = 3_500;
const MAX_SHORT_EXPLANATION: usize = 500;
const MAX_FACT: usize = 1_000;

/// Where Mattermost finds people, tags, channels, emoji and addresses by itself.
const MARKS: [char; 5] = ['@', '#', '~', ':', '.'];

/// One webhook.
pub(in crate::channel) struct Mattermost {
    config: MattermostConfig,
    api: Api,
}

impl Mattermost {
    pub(in crate::channel) fn open(config: MattermostConfig, api: &Api) -> Self {
        Self {
            config,
            api: api.clone(),
        }
    }
}

impl Channel for Mattermost {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let mut body = body(message, form);
            if let Some(channel) = &self.config.channel {
                body["channel"] = json!(channel);
            }
            let answered = self.api.post(&self.config.webhook_url, &[], &body).await?;
            understood(answered, form)
        })
    }
}

fn understood(answered: Answered, form: Form) -> Result<Receipt, SendError> {
    let said = answered.json();
    let id = said["id"].as_str().unwrap_or_default();
    // The body of an error names its status, too, which counts where a proxy has made a success of it.
    let answered = answered.with_status(said["status_code"].as_u64());
    if answered.status.is_success() {
        answered.taken()?;
        return Ok(Receipt("ok".to_owned()));
    }
    let why = match id {
        "web.incoming_webhook.invalid.app_error" => {
            "Mattermost does not know this webhook any more; create a new one and enter its address"
        }
        "web.incoming_webhook.disabled.app_error" => {
            "Mattermost takes no webhooks; ask its administrator to turn them on"
        }
        "web.incoming_webhook.channel.app_error" | "web.incoming_webhook.user.app_error" => {
            "Mattermost does not find where the message is to go; enter another channel, or none"
        }
        "web.incoming_webhook.channel_locked.app_error" => {
            "the webhook may only post to its own channel; leave the channel empty, or unlock the webhook"
        }
        "web.incoming_webhook.permissions.app_error" => {
            "who created the webhook may not read the channel; have them added to it"
        }
        _ => return Err(answered.error(said["message"].as_str(), form)),
    };
    Err(answered.permanent(why, said["message"].as_str()))
}

fn body(message: &Message, form: Form) -> Value {
    let headline = escape(&cut(&message.headline(), MAX_HEADLINE, escaped_length));
    let link = message.link();
    if form == Form::Short {
        let explanation = message.explanation_within(MAX_SHORT_EXPLANATION, escaped_length);
        let lines = std::iter::once(headline).chain(explanation.iter().map(|line| escape(line)));
        let lines = lines.chain(link.map(str::to_owned));
        let lines: Vec<_> = lines.chain(message.acknowledge_line()).collect();
        return json!({"text": lines.join("\n")});
    }
    let explanation = message.explanation_within(MAX_EXPLANATION, escaped_length);
    let facts = facts(message);
    let facts = facts.iter().map(|(title, text)| {
        let text = cut(text, MAX_FACT, escaped_length);
        format!("{title}: {}", escape(&text))
    });
    let masked = |title: &str, link: &str| format!("[{title}]({})", link.replace(')', "%29"));
    let details = link.map(|link| masked("Details", link));
    // Buttons are for integrations that answer when they are pressed.
    let acknowledge = message.acknowledge_link();
    let acknowledge = acknowledge.map(|link| masked("Acknowledge", &link));
    let links: Vec<_> = details.into_iter().chain(acknowledge).collect();
    let links = Some(links.join(" · ")).filter(|links| !links.is_empty());
    let lines: Vec<_> = explanation
        .iter()
        .map(|line| escape(line))
        .chain(facts)
        .chain(links)
        .collect();
    json!({
        "text": format!("**{headline}**"),
        "attachments": [{
            "fallback": headline,
            "color": format!("#{:06x}", Tone::of(message).colour()),
            "text": lines.join("\n"),
        }],
    })
}

/// A line that formats nothing, and in which Mattermost finds nobody and nothing that it knows.
fn escape(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    for c in parted(line, &MARKS).chars() {
        if is_markup(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn is_markup(c: char) -> bool {
    matches!(
        c,
        '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '[' | ']' | '(' | ')' | '#' | '!' | '-' | '+'
    )
}

/// The most that [`escape`] makes of a character, in JSON: that is how attachments are counted.
fn escaped_length(c: char) -> usize {
    let in_json = 1 + usize::from(matches!(c, '"' | '\\' | '\n'));
    let backslash = "\\\\".len();
    in_json + usize::from(is_markup(c)) * backslash + usize::from(MARKS.contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::kinds::look::{LONG, hostile};

    #[test]
    fn texts_of_others_format_nothing_and_mention_nobody() {
        for (text, expected) in [
            ("**b** @all", "\\*\\*b\\*\\* @\u{200b}all"),
            (
                "~town #tag :smile:",
                "\\~\u{200b}town \\#\u{200b}tag :\u{200b}smile:",
            ),
            (
                "[a](https://b.example)",
                "\\[a\\]\\(https:\u{200b}//b.\u{200b}example\\)",
            ),
            ("at 10 - ok", "at 10 \\- ok"),
        ] {
            assert_eq!(escape(text), expected);
            let longest: usize = text.chars().map(escaped_length).sum();
            assert!(longest >= expected.chars().count(), "{text}");
        }
    }

    #[test]
    fn whatever_the_texts_are_any_server_takes_the_message() {
        for text in LONG {
            let message = hostile(text);
            for body in [body(&message, Form::Full), body(&message, Form::Short)] {
                assert!(body["attachments"].to_string().chars().count() <= 8_000, "{text}");
                assert!(body["text"].as_str().unwrap().chars().count() <= 4_000, "{text}");
            }
        }
    }
}
