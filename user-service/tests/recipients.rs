//! Recipients of e-mail channels: each new address is asked once whether it wants alerts, and gets none before.

use crate::common::{self, Answer, Person, Stores, UserService};
use domain::channel::{DeclineTokens, EmailConfig, LeftOut};
use domain::internal::{ConfirmationMail, ConfirmationOutcome, Confirmations, OrgAlerting, SealedChannel};
use domain::{EmailRecipientId, OrgId};
use http::Method;
use serde_json::{Value, json};

impl UserService {
    /// The mails that an alerter is given to send.
    async fn due_mails(&self) -> Vec<ConfirmationMail> {
        let answer = self
            .anonymous(Method::POST, "/internal/confirmations", &json!({}))
            .await;
        let page: Confirmations = serde_json::from_value(answer.expect(200)).unwrap();
        let mut mails = page.mails;
        mails.sort_by(|a, b| a.address.cmp(&b.address));
        mails
    }

    /// What came of a mail.
    async fn mail_was(&self, mail: &ConfirmationMail, error: Option<&str>, again: bool) {
        let outcome = json!(ConfirmationOutcome {
            org_id: mail.org_id,
            recipient: mail.recipient,
            error: error.map(str::to_owned),
            again,
        });
        let path = "/internal/confirmations/outcome";
        let answer = self.anonymous(Method::POST, path, &outcome).await;
        assert_eq!(answer.status, 204, "{}", answer.body);
    }

    /// Follows a link.
    async fn follow(&self, method: Method, token: &str, end: &str) -> Answer {
        let path = format!("/api/v1/recipients/{token}{end}");
        self.anonymous(method, &path, &Value::Null).await
    }

    /// Lets mails that were put off be due.
    async fn hurry(&self) {
        let sql = "UPDATE email_recipients SET due_at = now() WHERE due_at IS NOT NULL";
        self.db().await.execute(sql, &[]).await.unwrap();
    }
}

async fn add(person: &Person<'_>, to: &[&str]) -> Value {
    let body = json!({"name": "Mail", "kind": "email", "config": {"to": to}});
    person.post("/channels", body).await.expect(201)
}

fn path(channel: &Value) -> String {
    format!("/channels/{}", channel["id"])
}

/// Address and state of each recipient.
fn states(channel: &Value) -> Vec<(&str, &str)> {
    let recipients = channel["recipients"].as_array().unwrap();
    recipients
        .iter()
        .map(|one| (one["address"].as_str().unwrap(), one["state"].as_str().unwrap()))
        .collect()
}

/// The person's channels as the alerter gets them.
async fn channels(person: &Person<'_>) -> Vec<SealedChannel> {
    let path = format!("/channels?org_id={}", person.org);
    let answer = person.service.internal(&path).await.expect(200);
    let alerting: OrgAlerting = serde_json::from_value(answer).unwrap();
    for channel in &alerting.channels {
        let path = format!("/channels/{}?org_id={}", channel.id, person.org);
        let alone = person.service.internal(&path).await.expect(200);
        assert_eq!(serde_json::from_value::<SealedChannel>(alone).unwrap(), *channel);
    }
    alerting.channels
}

/// What is sealed of a channel in this context.
fn unsealed<T: serde::de::DeserializeOwned>(context: &str, sealed: &str) -> T {
    use base64::Engine as _;
    let sealed = base64::engine::general_purpose::STANDARD.decode(sealed).unwrap();
    let plain = common::keyring().open(context, &sealed).unwrap();
    serde_json::from_slice(&plain).unwrap()
}

/// The addresses that an alerter of any version sends to.
fn sent_to(channel: &SealedChannel) -> Vec<String> {
    let context = SealedChannel::seal_context(channel.org_id);
    unsealed::<EmailConfig>(&context, &channel.sealed_config).to
}

/// Which of these addresses the person's first channel does not send to, and whether they have declined.
async fn withheld<'a>(person: &Person<'_>, addresses: &[&'a str]) -> Vec<(&'a str, bool)> {
    let channels = channels(person).await;
    let (channel, context) = (&channels[0], SealedChannel::left_out_context(OrgId(person.org)));
    assert_eq!(channel.withheld, []);
    let left_out: Option<LeftOut> = channel
        .sealed_left_out
        .as_ref()
        .map(|sealed| unsealed(&context, sealed));
    let (left_out, sent_to) = (left_out.unwrap_or_default(), sent_to(channel));
    let withheld = addresses.iter().filter_map(|&address| {
        let is_among = |all: &[String]| all.iter().any(|one| one == address);
        let declined = is_among(&left_out.declined);
        let is_left_out = declined || is_among(&left_out.waiting);
        assert_ne!(is_left_out, is_among(&sent_to), "{address}");
        is_left_out.then_some((address, declined))
    });
    withheld.collect()
}

const ADA: &str = "ada@example.org";
const BOB: &str = "bob@example.org";

#[tokio::test]
async fn a_new_address_is_asked_once_and_gets_alerts_when_it_has_confirmed() {
    let service = UserService::start().await;
    let person = service.register().await;
    let channel = add(&person, &[ADA, BOB]).await;
    assert_eq!(states(&channel), [(ADA, "waiting"), (BOB, "waiting")]);
    assert_eq!(channel["recipients"][0]["asked_at"], Value::Null);
    assert_eq!(withheld(&person, &[ADA, BOB]).await, [(ADA, false), (BOB, false)]);

    let mails = service.due_mails().await;
    let addresses: Vec<_> = mails.iter().map(|mail| mail.address.as_str()).collect();
    assert_eq!(addresses, [ADA, BOB]);
    assert_eq!(mails[0].organisation, "Ada's organisation");
    assert_eq!(service.due_mails().await, [], "another alerter gets none of them");
    for mail in &mails {
        service.mail_was(mail, None, false).await;
    }
    let channel = person.get(&path(&channel)).await.expect(200);
    assert!(channel["recipients"][0]["asked_at"].is_string());

    // Opening the link answers nothing.
    let token = &mails[0].token;
    for _ in 0..2 {
        let seen = service.follow(Method::GET, token, "").await.expect(200);
        let expected = json!({
            "address": ADA, "organisation": "Ada's organisation", "state": "waiting", "can_confirm": true
        });
        assert_eq!(seen, expected);
    }
    assert_eq!(withheld(&person, &[ADA, BOB]).await, [(ADA, false), (BOB, false)]);
    for _ in 0..2 {
        let answered = service.follow(Method::POST, token, "/confirm").await.expect(200);
        assert_eq!(answered["state"], "confirmed");
    }
    let declined = service.follow(Method::POST, &mails[1].token, "/decline").await;
    assert_eq!(declined.expect(200)["state"], "declined");
    let channel = person.get(&path(&channel)).await.expect(200);
    assert_eq!(states(&channel), [(ADA, "confirmed"), (BOB, "declined")]);
    assert_eq!(withheld(&person, &[ADA, BOB]).await, [(BOB, true)]);

    // An organisation asks once, in whichever channel and case.
    let other = add(&person, &["Ada@Example.org", BOB]).await;
    assert_eq!(
        states(&other),
        [("Ada@example.org", "confirmed"), (BOB, "declined")]
    );
    for channel in [&channel, &other] {
        assert_eq!(person.delete(&path(channel)).await.status, 204);
    }
    let again = add(&person, &[ADA, BOB]).await;
    assert_eq!(states(&again), [(ADA, "confirmed"), (BOB, "declined")]);
    assert_eq!(service.due_mails().await, []);
    // Another one asks for itself.
    let stranger = service.register().await;
    add(&stranger, &[ADA]).await;
    let mails = service.due_mails().await;
    assert_eq!((mails.len(), mails[0].org_id), (1, OrgId(stranger.org)));
    // And whoever has declined may think better of it.
    let token = &mails[0].token;
    for (end, state) in [("/decline", "declined"), ("/confirm", "confirmed")] {
        let answered = service.follow(Method::POST, token, end).await.expect(200);
        assert_eq!(answered["state"], state);
    }
    assert_eq!(withheld(&stranger, &[ADA]).await, []);
}

#[tokio::test]
async fn a_channel_that_cannot_be_read_keeps_no_other_from_working_and_confirms_nobody() {
    let service = UserService::start().await;
    let person = service.register().await;
    let spoilt = add(&person, &[ADA]).await;
    assert_eq!(service.due_mails().await.len(), 1);
    let (db, id) = (service.db().await, spoilt["id"].as_i64().unwrap());
    let kept = db
        .query_one("SELECT config FROM channels WHERE id = $1", &[&id])
        .await
        .unwrap()
        .get::<_, Vec<u8>>(0);
    let set = async |config: &[u8]| {
        let sql = "UPDATE channels SET config = $2 WHERE id = $1";
        db.execute(sql, &[&id, &config]).await.unwrap();
    };
    set(b"spoilt").await;
    let channel = add(&person, &[ADA, BOB]).await;
    assert_eq!(states(&channel), [(ADA, "waiting"), (BOB, "waiting")]);
    let alerting = channels(&person).await;
    assert_eq!(sent_to(&alerting[1]), [] as [String; 0]);
    // Of the one that cannot be read it is said who gets nothing, for an alerter that can read it.
    let ids: Vec<_> = alerting[0].withheld.iter().map(|one| one.id).collect();
    for address in [ADA, BOB] {
        assert!(
            ids.contains(&EmailRecipientId::new(OrgId(person.org), address)),
            "{address}"
        );
    }
    // Both are in no channel that can be read any more; who is waiting goes on doing so.
    assert_eq!(person.delete(&path(&channel)).await.status, 204);
    service.hurry().await;
    assert_eq!(service.due_mails().await, []);
    set(&kept).await;
    assert_eq!(withheld(&person, &[ADA]).await, [(ADA, false)]);
    service.hurry().await;
    let mails = service.due_mails().await;
    let addresses: Vec<_> = mails.iter().map(|mail| mail.address.as_str()).collect();
    assert_eq!(addresses, [ADA], "the question was put off, and not dropped");
}

#[tokio::test]
async fn an_edit_asks_whom_it_adds_and_forgets_whom_it_removes_before_the_answer() {
    let service = UserService::start().await;
    let person = service.register().await;
    let channel = add(&person, &[ADA]).await;
    assert_eq!(service.due_mails().await.len(), 1);
    let change = async |to: &[&str]| {
        let body = json!({"config": {"to": to}});
        person.patch(&path(&channel), body).await.expect(200)
    };
    assert_eq!(
        states(&change(&[ADA, BOB]).await),
        [(ADA, "waiting"), (BOB, "waiting")]
    );
    let mails = service.due_mails().await;
    assert_eq!(mails.iter().map(|mail| &mail.address).collect::<Vec<_>>(), [BOB]);
    change(&[ADA]).await;
    assert_eq!(service.count("email_recipients").await, 1);
    // An answer counts when it comes late, too.
    service
        .follow(Method::POST, &mails[0].token, "/decline")
        .await
        .expect(200);
    assert_eq!(states(&change(&[BOB]).await), [(BOB, "declined")]);
    // A mail that is on its way to an address that is gone is not sent.
    service.hurry().await;
    assert_eq!(service.due_mails().await, []);
    assert_eq!(person.delete(&path(&channel)).await.status, 204);
    assert_eq!(service.count("email_recipients").await, 1);
}

#[tokio::test]
async fn who_was_a_recipient_before_anybody_was_asked_goes_on_getting_alerts() {
    let service = UserService::start().await;
    let person = service.register().await;
    let channel = add(&person, &[ADA, BOB]).await;
    // As a version that does not know of recipients has left it.
    let db = service.db().await;
    db.execute("DELETE FROM email_recipients", &[]).await.unwrap();
    let seen = person.get(&path(&channel)).await.expect(200);
    assert_eq!(states(&seen), [(ADA, "confirmed"), (BOB, "confirmed")]);
    assert_eq!(states(&person.get("/channels").await.items()[0]), states(&seen));
    assert_eq!(withheld(&person, &[ADA, BOB]).await, []);
    // Also in another channel, and after an edit.
    let other = add(&person, &[ADA, "new@example.org"]).await;
    assert_eq!(
        states(&other),
        [(ADA, "confirmed"), ("new@example.org", "waiting")]
    );
    let body = json!({"config": {"to": [BOB, ADA]}});
    let edited = person.patch(&path(&channel), body).await.expect(200);
    assert_eq!(states(&edited), [(BOB, "confirmed"), (ADA, "confirmed")]);
    assert_eq!(service.due_mails().await.len(), 1);
}

#[tokio::test]
async fn nobody_is_asked_where_nobody_has_to_confirm() {
    let stores = Stores::new().await;
    let asking = UserService::start_on(stores.clone(), &[]).await;
    let person = asking.register().await;
    add(&person, &[ADA, BOB]).await;
    let mails = asking.due_mails().await;
    asking
        .follow(Method::POST, &mails[1].token, "/decline")
        .await
        .expect(200);
    let off = UserService::start_on(stores, &[("EMAIL_VERIFY_RECIPIENTS", "false")]).await;
    let person = Person {
        service: &off,
        ..person
    };
    asking.hurry().await;
    assert_eq!(
        off.due_mails().await,
        [],
        "what was on its way is not sent either"
    );
    // Who has declined gets nothing in any case.
    assert_eq!(withheld(&person, &[ADA, BOB]).await, [(BOB, true)]);
    let channel = add(&person, &[ADA, BOB, "new@example.org"]).await;
    let expected = [
        (ADA, "confirmed"),
        (BOB, "declined"),
        ("new@example.org", "confirmed"),
    ];
    assert_eq!(states(&channel), expected);
    assert_eq!(off.count("email_recipients").await, 2);
    // It counts as confirmed from then on.
    let person = Person {
        service: &asking,
        ..person
    };
    let seen = person.get(&path(&channel)).await.expect(200);
    assert_eq!(
        states(&seen),
        [
            (ADA, "waiting"),
            (BOB, "declined"),
            ("new@example.org", "confirmed")
        ]
    );
}

#[tokio::test]
async fn a_link_is_good_as_it_is_and_for_a_week() {
    let service = UserService::start().await;
    let person = service.register().await;
    add(&person, &[ADA]).await;
    let token = service.due_mails().await[0].token.clone();
    let (head, last) = token.split_at(token.len() - 1);
    let changed = format!("{head}{}", if last == "A" { "E" } else { "A" });
    let key = common::token_key();
    let expired = {
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let mut bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        bytes.truncate(bytes.len() - 32);
        bytes[9..17].copy_from_slice(&(shared::now().as_millis() - 1).to_be_bytes());
        let signature = key.derive("recipient-link", &bytes);
        bytes.extend(signature);
        URL_SAFE_NO_PAD.encode(bytes)
    };
    for (token, detail) in [
        (changed.as_str(), "there is no such link"),
        ("x", "there is no such link"),
        (expired.as_str(), "the link has expired; have the mail sent again"),
    ] {
        for (method, end) in [
            (Method::GET, ""),
            (Method::POST, "/confirm"),
            (Method::POST, "/decline"),
        ] {
            let answer = service.follow(method, token, end).await;
            assert_eq!(answer.expect(404)["detail"], detail, "{end}");
        }
    }
    assert_eq!(withheld(&person, &[ADA]).await, [(ADA, false)]);
    // Of an organisation that is gone there is nothing to be said.
    let db = service.db().await;
    db.batch_execute("DELETE FROM channels; DELETE FROM organisations")
        .await
        .unwrap();
    assert_eq!(service.follow(Method::POST, &token, "/confirm").await.status, 404);
}

#[tokio::test]
async fn a_mail_that_was_not_sent_is_tried_again_until_it_is_refused() {
    let service = UserService::start().await;
    let person = service.register().await;
    let channel = add(&person, &[ADA]).await;
    let asked = async || person.get(&path(&channel)).await.expect(200)["recipients"][0].clone();
    let mail = service.due_mails().await.remove(0);
    service.mail_was(&mail, Some("no connection"), true).await;
    assert_eq!(asked().await["error"], "no connection");
    assert_eq!(service.due_mails().await, [], "not at once");
    service.hurry().await;
    let mail = service.due_mails().await.remove(0);
    service.mail_was(&mail, Some("no such user"), false).await;
    service.hurry().await;
    assert_eq!(service.due_mails().await, []);
    assert_eq!(asked().await["error"], "no such user");
    // By hand it is tried once more.
    let resend = format!("{}/recipients/{}/resend", path(&channel), mail.recipient);
    assert_eq!(person.post(&resend, json!({})).await.status, 202);
    let mail = service.due_mails().await.remove(0);
    service.mail_was(&mail, None, false).await;
    let now = asked().await;
    assert!(now["asked_at"].is_string() && now.get("error").is_none(), "{now}");
}

#[tokio::test]
async fn asking_again_is_limited_and_only_for_who_has_not_answered() {
    let service = UserService::start().await;
    let person = service.register().await;
    let channel = add(&person, &[ADA]).await;
    let id = EmailRecipientId::new(OrgId(person.org), ADA);
    let resend = format!("{}/recipients/{id}/resend", path(&channel));
    // What is on its way is not doubled.
    for _ in 0..5 {
        assert_eq!(person.post(&resend, json!({})).await.status, 202);
    }
    let mut sent = Vec::new();
    for _ in 0..3 {
        let mails = service.due_mails().await;
        assert_eq!(mails.len(), 1);
        service.mail_was(&mails[0], None, false).await;
        sent.extend(mails);
        person.post(&resend, json!({})).await;
    }
    let answer = person.post(&resend, json!({})).await;
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").parse::<u32>().unwrap() <= 3_601);
    assert_eq!(service.due_mails().await, []);
    // A stranger asks for himself, and is not asked for.
    let stranger = service.register().await;
    let theirs = add(&stranger, &[ADA]).await;
    assert_eq!(service.due_mails().await.len(), 1);
    assert_eq!(stranger.post(&resend, json!({})).await.status, 404);
    let wrong = format!("{}/recipients/{id}/resend", path(&theirs));
    assert_eq!(stranger.post(&wrong, json!({})).await.status, 404);

    service
        .follow(Method::POST, &sent[0].token, "/confirm")
        .await
        .expect(200);
    assert_eq!(person.post(&resend, json!({})).await.status, 409);
    service
        .follow(Method::POST, &sent[2].token, "/decline")
        .await
        .expect(200);
    let answer = person.post(&resend, json!({})).await;
    assert_eq!(answer.status, 429, "it was asked lately");
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 29 * 86_400);
}

#[tokio::test]
async fn the_recipients_of_an_own_channel_are_asked_again_together() {
    let service = UserService::start().await;
    let person = service.register().await;
    let body = json!({"name": "Mail", "kind": "email", "config": {"to": [ADA, "ops@example.org"]}});
    let own = person.post("/me/channels", body).await.expect(201);
    let resend = format!("/me/channels/{}/confirmation", own["id"]);
    let mails = service.due_mails().await;
    assert_eq!(mails.len(), 2);
    for mail in &mails {
        service.mail_was(mail, None, false).await;
    }
    // Who has confirmed is not asked.
    service
        .follow(Method::POST, &mails[0].token, "/confirm")
        .await
        .expect(200);
    for _ in 0..2 {
        assert_eq!(person.post(&resend, json!({})).await.status, 202);
        let again = service.due_mails().await;
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].address, mails[1].address);
        service.mail_was(&again[0], None, false).await;
    }
    assert_eq!(person.post(&resend, json!({})).await.status, 429);
    let stranger = service.register().await;
    assert_eq!(stranger.post(&resend, json!({})).await.status, 404);
    service
        .follow(Method::POST, &mails[1].token, "/confirm")
        .await
        .expect(200);
    assert_eq!(person.post(&resend, json!({})).await.status, 409);
    let phone = json!({"name": "Phone", "kind": "ntfy", "config": {"topic": "private"}});
    let phone = person.post("/me/channels", phone).await.expect(201);
    let resend = format!("/me/channels/{}/confirmation", phone["id"]);
    assert_eq!(person.post(&resend, json!({})).await.status, 409);
    let shared = add(&person, &[ADA]).await;
    let resend = format!("/me/channels/{}/confirmation", shared["id"]);
    assert_eq!(person.post(&resend, json!({})).await.status, 404);
}

#[tokio::test]
async fn who_has_declined_is_left_alone_while_others_of_an_own_channel_are_asked_again() {
    let service = UserService::start().await;
    let person = service.register().await;
    let body = json!({"name": "Mail", "kind": "email", "config": {"to": [ADA, "ops@example.org"]}});
    let own = person.post("/me/channels", body).await.expect(201);
    let resend = format!("/me/channels/{}/confirmation", own["id"]);
    let mails = service.due_mails().await;
    assert_eq!(mails.len(), 2);
    for mail in &mails {
        service.mail_was(mail, None, false).await;
    }
    service
        .follow(Method::POST, &mails[0].token, "/decline")
        .await
        .expect(200);
    assert_eq!(person.post(&resend, json!({})).await.status, 202);
    let again = service.due_mails().await;
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].address, mails[1].address);
    service.mail_was(&again[0], None, false).await;
    service
        .follow(Method::POST, &mails[1].token, "/confirm")
        .await
        .expect(200);
    // Nobody else is left, and it was asked lately.
    assert_eq!(person.post(&resend, json!({})).await.status, 429);
}

#[tokio::test]
async fn who_has_declined_is_asked_again_once_and_gets_nothing_else_before_it_confirms() {
    let stores = Stores::new().await;
    let service = UserService::start_on(stores.clone(), &[]).await;
    let person = service.register().await;
    let channel = add(&person, &[ADA]).await;
    let id = EmailRecipientId::new(OrgId(person.org), ADA);
    let resend = format!("{}/recipients/{id}/resend", path(&channel));
    let asked = service.due_mails().await.remove(0);
    service.mail_was(&asked, None, false).await;
    let answer = async |end: &str| service.follow(Method::POST, &asked.token, end).await.expect(200);
    answer("/decline").await;
    let shown = person.get(&path(&channel)).await.expect(200);
    assert!(shown["recipients"][0]["ask_again_at"].is_string(), "{shown}");
    let sql = "UPDATE email_recipients SET asked_at = now() - interval '31 days'";
    service.db().await.execute(sql, &[]).await.unwrap();
    let shown = person.get(&path(&channel)).await.expect(200);
    assert!(shown["recipients"][0].get("ask_again_at").is_none(), "{shown}");

    // The question is on its way; it is dropped when the answer is given once more before.
    assert_eq!(person.post(&resend, json!({})).await.status, 202);
    answer("/decline").await;
    assert_eq!(service.due_mails().await, []);
    // Also where nobody has to confirm.
    let off = UserService::start_on(stores, &[("EMAIL_VERIFY_RECIPIENTS", "false")]).await;
    assert_eq!(person.post(&resend, json!({})).await.status, 202);
    let again = off.due_mails().await.remove(0);
    off.mail_was(&again, None, false).await;
    assert_eq!(person.post(&resend, json!({})).await.status, 429);
    let shown = person.get(&path(&channel)).await.expect(200);
    assert_eq!(states(&shown), [(ADA, "declined")]);
    assert_eq!(withheld(&person, &[ADA]).await, [(ADA, true)]);
    let confirmed = service.follow(Method::POST, &again.token, "/confirm").await;
    assert_eq!(confirmed.expect(200)["state"], "confirmed");
    assert_eq!(withheld(&person, &[ADA]).await, []);
}

#[tokio::test]
async fn alerters_get_a_token_for_each_recipient_by_which_it_declines() {
    let service = UserService::start().await;
    let person = service.register().await;
    add(&person, &[ADA, BOB]).await;
    let mails = service.due_mails().await;
    service
        .follow(Method::POST, &mails[0].token, "/confirm")
        .await
        .expect(200);
    let sealed = channels(&person).await.remove(0);
    assert_eq!(channels(&person).await[0], sealed, "it is the same each time");
    let context = SealedChannel::decline_context(OrgId(person.org));
    let tokens: DeclineTokens = unsealed(&context, &sealed.sealed_decline_tokens.unwrap());
    assert_eq!(tokens.keys().collect::<Vec<_>>(), [ADA]);
    // As mail programs do it; that the page is opened says nothing.
    let token = &tokens[ADA];
    let seen = service.follow(Method::GET, token, "").await.expect(200);
    assert_eq!(
        (&seen["state"], &seen["can_confirm"]),
        (&json!("confirmed"), &json!(false))
    );
    // So it is for who was a recipient before anybody was asked.
    let forget = "DELETE FROM email_recipients";
    service.db().await.execute(forget, &[]).await.unwrap();
    let seen = service.follow(Method::GET, token, "").await.expect(200);
    assert_eq!(seen["state"], "confirmed");
    let one_click = format!("/api/v1/recipients/{token}/decline");
    let headers = [
        ("x-internal-key", common::INTERNAL_KEY),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let body = "List-Unsubscribe=One-Click";
    let answer = service.send(Method::POST, &one_click, &headers, body).await;
    assert_eq!(answer.expect(200)["state"], "declined");
    // Whoever has an old alert does not take that back.
    assert_eq!(service.follow(Method::POST, token, "/confirm").await.status, 404);
    assert_eq!(withheld(&person, &[ADA]).await, [(ADA, true)]);
}

#[tokio::test]
async fn who_manages_channels_is_told_that_links_in_mails_lead_nowhere() {
    let stores = Stores::new().await;
    for (public_url, is_warned) in [("http://localhost:8080", true), ("https://status.example", false)] {
        let settings = [("SMTP_URL", "smtp://127.0.0.1:1"), ("PUBLIC_URL", public_url)];
        let service = UserService::start_on(stores.clone(), &settings).await;
        let person = service.register().await;
        let channel = add(&person, &[&person.email.clone()]).await;
        let warning = channel["warning"].as_str();
        assert_eq!(
            warning.is_some_and(|it| it.contains("PUBLIC_URL")),
            is_warned,
            "{channel}"
        );
        let seen = person.as_role("viewer").get(&path(&channel)).await.expect(200);
        assert!(seen.get("warning").is_none(), "{seen}");
        service.stop().await;
    }
}

#[tokio::test]
async fn a_mailbox_is_not_flooded_by_many_and_an_organisation_does_not_flood_many() {
    let service = UserService::start().await;
    let mut asked = 0;
    let (service, owner) = (&service, service.register().await);
    let organisation = async |days: i32| {
        let made = "INSERT INTO organisations (name, created_at)
                    VALUES ('Many', now() - make_interval(days => $1)) RETURNING id";
        let org = service.db().await.query_one(made, &[&days]).await.unwrap().get(0);
        Person { org, ..owner.clone() }
    };
    for index in 0..31 {
        let person = organisation(2).await;
        add(&person, &[&format!("ada+{index}@example.org")]).await;
        asked += service.due_mails().await.len();
    }
    assert_eq!(asked, 30, "of all organisations together to one mailbox in a day");
    for (days, allowed) in [(2, 60), (0, 20)] {
        let person = organisation(days).await;
        for channel in 0..4 {
            let to: Vec<String> = (0..20)
                .map(|index| format!("u{index}@c{channel}.d{days}.example.org"))
                .collect();
            add(&person, &to.iter().map(String::as_str).collect::<Vec<_>>()).await;
        }
        let mut asked = 0;
        // One more finds that it were enough, and puts off all that are left.
        for _ in 0..=allowed / 5 {
            asked += service.due_mails().await.len();
        }
        assert_eq!(asked, allowed, "of one organisation in an hour");
    }
    let waiting = "SELECT count(*) FROM email_recipients WHERE due_at > now() + interval '30 minutes'";
    let waiting: i64 = service.db().await.query_one(waiting, &[]).await.unwrap().get(0);
    assert_eq!(waiting, 1 + 20 + 60);
}
