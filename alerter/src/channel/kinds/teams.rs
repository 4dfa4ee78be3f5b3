//! Workflows of Microsoft Teams that begin when a request comes. They take a message and post it later, so that none
//! can be changed or replied to.

use domain::channel::TeamsConfig;
use futures_util::future::BoxFuture;
use hyper::StatusCode;
use serde_json::{Value, json};
use shared::outgoing::teams::{card, text};

use super::api::{Answered, Api};
use super::look::{Tone, facts};
use crate::channel::fit::cut;
use crate::channel::message::Message;
use crate::channel::{Channel, Form, Receipt, SendError};

/// The longest texts, in bytes of JSON. Teams takes a message of 28 kB.
const MAX_HEADLINE: usize = 1_500;
const MAX_EXPLANATION: usize = 12_000;
const MAX_SHORT_EXPLANATION: usize = 1_000;
const MAX_FACT: usize = 3_000;

/// What stands before the status in answers that are a success all the same.
const ERROR_INSIDE: &str = "HTTP error ";

/// One workflow.
pub(in crate::channel) struct Teams {
    config: TeamsConfig,
    api: Api,
}

impl Teams {
    pub(in crate::channel) fn open(config: TeamsConfig, api: &Api) -> Self {
        Self {
            config,
            api: api.clone(),
        }
    }
}

impl Channel for Teams {
    fn send<'a>(&'a self, message: &'a Message, form: Form) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let body = body(message, form);
            let answered = self.api.post(&self.config.workflow_url, &[], &body).await?;
            understood(answered, form)
        })
    }
}

fn understood(answered: Answered, form: Form) -> Result<Receipt, SendError> {
    let inside = error_inside(&answered.body).filter(|_| answered.status.is_success());
    let answered = answered.with_status(inside);
    if answered.status.is_success() {
        answered.taken()?;
        return Ok(Receipt("ok".to_owned()));
    }
    let said = answered.json();
    let reason = said["error"]["message"].as_str();
    let code = said["error"]["code"].as_str().unwrap_or_default();
    let why = match (code, answered.status) {
        ("WorkflowTriggerIsNotEnabled" | "WorkflowDisabled", _) => {
            "the workflow is turned off; turn it on in Teams, under Workflows"
        }
        (_, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            "the workflow does not take this address any more; copy its address again, and see that anyone may trigger it"
        }
        (_, StatusCode::NOT_FOUND | StatusCode::GONE) => {
            "the workflow does not exist any more; create a new one and enter its address"
        }
        _ => return Err(answered.error(reason, form)),
    };
    Err(answered.permanent(why, reason))
}

/// The status in an answer such as "Microsoft Teams endpoint returned HTTP error 429 with ContextId …".
fn error_inside(body: &str) -> Option<u64> {
    let (_, rest) = body.split_once(ERROR_INSIDE)?;
    rest.get(..3)?.parse().ok()
}

fn body(message: &Message, form: Form) -> Value {
    let headline = cut(&message.headline(), MAX_HEADLINE, json_length).into_owned();
    let limit = match form {
        Form::Full => MAX_EXPLANATION,
        Form::Short => MAX_SHORT_EXPLANATION,
    };
    let look = match form {
        Form::Full => json!({"weight": "Bolder", "size": "Medium", "color": colour(Tone::of(message))}),
        Form::Short => json!({}),
    };
    let mut texts = vec![text(&headline, look)];
    let lines = message.explanation_within(limit, json_length);
    texts.extend(lines.iter().map(|line| text(line, json!({}))));
    if form == Form::Full {
        let facts = facts(message);
        texts.extend(facts.iter().map(|(title, value)| {
            let line = format!("{title}: {}", cut(value, MAX_FACT, json_length));
            text(&line, json!({"isSubtle": true, "size": "Small"}))
        }));
    }
    let why = message.why_link().filter(|_| form == Form::Full);
    let details = message.link().map(|link| ("Details", link));
    let acknowledge = message.acknowledge_link();
    let acknowledge = acknowledge.as_deref().map(|link| ("Acknowledge", link));
    let why = why.as_deref().map(|why| ("Why was I notified?", why));
    card(
        &headline,
        &texts,
        details.into_iter().chain(acknowledge).chain(why),
    )
}

fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Bad => "Attention",
        Tone::Doubtful => "Warning",
        Tone::Good => "Good",
        Tone::Neutral => "Default",
    }
}

/// What a character takes in JSON. A line break stands for a text of its own.
fn json_length(c: char) -> usize {
    match c {
        '"' | '\\' => 2,
        '\n' => r#"{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":""}]},"#.len(),
        c => c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::kinds::look::{LONG, hostile};

    #[test]
    fn an_error_inside_a_success_is_found() {
        let said = "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with \
                    ContextId tcid=1";
        assert_eq!(error_inside(said), Some(429));
        assert_eq!(error_inside("1"), None);
        assert_eq!(error_inside("HTTP error 4"), None);
        assert_eq!(error_inside("HTTP error x🦀"), None);
    }

    #[test]
    fn whatever_the_texts_are_teams_takes_the_message() {
        for text in LONG {
            let message = hostile(text);
            for form in [Form::Full, Form::Short] {
                let length = body(&message, form).to_string().len();
                assert!(length <= 28_000, "{text}: {length}");
            }
        }
    }
}
