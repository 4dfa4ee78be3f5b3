use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use testkit::{Reply, Seen};

use super::{Contract, json_of};

const TOKEN: &str = "EAAGm0PX4ZCpsBA-secret";

fn config(url: &str) -> Value {
    json!({
        "access_token": TOKEN,
        "phone_number_id": "106540352242922",
        "to_number": "+4915112345678",
        "api_url": format!("{url}/v23.0"),
    })
}

fn taken() -> Reply {
    let answer = json!({
        "messaging_product": "whatsapp",
        "contacts": [{"input": "4915112345678", "wa_id": "4915112345678"}],
        "messages": [{"id": "wamid.HBgL", "message_status": "accepted"}],
    });
    Reply::new(200, answer.to_string())
}

fn refused(status: u16, code: i64, details: &str) -> Reply {
    let error = json!({"error": {
        "message": format!("(#{code}) A title that changes"), "type": "OAuthException", "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": details}, "fbtrace_id": "A1",
    }});
    Reply::new(status, error.to_string())
}

fn template(request: &Seen) -> String {
    json_of(request)["template"]["name"].as_str().unwrap().to_owned()
}

fn variables(request: &Seen) -> Vec<String> {
    let body = json_of(request);
    let parameters = body["template"]["components"][0]["parameters"]
        .as_array()
        .unwrap();
    let texts = parameters.iter().map(|parameter| {
        assert_eq!(parameter["type"], "text");
        // What parts addresses is not seen.
        parameter["text"].as_str().unwrap().replace('\u{200b}', "")
    });
    texts.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_and_its_end_have_templates_of_their_own() {
    let contract = Contract::start("whatsapp", config, |_| taken()).await;
    contract.world.down(1).await;
    let down = contract.requests(1).await.remove(0);
    assert_eq!(down.path, "/v23.0/106540352242922/messages");
    assert_eq!(down.headers["authorization"], format!("Bearer {TOKEN}"));
    let mut body = json_of(&down);
    body["template"]["components"][0]["parameters"] = json!([]);
    assert_eq!(
        body,
        json!({
            "messaging_product": "whatsapp", "recipient_type": "individual", "to": "4915112345678", "type": "template",
            "template": {
                "name": "uptime_down", "language": {"code": "en"}, "components": [{"type": "body", "parameters": []}],
            },
        })
    );
    let said = variables(&down);
    assert_eq!(said[..2], ["Shop 1.", "https://shop.example/1"]);
    assert!(said[2].ends_with(" UTC"), "{said:?}");
    assert!(said[3].contains("HTTP status 500, expected 200-399"), "{said:?}");
    assert!(said[4].ends_with("/monitors/1"), "{said:?}");
    assert_eq!(contract.receipt().await, "wamid.HBgL");

    contract.world.up(1).await;
    let up = contract.requests(2).await.remove(1);
    assert_eq!(template(&up), "uptime_up");
    let said = variables(&up);
    assert_eq!((said.len(), &*said[0]), (5, "Shop 1."));
    assert!(
        said[2].contains(" UTC to ") && said[2].ends_with(" s)"),
        "{said:?}"
    );
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again_and_a_revoked_token_is_not() {
    let turns = AtomicUsize::new(0);
    let contract = Contract::start("whatsapp", config, move |_| {
        match turns.fetch_add(1, Ordering::Relaxed) {
            0 => refused(400, 130_429, "Throughput reached").header("retry-after", "1"),
            1 => refused(500, 131_000, "Something went wrong"),
            2 => Reply::new(503, "<html>upstream</html>"),
            3 => taken(),
            // As if it were taken.
            _ => refused(200, 190, "Session has expired"),
        }
    })
    .await;
    contract.world.down(1).await;
    let seen = contract.requests(4).await;
    assert!(seen[1].at.millis_since(seen[0].at) >= 1_000);
    assert!(seen.iter().all(|request| template(request) == "uptime_down"));
    contract.receipt().await;
    contract.world.up(1).await;
    let reason = contract.failure().await;
    assert!(reason.contains("does not accept the access token"), "{reason}");
    assert!(reason.contains("190") && !reason.contains(TOKEN), "{reason}");
    assert_eq!(contract.service.seen().len(), 5);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_template_is_missing_the_notice_says_it() {
    let contract = Contract::start("whatsapp", config, |request| match &*template(request) {
        "uptime_notice" => taken(),
        _ => refused(404, 132_001, "template name (uptime_down) does not exist in en"),
    })
    .await;
    contract.world.down(1).await;
    let notice = contract.requests(2).await.remove(1);
    let said = variables(&notice);
    assert_eq!(said[0], "🔴 Down: Shop 1.");
    assert!(
        said[1].contains("HTTP status 500") && said[1].ends_with("/monitors/1"),
        "{said:?}"
    );
    assert_eq!(contract.receipt().await, "wamid.HBgL");

    contract
        .service
        .answer_with(|request| refused(400, 132_015, &format!("{} is paused", template(request))));
    contract.world.up(1).await;
    let reason = contract.failure().await;
    assert!(
        reason.contains("neither the template uptime_up nor uptime_notice"),
        "{reason}"
    );
    assert_eq!(contract.service.seen().len(), 4);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_what_meta_says() {
    let contract = Contract::start("whatsapp", config, |_| taken()).await;
    assert_eq!(contract.test().await, (true, None));
    let said = variables(&contract.service.seen()[0]);
    assert_eq!(
        said,
        [
            "🔔 Test message for Ops",
            "Alerts for your monitors will be sent here."
        ]
    );
    contract
        .service
        .answer_with(|_| refused(400, 131_050, "User opted out"));
    let (ok, error) = contract.test().await;
    assert!(
        !ok && error.as_deref().unwrap().contains("has opted out"),
        "{error:?}"
    );
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_is_one_notice() {
    let contract = Contract::start("whatsapp", config, |_| taken()).await;
    contract.world.publish_all(1..=40, false).await;
    let storm = contract.requests(1).await.remove(0);
    assert_eq!(template(&storm), "uptime_notice");
    let said = variables(&storm);
    assert_eq!(said[0], "🔴 Down: 40 monitors");
    assert!(
        said[1].starts_with("• Shop ") && said[1].contains("… and "),
        "{said:?}"
    );
    assert!(said[1].ends_with("/?state=down"), "{said:?}");
    let length: usize = said.iter().map(|text| text.encode_utf16().count()).sum();
    assert!((400..=724).contains(&length), "{length}");
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_says_breaks_no_rule_of_variables() {
    let contract = Contract::start("whatsapp", config, |_| taken()).await;
    let error = format!(
        "*bold*\r\n\t      \u{202e} 😀 `x` https://evil.example {}",
        "y ".repeat(5_000)
    );
    contract.down_with(1, &error).await;
    let request = contract.requests(1).await.remove(0);
    let body = json_of(&request);
    let parameters = body["template"]["components"][0]["parameters"]
        .as_array()
        .unwrap();
    let texts: Vec<&str> = parameters.iter().map(|p| p["text"].as_str().unwrap()).collect();
    assert!(
        texts
            .iter()
            .all(|text| !text.contains(['\n', '\t', '*', '`']) && !text.contains("  "))
    );
    assert!(
        texts[3].contains("😀") && !texts[3].contains("https://"),
        "{}",
        texts[3]
    );
    let length: usize = texts.iter().map(|text| text.encode_utf16().count()).sum();
    assert!(length <= 724, "{length}");
    contract.alerter.stop().await;
}
