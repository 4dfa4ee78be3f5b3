//! Codes that show that the number of a member's own channel is the member's: nothing else is sent there before.

use crate::common::scene::join;
use crate::common::{self, Person, UserService};
use domain::channel::TwilioConfig;
use domain::internal::{
    ConfirmationCode, ConfirmationCodeOutcome, ConfirmationCodes, OrgAlerting, SealedChannel,
};
use http::Method;
use serde_json::{Value, json};

const ADA: &str = "+4915112345678";
const BOB: &str = "+4915187654321";

impl UserService {
    /// The codes that an alerter is given to send.
    async fn due_codes(&self) -> Vec<ConfirmationCode> {
        let path = "/internal/confirmation-codes";
        let answer = self.anonymous(Method::POST, path, &json!({})).await;
        let page: ConfirmationCodes = serde_json::from_value(answer.expect(200)).unwrap();
        page.codes
    }

    /// What came of a code.
    async fn code_was(&self, code: &ConfirmationCode, error: Option<&str>, again: bool) {
        let outcome = json!(ConfirmationCodeOutcome {
            org_id: code.channel.org_id,
            channel: code.channel.id,
            attempt: code.attempt,
            error: error.map(str::to_owned),
            again,
        });
        let path = "/internal/confirmation-codes/outcome";
        let answer = self.anonymous(Method::POST, path, &outcome).await;
        assert_eq!(answer.status, 204, "{}", answer.body);
    }

    /// The one code that is due, which is sent.
    async fn sent_code(&self) -> ConfirmationCode {
        let mut codes = self.due_codes().await;
        assert_eq!(codes.len(), 1, "{codes:?}");
        let code = codes.remove(0);
        self.code_was(&code, None, false).await;
        code
    }

    async fn change_rows(&self, change: &str) {
        let sql = format!("UPDATE channel_confirmations SET {change}");
        self.db().await.execute(&sql, &[]).await.unwrap();
    }
}

fn phone(number: &str) -> Value {
    json!({"name": "Phone", "kind": "twilio", "config": {
        "account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "5f4dcc3b5aa765d61d8327deb882cf99",
        "from_number": "+493012345678", "to_number": number}})
}

async fn add(person: &Person<'_>, body: Value) -> Value {
    person.post("/me/channels", body).await.expect(201)
}

fn path(channel: &Value) -> String {
    format!("/me/channels/{}", channel["id"])
}

async fn enter(person: &Person<'_>, channel: &Value, code: &str) -> common::Answer {
    let path = format!("{}/confirmation/code", path(channel));
    person.post(&path, json!({"code": code})).await
}

async fn send_again(person: &Person<'_>, channel: &Value) -> common::Answer {
    let path = format!("{}/confirmation", path(channel));
    person.post(&path, json!({})).await
}

async fn state(person: &Person<'_>, channel: &Value) -> Value {
    person.get(&path(channel)).await.expect(200)["confirmation"].clone()
}

/// The person's first channel as alerters get it.
async fn sealed(person: &Person<'_>) -> SealedChannel {
    let path = format!("/channels?org_id={}", person.org);
    let answer = person.service.internal(&path).await.expect(200);
    let alerting: OrgAlerting = serde_json::from_value(answer).unwrap();
    alerting.channels.into_iter().next().unwrap()
}

/// What alerters can read of its configuration; none where there is nothing.
fn unsealed(channel: &SealedChannel) -> Option<TwilioConfig> {
    use base64::Engine as _;
    let sealed = base64::engine::general_purpose::STANDARD
        .decode(&channel.sealed_config)
        .unwrap();
    let context = SealedChannel::seal_context(channel.org_id);
    let plain = common::keyring().open(&context, &sealed).unwrap();
    serde_json::from_slice(&plain).ok()
}

/// Six digits that are not those.
fn other_than(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

#[tokio::test]
async fn a_new_number_gets_a_code_and_nothing_else_until_that_was_entered() {
    let service = UserService::start().await;
    let person = service.register().await;
    let own = add(&person, phone(ADA)).await;
    assert_eq!(
        own["confirmation"],
        json!({"state": "waiting", "asked_at": null, "expires_at": null})
    );
    let unconfirmed = sealed(&person).await;
    assert!(unconfirmed.unconfirmed && unsealed(&unconfirmed).is_none());
    assert_eq!(
        sealed(&person).await,
        unconfirmed,
        "what has not changed is the same"
    );
    let test = format!(
        "/channels/{}?org_id={}&owner={}",
        own["id"], person.org, person.user
    );
    let one: SealedChannel = serde_json::from_value(service.internal(&test).await.expect(200)).unwrap();
    assert_eq!(one, unconfirmed, "tests are not sent there either");

    let code = service.sent_code().await;
    assert!(!code.channel.unconfirmed);
    assert_eq!(unsealed(&code.channel).unwrap().to_number, ADA);
    assert_eq!(service.due_codes().await, []);
    let shown = state(&person, &own).await;
    assert!(
        shown["asked_at"].is_string() && shown["expires_at"].is_string(),
        "{shown}"
    );
    assert_eq!(shown["state"], "waiting");
    assert_eq!(person.get("/me/channels").await.items()[0]["confirmation"], shown);

    let refused = enter(&person, &own, &other_than(&code.code)).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["code"]),
        "{}",
        refused.body
    );
    assert!(refused.body.to_string().contains("is wrong or has expired"));
    let (first, last) = code.code.split_at(3);
    let confirmed = enter(&person, &own, &format!(" {first}-{last} ")).await;
    assert_eq!(confirmed.header("etag"), "\"1\"");
    let confirmed = confirmed.expect(200);
    let expected = json!({"state": "confirmed", "asked_at": null, "expires_at": null});
    assert_eq!(confirmed["confirmation"], expected);
    assert_eq!(state(&person, &own).await, expected);
    let sent = sealed(&person).await;
    assert!(!sent.unconfirmed);
    assert_eq!(unsealed(&sent).unwrap().to_number, ADA);
    // Nothing is left to be confirmed.
    assert_eq!(enter(&person, &own, &code.code).await.status, 409);
    assert_eq!(send_again(&person, &own).await.status, 409);
    let events = person.get("/me/audit-log").await.items();
    assert_eq!(events[0]["action"], "ConfirmOwnChannel");
    assert_eq!(events[0]["details"], json!({"name": "Phone", "kind": "twilio"}));
}

#[tokio::test]
async fn what_is_no_own_phone_needs_no_code() {
    let service = UserService::start().await;
    let person = service.register().await;
    let ntfy = add(
        &person,
        json!({"name": "App", "kind": "ntfy", "config": {"topic": "x"}}),
    )
    .await;
    let shared = person.post("/channels", phone(ADA)).await.expect(201);
    for channel in [&ntfy, &shared] {
        assert!(channel.get("confirmation").is_none(), "{channel}");
    }
    assert_eq!(enter(&person, &ntfy, "123456").await.status, 409);
    assert_eq!(enter(&person, &shared, "123456").await.status, 404);
    assert_eq!(service.due_codes().await, []);
    assert_eq!(service.count("channel_confirmations").await, 0);
    // What was there before anybody was asked is confirmed.
    let own = add(&person, phone(ADA)).await;
    let forget = "DELETE FROM channel_confirmations";
    service.db().await.execute(forget, &[]).await.unwrap();
    assert_eq!(state(&person, &own).await["state"], "confirmed");
    assert_eq!(service.due_codes().await, []);
}

#[tokio::test]
async fn only_the_owner_enters_a_code() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let member = join(&owner, "viewer").await;
    let own = add(&member, phone(ADA)).await;
    let code = service.sent_code().await;
    let stranger = service.register().await;
    for other in [&owner, &stranger] {
        assert_eq!(enter(other, &own, &code.code).await.status, 404);
        assert_eq!(send_again(other, &own).await.status, 404);
    }
    // Of a channel that somebody has, the code of another channel is nothing.
    let theirs = add(&owner, phone(ADA)).await;
    let theirs_code = service.sent_code().await;
    if theirs_code.code != code.code {
        assert_eq!(enter(&owner, &theirs, &code.code).await.status, 422);
    }
    enter(&member, &own, &code.code).await.expect(200);
    assert_eq!(state(&owner, &theirs).await["state"], "waiting");
}

#[tokio::test]
async fn five_wrong_codes_void_the_right_one() {
    let service = UserService::start().await;
    let person = service.register().await;
    let own = add(&person, phone(ADA)).await;
    let code = service.sent_code().await;
    // What cannot be one is no try.
    for text in ["", "12345", "1234567", "12345x"] {
        let refused = enter(&person, &own, text).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec!["code"]),
            "{text}"
        );
        assert!(refused.body.to_string().contains("must be six digits"));
    }
    let wrong = other_than(&code.code);
    for _ in 0..5 {
        assert_eq!(enter(&person, &own, &wrong).await.status, 422);
    }
    assert_eq!(enter(&person, &own, &code.code).await.status, 422);
    // The next one has five of its own.
    assert_eq!(send_again(&person, &own).await.status, 202);
    let next = service.sent_code().await;
    assert_ne!(next.attempt, code.attempt);
    enter(&person, &own, &next.code).await.expect(200);
}

#[tokio::test]
async fn a_code_is_void_after_ten_minutes_and_when_another_one_is_sent() {
    let service = UserService::start().await;
    let person = service.register().await;
    let own = add(&person, phone(ADA)).await;
    let first = service.sent_code().await;
    assert_eq!(send_again(&person, &own).await.status, 202);
    let second = service.sent_code().await;
    if first.code != second.code {
        assert_eq!(enter(&person, &own, &first.code).await.status, 422);
    }
    service
        .change_rows("expires_at = expires_at - interval '10 minutes'")
        .await;
    assert_eq!(enter(&person, &own, &second.code).await.status, 422);
    service
        .change_rows("expires_at = now() + interval '1 minute'")
        .await;
    enter(&person, &own, &second.code).await.expect(200);
}

#[tokio::test]
async fn another_number_is_confirmed_anew_and_voids_the_code() {
    let service = UserService::start().await;
    let person = service.register().await;
    let own = add(&person, phone(ADA)).await;
    let code = service.due_codes().await.remove(0);
    let other = json!({"config": {"to_number": BOB}});
    let edited = person.patch(&path(&own), other).await.expect(200);
    assert_eq!(edited["confirmation"]["state"], "waiting");
    // What came of the code to the other number concerns this one no more.
    service.code_was(&code, None, false).await;
    assert_eq!(state(&person, &own).await["asked_at"], Value::Null);
    assert_eq!(enter(&person, &own, &code.code).await.status, 422);
    let code = service.sent_code().await;
    assert_eq!(unsealed(&code.channel).unwrap().to_number, BOB);
    enter(&person, &own, &code.code).await.expect(200);
    // A name, the form and the same number once more change nothing of it.
    for change in [
        json!({"name": "Mobile", "enabled": false}),
        json!({"config": {"by": "call", "to_number": BOB}}),
    ] {
        let edited = person.patch(&path(&own), change).await.expect(200);
        assert_eq!(edited["confirmation"]["state"], "confirmed");
    }
    let back = person
        .patch(&path(&own), json!({"config": {"to_number": ADA}}))
        .await
        .expect(200);
    assert_eq!(back["confirmation"]["state"], "waiting");
    assert!(sealed(&person).await.unconfirmed);
    // It goes with the channel.
    person.delete(&path(&own)).await.expect(204);
    assert_eq!(service.count("channel_confirmations").await, 0);
    assert_eq!(service.due_codes().await, []);
}

#[tokio::test]
async fn another_service_or_account_is_confirmed_anew() {
    let service = UserService::start().await;
    let person = service.register().await;
    let own = add(&person, phone(ADA)).await;
    let code = service.sent_code().await;
    enter(&person, &own, &code.code).await.expect(200);
    // Whoever runs the service reads the code, whosever the number is.
    let elsewhere = json!({"config": {"api_url": "https://twilio.example", "auth_token": "another-token"}});
    let edited = person.patch(&path(&own), elsewhere).await.expect(200);
    assert_eq!(edited["confirmation"]["state"], "waiting");
    let code = service.sent_code().await;
    enter(&person, &own, &code.code).await.expect(200);
    // Another token of the account is nothing new, another account is.
    for (change, state) in [
        (json!({"auth_token": "a-third-token"}), "confirmed"),
        (
            json!({"account_sid": "ACfedcba9876543210fedcba9876543210", "auth_token": "a-fourth-token"}),
            "waiting",
        ),
    ] {
        let edited = person
            .patch(&path(&own), json!({"config": change}))
            .await
            .expect(200);
        assert_eq!(edited["confirmation"]["state"], state, "{change}");
    }
}

#[tokio::test]
async fn what_goes_by_accounts_that_are_made_up_keeps_nobody_from_confirming() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let own = add(&owner, phone(ADA)).await;
    // More than a number gets by one account, from people who have nothing to do with it.
    for n in 0..4 {
        let stranger = service.register().await;
        let mut elsewhere = phone(ADA);
        elsewhere["config"]["account_sid"] = json!(format!("AC0123456789abcdef0123456789abcde{n}"));
        let theirs = add(&stranger, elsewhere).await;
        for code in service.due_codes().await {
            service.code_was(&code, None, false).await;
        }
        for _ in 0..4 {
            assert_eq!(send_again(&stranger, &theirs).await.status, 202);
            service.sent_code().await;
        }
    }
    assert_eq!(send_again(&owner, &own).await.status, 202);
    let code = service.sent_code().await;
    enter(&owner, &own, &code.code).await.expect(200);
}

#[tokio::test]
async fn a_code_that_could_not_be_sent_is_tried_again_or_given_up() {
    let service = UserService::start().await;
    let person = service.register().await;
    let own = add(&person, phone(ADA)).await;
    let code = service.due_codes().await.remove(0);
    service.code_was(&code, Some("Twilio is away"), true).await;
    assert_eq!(state(&person, &own).await["error"], "Twilio is away");
    assert_eq!(service.due_codes().await, [], "it waits for a moment");
    service.change_rows("due_at = now()").await;
    let again = service.due_codes().await.remove(0);
    assert_ne!(again.attempt, code.attempt);
    service.code_was(&again, Some("the number is none"), false).await;
    let shown = state(&person, &own).await;
    assert_eq!(
        (&shown["error"], &shown["asked_at"]),
        (&json!("the number is none"), &Value::Null)
    );
    assert_eq!(service.due_codes().await, [], "it was given up");
    // Nobody waits any more for one that no alerter has fetched in time.
    assert_eq!(send_again(&person, &own).await.status, 202);
    service
        .change_rows("wanted_at = now() - interval '11 minutes'")
        .await;
    assert_eq!(service.due_codes().await, []);
    let shown = state(&person, &own).await;
    assert!(
        shown["error"].as_str().unwrap().contains("not be sent in time"),
        "{shown}"
    );
}

#[tokio::test]
async fn an_alerter_that_is_gone_with_a_code_is_followed_by_another_code() {
    let service = UserService::start().await;
    let person = service.register().await;
    let own = add(&person, phone(ADA)).await;
    let lost = service.due_codes().await.remove(0);
    // While it is on its way, the one that is asked for is that one.
    assert_eq!(send_again(&person, &own).await.status, 202);
    assert_eq!(service.due_codes().await, []);
    service.change_rows("due_at = now()").await;
    let code = service.sent_code().await;
    assert!(code.attempt > lost.attempt);
    // What the other one says afterwards is of a code that does not count.
    service.code_was(&lost, Some("too late"), false).await;
    assert!(state(&person, &own).await.get("error").is_none());
    enter(&person, &own, &code.code).await.expect(200);
}

#[tokio::test]
async fn a_channel_gets_five_codes_a_day() {
    let service = UserService::start().await;
    let person = service.register().await;
    let own = add(&person, phone(ADA)).await;
    service.sent_code().await;
    for _ in 0..4 {
        assert_eq!(send_again(&person, &own).await.status, 202);
        service.sent_code().await;
    }
    let refused = send_again(&person, &own).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 23 * 3_600);
    // Another number is no way around it.
    let other = json!({"config": {"to_number": BOB}});
    person.patch(&path(&own), other).await.expect(200);
    assert_eq!(service.due_codes().await, []);
    let shown = state(&person, &own).await;
    assert!(
        shown["error"].as_str().unwrap().contains("as many codes"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_member_who_makes_channels_anew_has_no_more_than_ten_codes_a_day() {
    let service = UserService::start().await;
    let person = service.register().await;
    for n in 0..10 {
        let own = add(&person, phone(&format!("+49151000000{n:02}"))).await;
        service.sent_code().await;
        person.delete(&path(&own)).await.expect(204);
    }
    let own = add(&person, phone(ADA)).await;
    assert_eq!(service.due_codes().await, []);
    assert!(state(&person, &own).await["error"].is_string());
    assert_eq!(send_again(&person, &own).await.status, 429);
}

#[tokio::test]
async fn who_has_only_an_unconfirmed_number_cannot_be_reached() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let own = add(&ada, phone(ADA)).await;
    let team = json!({"name": "Payments", "members": [ada.user]});
    let team = ada.post("/teams", team).await.expect(201);
    assert_eq!(team["members"][0]["has_channel"], false);
    let code = service.sent_code().await;
    enter(&ada, &own, &code.code).await.expect(200);
    let team = ada.get(&format!("/teams/{}", team["id"])).await.expect(200);
    assert_eq!(team["members"][0]["has_channel"], true);
}
