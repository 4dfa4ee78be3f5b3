//! Discord's webhooks, <https://discord.com/developers/docs/resources/webhook>. The message about an outage is changed
//! when its state does. Discord tells nobody about that, so that what happens is posted, too.

use std::time::Duration;

use domain::channel::DiscordConfig;
use futures_util::future::BoxFuture;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use super::api::{Answered, Api};
use super::look::{Tone, facts};
use super::opening::{Opening, receipt};
use crate::channel::fit::cut;
use crate::channel::message::Message;
use crate::channel::{Channel, Form, Receipt, SendError};

/// The longest headline. Discord takes 2,000 characters outside of an embed.
const MAX_HEADLINE: usize = 600;

/// The longest explanation. Discord takes 4,096 characters as the description of an embed, and 6,000 in all of it.
const MAX_EXPLANATION: usize = 3_000;

/// The same of a message that was refused as a whole.
const MAX_SHORT_EXPLANATION: usize = 500;

/// The longest value of a field; Discord takes 1,024 characters.
const MAX_FIELD: usize = 1_000;

/// Codes in Discord's errors.
mod code {
    pub(super) const UNKNOWN_CHANNEL: u64 = 10_003;
    pub(super) const UNKNOWN_MESSAGE: u64 = 10_008;
    pub(super) const NOT_OUR_MESSAGE: u64 = 50_005;
    pub(super) const INVALID_TOKEN: u64 = 50_027;
    pub(super) const THREAD_LOCKED: u64 = 50_083;
    pub(super) const FORUM_WITHOUT_THREAD: u64 = 220_001;
}

/// One webhook.
pub(in crate::channel) struct Discord {
    webhook: Url,
    thread: Option<String>,
    api: Api,
}

impl Discord {
    /// `None` when the configuration is not valid.
    pub(in crate::channel) fn open(config: DiscordConfig, api: &Api) -> Option<Self> {
        let webhook = Url::parse(&config.webhook_url).ok()?;
        Some(Self {
            webhook: Some(webhook).filter(|url| !url.cannot_be_a_base())?,
            thread: config.thread_id,
            api: api.clone(),
        })
    }

    /// The webhook itself, or one of its messages.
    fn url(&self, message: Option<&str>) -> Url {
        url(&self.webhook, self.thread.as_deref(), message)
    }

    async fn post(&self, message: &Message, body: &Value, form: Form) -> Result<Receipt, SendError> {
        let answered = self.api.post(self.url(None).as_str(), &[], body).await?;
        let answered = answered.with_wait_in_body();
        if !answered.status.is_success() {
            return Err(refused(&answered, form));
        }
        let posted = answered.taken()?;
        Ok(receipt(message, posted["id"].as_str().unwrap_or_default()))
    }

    /// Changes a message; answers false when it is not there any more.
    async fn edit(&self, name: &str, body: &Value, form: Form) -> Result<bool, SendError> {
        let url = self.url(Some(name));
        let answered = self
            .api
            .send(Method::PATCH, url.as_str(), &[], body)
            .await?
            .with_wait_in_body();
        if answered.status.is_success() {
            return answered.taken().map(|_| true);
        }
        match answered.json()["code"].as_u64() {
            // Nothing in a thread that is archived can be changed, and what is posted there takes it out of the archive.
            Some(code::UNKNOWN_MESSAGE | code::NOT_OUR_MESSAGE | code::THREAD_LOCKED) => Ok(false),
            _ => Err(refused(&answered, form)),
        }
    }
}

impl Channel for Discord {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let body = body(message, form);
            let changed = Opening::of(message).filter(|opening| opening.is_changed_by(message));
            if let Some(opening) = changed
                && self.edit(opening.name, &body, form).await?
            {
                return self.post(message, &follow_up(message), form).await;
            }
            self.post(message, &body, form).await
        })
    }

    fn within(&self, exchange: Duration) -> Duration {
        exchange * 2
    }
}

fn url(webhook: &Url, thread: Option<&str>, message: Option<&str>) -> Url {
    let mut url = webhook.clone();
    if let (Some(message), Ok(mut path)) = (message, url.path_segments_mut()) {
        path.pop_if_empty().extend(["messages", message]);
    }
    let wait = message.is_none().then_some(("wait", "true"));
    let thread = thread.map(|thread| ("thread_id", thread));
    url.query_pairs_mut().extend_pairs(wait.into_iter().chain(thread));
    url
}

impl Answered {
    /// Discord's proxies say in the head how long to wait, and all of it does in the body, in seconds.
    fn with_wait_in_body(self) -> Self {
        let asked = self.json()["retry_after"].as_f64();
        self.with_wait(asked.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()))
    }
}

fn refused(answered: &Answered, form: Form) -> SendError {
    let said = answered.json();
    let reason = said["message"].as_str();
    let why = match (answered.status, said["code"].as_u64()) {
        (_, Some(code::UNKNOWN_CHANNEL)) => {
            "Discord does not know the thread; enter the id of another one, or none"
        }
        (_, Some(code::THREAD_LOCKED)) => "the thread is locked; unlock it, or enter the id of another one",
        (_, Some(code::FORUM_WITHOUT_THREAD)) => {
            "the webhook belongs to a forum; enter the id of one of its posts as the thread"
        }
        (_, Some(code::INVALID_TOKEN)) | (StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND, _) => {
            "Discord does not know this webhook any more; create a new one and enter its address"
        }
        _ => return answered.error(reason, form),
    };
    answered.permanent(why, reason)
}

fn body(message: &Message, form: Form) -> Value {
    let headline = headline(message);
    let link = message.link();
    if form == Form::Short {
        let explanation = message.explanation_within(MAX_SHORT_EXPLANATION, escaped_length);
        let lines = std::iter::once(headline).chain(explanation.iter().map(|line| escape(line)));
        let acknowledge = message.acknowledge_link();
        let acknowledge = acknowledge.map(|link| format!("Acknowledge: {}", bare(&link)));
        return json_of(lines.chain(link.map(bare)).chain(acknowledge), &[]);
    }
    let explanation = message.explanation_within(MAX_EXPLANATION, escaped_length);
    let masked = |title: &str, link: &str| format!("[{title}]({})", link.replace(')', "%29"));
    let details = link.map(|link| masked("Details", link));
    let acknowledge = message.acknowledge_link();
    let acknowledge = acknowledge.map(|link| masked("Acknowledge", &link));
    let why = message.why_link().map(|why| masked("Why was I notified?", &why));
    let links: Vec<_> = details.into_iter().chain(acknowledge).chain(why).collect();
    let links = Some(links.join(" · ")).filter(|links| !links.is_empty());
    let description: Vec<_> = explanation.iter().map(|line| escape(line)).chain(links).collect();
    let fields: Vec<_> = facts(message)
        .iter()
        .map(|(title, text)| {
            let value = escape(&cut(text, MAX_FIELD, escaped_length));
            json!({"name": title, "value": value, "inline": true})
        })
        .collect();
    let embed = json!({
        "description": description.join("\n"),
        "color": Tone::of(message).colour(),
        "fields": fields,
    });
    json_of([headline], &[embed])
}

/// That something has happened, where another message says what.
fn follow_up(message: &Message) -> Value {
    let lines = std::iter::once(headline(message));
    json_of(lines.chain(message.link().map(bare)), &[])
}

/// What an edit does not mention would stay as it was.
fn json_of(lines: impl IntoIterator<Item = String>, embeds: &[Value]) -> Value {
    let lines: Vec<_> = lines.into_iter().collect();
    json!({"content": lines.join("\n"), "embeds": embeds, "allowed_mentions": {"parse": []}})
}

fn headline(message: &Message) -> String {
    escape(&cut(&message.headline(), MAX_HEADLINE, escaped_length))
}

/// A link that Discord shows no preview of.
fn bare(link: &str) -> String {
    format!("<{link}>")
}

/// A line in which Discord finds no formatting, mentions, emoji or links.
fn escape(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    let mut begins = true;
    while let Some(c) = chars.next() {
        let marks = match c {
            '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '[' | ']' => true,
            // Names of emoji, and what makes a word a link.
            ':' => chars
                .peek()
                .is_some_and(|next| !next.is_whitespace() && !next.is_ascii_digit()),
            // Quotes, headings and lists.
            '>' | '#' | '-' => begins,
            _ => false,
        };
        if marks {
            escaped.push('\\');
        }
        escaped.push(c);
        begins &= c.is_whitespace();
    }
    escaped
}

/// The most that [`escape`] makes of a character.
fn escaped_length(c: char) -> usize {
    match c {
        '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '[' | ']' | ':' | '>' | '#' | '-' => 2,
        c => c.len_utf16(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::kinds::look::{LONG, hostile};

    #[test]
    fn texts_of_others_are_shown_as_they_are() {
        for (text, escaped) in [
            ("**b** _i_ ~~s~~ ||x||", r"\*\*b\*\* \_i\_ \~\~s\~\~ \|\|x\|\|"),
            ("<@1> <#2> <:a:3> :tada:", r"\<@1> \<#2> \<\:a:3> \:tada:"),
            ("[a](https://evil.example)", r"\[a\](https\://evil.example)"),
            ("> q", r"\> q"),
            ("## h", r"\## h"),
            ("a > b - c #4 at 10:00", "a > b - c #4 at 10:00"),
        ] {
            assert_eq!(escape(text), escaped);
            let longest: usize = text.chars().map(escaped_length).sum();
            assert!(longest >= escaped.encode_utf16().count(), "{text}");
        }
    }

    #[test]
    fn addresses_of_messages_are_under_the_webhook() {
        let webhook = Url::parse("https://discord.example/api/webhooks/1/abc/?x=1").unwrap();
        for (message, expected) in [
            (
                Some("42"),
                "https://discord.example/api/webhooks/1/abc/messages/42?x=1&thread_id=7",
            ),
            (
                None,
                "https://discord.example/api/webhooks/1/abc/?x=1&wait=true&thread_id=7",
            ),
        ] {
            assert_eq!(url(&webhook, Some("7"), message).as_str(), expected);
        }
    }

    #[test]
    fn whatever_the_texts_are_discord_takes_the_message() {
        let units = |value: &Value| value.as_str().unwrap().encode_utf16().count();
        for text in LONG {
            let message = hostile(text);
            for body in [
                body(&message, Form::Full),
                body(&message, Form::Short),
                follow_up(&message),
            ] {
                assert!(units(&body["content"]) <= 2_000, "{text}");
                for embed in body["embeds"].as_array().unwrap() {
                    let values = embed["fields"].as_array().unwrap().iter();
                    let values: Vec<_> = values.map(|field| units(&field["value"])).collect();
                    assert!(values.iter().all(|length| *length <= 1_024), "{text}");
                    let description = units(&embed["description"]);
                    assert!(description <= 4_096, "{text}");
                    // The titles of the fields are ours.
                    assert!(description + values.iter().sum::<usize>() <= 5_900, "{text}");
                }
            }
        }
    }
}
