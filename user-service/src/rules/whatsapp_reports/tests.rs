use serde_json::json;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A notification as Meta documents it.
fn notification(statuses: Value) -> Vec<u8> {
    let notification = json!({
        "object": "whatsapp_business_account",
        "entry": [{
            "id": "102290129340398",
            "changes": [{
                "value": {
                    "messaging_product": "whatsapp",
                    "metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"},
                    "statuses": statuses,
                },
                "field": "messages",
            }],
        }],
    });
    notification.to_string().into_bytes()
}

fn status(id: &str, state: &str, at: &str) -> Value {
    json!({
        "id": id, "status": state, "timestamp": at, "recipient_id": "4915112345678",
        "conversation": {"id": "6ceb9d929c9bdc4f90967a32f8639639", "origin": {"type": "utility"}},
        "pricing": {"billable": true, "pricing_model": "PMP", "category": "utility"},
    })
}

/// The messages that a notification of these statuses reports of.
fn messages(statuses: Value) -> Vec<MessageReport> {
    reports(&notification(statuses), NOW).unwrap().messages
}

fn failed(errors: Value) -> String {
    let mut status = status("wamid.A", "failed", "1750263773");
    status["errors"] = errors;
    let reports = messages(json!([status]));
    assert_eq!(reports[0].state, ReportedState::Failed);
    reports[0].error.clone().unwrap()
}

#[test]
fn what_meta_documents_is_read() {
    for (name, state) in [
        ("sent", ReportedState::Sent),
        ("delivered", ReportedState::Delivered),
        ("read", ReportedState::Read),
    ] {
        let body = notification(json!([status("wamid.HBgL", name, "1750263773")]));
        let expected = MessageReport {
            receipt: "wamid.HBgL".to_owned(),
            state,
            at: Timestamp::from_millis(1_750_263_773_000),
            error: None,
            recipient: Some("2345678".to_owned()),
        };
        let expected = Reports {
            messages: vec![expected],
            left_out: 0,
        };
        assert_eq!(reports(&body, NOW), Ok(expected), "{name}");
    }
}

#[test]
fn a_failure_has_a_reason_in_words() {
    let documented = json!([{
        "code": 131_026, "title": "Message undeliverable", "message": "Message undeliverable",
        "error_data": {"details": "Message Undeliverable."},
        "href": "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes",
    }]);
    assert!(failed(documented).starts_with("the number is not on WhatsApp"));
    for (code, begins) in [
        (131_047, "the recipient has not written within a day"),
        (131_051, "Meta does not deliver messages of this type"),
        (130_472, "Meta did not deliver it, because the recipient's number"),
        (132_000, "the template has another number of variables"),
        (132_001, "there is no such template"),
        (132_015, "the template is paused"),
        (132_016, "the template is disabled"),
        (7, "Meta took the message and did not deliver it"),
    ] {
        let reason = failed(json!([{"code": code, "title": "A title\nthat changes"}]));
        assert!(reason.starts_with(begins), "{reason}");
        let ends = format!("(error {code}: A title that changes)");
        assert!(reason.ends_with(&ends), "{reason}");
    }
    let unsaid = "it was not delivered, and Meta does not say why";
    for (errors, reason) in [
        (json!([]), unsaid),
        (json!(null), unsaid),
        (json!([null]), unsaid),
        (json!([{}]), "Meta took the message and did not deliver it"),
        (json!([7]), "Meta took the message and did not deliver it"),
        (
            json!([{"code": "7", "title": null, "error_data": "gone\n"}]),
            "Meta took the message and did not deliver it (error 7: gone)",
        ),
        (
            json!([{"code": "x", "title": 1, "message": "gone", "error_data": {"details": ""}}]),
            "Meta took the message and did not deliver it (gone)",
        ),
        (
            json!("gone"),
            "Meta took the message and did not deliver it (gone)",
        ),
        (
            json!({"code": 7.5, "error_data": ["gone"]}),
            "Meta took the message and did not deliver it",
        ),
        (
            json!([{"code": 7}]),
            "Meta took the message and did not deliver it (error 7)",
        ),
    ] {
        assert_eq!(failed(errors), reason);
    }
}

#[test]
fn of_several_states_of_a_message_the_last_one_counts_in_whatever_order() {
    let states = ["sent", "failed", "delivered", "read"];
    for (last, expected) in ReportedState::ALL.into_iter().enumerate() {
        let mut statuses: Vec<Value> = states[..=last]
            .iter()
            .map(|state| status("wamid.A", state, "1750263773"))
            .collect();
        for _ in 0..2 {
            let found = messages(json!(statuses));
            assert_eq!((found.len(), found[0].state), (1, expected));
            statuses.reverse();
        }
    }
    let twice = json!([
        status("wamid.A", "read", "1750263773"),
        status("wamid.A", "read", "1750263799")
    ]);
    let found = messages(twice);
    assert_eq!(found[0].at, Timestamp::from_millis(1_750_263_773_000));
}

#[test]
fn what_is_no_status_of_a_message_is_left_out() {
    let other = json!({"id": "wamid.A", "status": "warning", "timestamp": "1750263773"});
    let long = format!("wamid.{}", "A".repeat(MAX_NAME_BYTES));
    let statuses = json!([
        other,
        1,
        {"status": "read"},
        {"id": 1, "status": "read"},
        status("gBEGkY", "read", "1750263773"),
        status("wamid.A B", "read", "1750263773"),
        status("wamid.A\u{0}", "read", "1750263773"),
        status(&long, "read", "1750263773"),
        status("wamid.B", "read", "1750263773"),
    ]);
    let found = reports(&notification(statuses), NOW).unwrap();
    let names = found.messages.iter().map(|report| report.receipt.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["wamid.B"]);
    assert_eq!(found.left_out, 8);
    let message =
        json!({"entry": [{"changes": [{"field": "messages", "value": {"messages": [{"id": "wamid.A"}]}}]}]});
    for body in [
        message,
        json!({}),
        json!({"entry": [{}]}),
        json!({"entry": [{"changes": [{}]}]}),
    ] {
        assert_eq!(
            reports(body.to_string().as_bytes(), NOW),
            Ok(Reports::default()),
            "{body}"
        );
    }
    for body in ["", "{", "[1]", "null", r#"{"entry": 1}"#] {
        let refused = reports(body.as_bytes(), NOW);
        assert!(
            matches!(refused, Err(NotTaken::Unreadable(_))),
            "{body}: {refused:?}"
        );
    }
}

#[test]
fn numbers_are_compared_by_their_ends() {
    let to = |recipient: Value| {
        let mut status = status("wamid.A", "sent", "1750263773");
        status["recipient_id"] = recipient;
        messages(json!([status])).remove(0)
    };
    let brazilian = to(json!("551187654321"));
    assert!(brazilian.may_be_to("+5511987654321"), "it has a digit more");
    assert!(!brazilian.may_be_to("+5511987654322"));
    for unknown in [
        json!(null),
        json!(""),
        json!("654321"),
        json!("1234567x"),
        json!("1ö234567"),
        json!(1),
    ] {
        assert!(!to(unknown.clone()).may_be_to("+491234567"), "{unknown}");
    }
}

#[test]
fn a_time_that_cannot_have_been_is_now() {
    for at in [
        json!("soon"),
        json!(""),
        json!(null),
        json!("-1"),
        json!("0"),
        json!("1800000001"),
        json!("9223372036854775807"),
        json!(1.5),
    ] {
        assert_eq!(time(&at, NOW), NOW, "{at}");
    }
    assert_eq!(time(&json!(1_750_263_773), NOW).as_millis(), 1_750_263_773_000);
}

#[test]
fn there_are_a_thousand_statuses_at_most() {
    let statuses = |count: usize| -> Value {
        let statuses = (0..count).map(|number| status(&format!("wamid.{number}"), "read", "1750263773"));
        statuses.collect()
    };
    let most = reports(&notification(statuses(MAX_STATUSES)), NOW).unwrap();
    assert_eq!(most.messages.len(), MAX_STATUSES);
    let more = reports(&notification(statuses(MAX_STATUSES + 1)), NOW);
    assert_eq!(more, Err(NotTaken::TooMany));
}
