//! An e-mail channel from its creation to the alert: a new address is asked, and only who has confirmed is notified.

use e2e::{AllInOne, PATIENCE, Stores};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{FakeSmtp, FakeTarget, Mail};

#[tokio::test(flavor = "multi_thread")]
async fn only_who_has_confirmed_is_notified_of_an_outage() {
    let server = FakeSmtp::start().await;
    let settings = [
        ("SMTP_URL", server.url.clone()),
        ("PUBLIC_URL", "https://status.example".to_owned()),
    ];
    let product = AllInOne::start_with(&Stores::empty().await, &settings);
    let target = FakeTarget::start().await;
    let mut api = product.api().await;
    api.register().await;
    let (ada, bob) = ("ada@example.org", "bob@example.org");
    // Before that the account's own address would be the only one.
    let own = api.email().to_owned();
    let mail = testkit::eventually("the account's address is to be verified", PATIENCE, async || {
        mails_to(&server, &own).into_iter().next()
    })
    .await;
    let link = mail.word_after("https://status.example/verify-email#").unwrap();
    let verified = json!({"token": link});
    api.post("/api/v1/auth/verify-email", verified, StatusCode::NO_CONTENT)
        .await;
    let body = json!({"name": "On call", "kind": "email", "config": {"to": [ada, bob]}});
    let channel = api.post("/api/v1/channels", body, StatusCode::CREATED).await;
    let path = format!("/api/v1/channels/{}", channel["id"]);

    let token = async |address: &str| {
        let mail = testkit::eventually("the address is asked", PATIENCE, async || {
            mails_to(&server, address).into_iter().next()
        })
        .await;
        assert!(
            mail.text.contains("Subject: Confirm your address for alerts"),
            "{mail:?}"
        );
        mail.word_after("\r\nhttps://status.example/recipients/").unwrap()
    };
    let (of_ada, of_bob) = (token(ada).await, token(bob).await);
    assert_ne!(of_ada, of_bob);
    // A test sends nothing to somebody who has not confirmed, and says so.
    let tested = api.post(&format!("{path}/test"), json!({}), StatusCode::OK).await;
    assert_eq!(tested["ok"], false);
    let error = tested["error"].as_str().unwrap();
    assert!(
        error.ends_with("waiting for confirmation of ada@example.org, bob@example.org"),
        "{error}"
    );

    // A stranger to the product follows the link; opening it is no answer.
    let stranger = product.api().await;
    let link = format!("/api/v1/recipients/{of_ada}");
    assert_eq!(stranger.get(&link).await["state"], "waiting");
    assert_eq!(states(&api.get(&path).await), ["waiting", "waiting"]);
    stranger
        .call(Method::POST, &format!("{link}/confirm"), None, StatusCode::OK)
        .await;
    assert_eq!(states(&api.get(&path).await), ["confirmed", "waiting"]);

    target.answer(500);
    api.add_monitor("Shop", &target.url()).await;
    let told = testkit::eventually("the outage is announced", PATIENCE, async || {
        mails_to(&server, ada).into_iter().nth(1)
    })
    .await;
    assert_eq!(told.to, ["<ada@example.org>"]);
    assert_eq!(mails_to(&server, bob).len(), 1, "the question, and nothing else");
    let receipt = testkit::eventually("the delivery is listed", PATIENCE, async || {
        let deliveries = api.get(&format!("{path}/deliveries")).await;
        deliveries["items"][0]["receipt"].as_str().map(str::to_owned)
    })
    .await;
    assert!(
        receipt.ends_with("(waiting for confirmation of bob@example.org)"),
        "{receipt}"
    );
    assert!(product.stop().await);
}

fn mails_to(server: &FakeSmtp, address: &str) -> Vec<Mail> {
    let envelope = format!("<{address}>");
    let mails = server.mails().into_iter();
    mails.filter(|mail| mail.to.contains(&envelope)).collect()
}

fn states(channel: &Value) -> Vec<&str> {
    let recipients = channel["recipients"].as_array().unwrap();
    recipients
        .iter()
        .map(|one| one["state"].as_str().unwrap())
        .collect()
}
