//! What workflows of Microsoft Teams take: a message with an Adaptive Card,
//! <https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>.

use serde_json::{Value, json};

/// A text of a card. It is a run of text, which is shown as it is; other texts would be read as Markdown. `look` is
/// what else the run has, an object.
pub fn text(text: &str, look: Value) -> Value {
    let mut run = json!({"type": "TextRun", "text": text});
    if let (Some(run), Value::Object(look)) = (run.as_object_mut(), look) {
        run.extend(look);
    }
    json!({"type": "RichTextBlock", "inlines": [run]})
}

/// A message that is one card of [texts](text). Each of the `links`, a title and an address, is a button; `fallback` is
/// for who cannot be shown cards.
pub fn card<'a>(
    fallback: &str,
    texts: &[Value],
    links: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Value {
    let actions: Vec<_> = links
        .into_iter()
        .map(|(title, url)| json!({"type": "Action.OpenUrl", "title": title, "url": url}))
        .collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "fallbackText": fallback,
                "body": texts,
                "actions": actions,
            },
        }],
    })
}
