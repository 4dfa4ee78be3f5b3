//! Calendar feeds: what calendars fetch, and when they do not any more.

use std::collections::BTreeSet;

use calcard::icalendar::{ICalendarComponentType, ICalendarProperty};
use calcard::{Entry, Parser};
use http::Method;
use http_body_util::Full;
use serde_json::{Value, json};
use shared::http::client::ServiceClient;

use crate::common::scene::{join, narrow};
use crate::common::{INTERNAL_KEY, PATIENCE, Person, UserService};

const FEEDS: &str = "/me/calendars";

async fn schedule(owner: &Person<'_>, name: &str, people: &[i64]) -> Value {
    let body = json!({"name": name, "time_zone": "Europe/Berlin",
                      "layers": [{"people": people, "starts_at": "2020-01-06T09:00:00",
                                  "rotation": {"every": 1, "unit": "weeks"}}]});
    owner.post("/on-call-schedules", body).await.expect(201)
}

/// The path of a new feed, of a schedule or of the own shifts.
async fn feed(person: &Person<'_>, schedule: Option<&Value>) -> String {
    let body = json!({"schedule_id": schedule.map(|one| &one["id"])});
    let made = person.post(FEEDS, body).await.expect(201);
    let url = made["url"].as_str().unwrap();
    url.strip_prefix("http://localhost:8080").unwrap().to_owned()
}

async fn status(service: &UserService, path: &str) -> u16 {
    service
        .anonymous(Method::GET, path, &Value::Null)
        .await
        .status
        .as_u16()
}

/// What a calendar gets: the headers, and the titles of all events.
async fn fetched(service: &UserService, path: &str) -> (http::HeaderMap, String, BTreeSet<String>) {
    let client = ServiceClient::new(PATIENCE);
    let request = http::Request::get(format!("{}{path}", service.url)).header("x-internal-key", INTERNAL_KEY);
    let request = request.body(Full::default()).unwrap();
    let (head, body) = client.send(request).await.unwrap().into_parts();
    assert_eq!(head.status, 200);
    let text = String::from_utf8(body.to_vec()).unwrap();
    let Entry::ICalendar(calendar) = Parser::new(&text).entry() else {
        panic!("{text}");
    };
    let events = calendar
        .components
        .iter()
        .filter(|one| one.component_type == ICalendarComponentType::VEvent);
    let titles = events.flat_map(|event| &event.entries);
    let titles = titles
        .filter(|entry| entry.name == ICalendarProperty::Summary)
        .map(|entry| entry.values[0].as_text().unwrap().to_owned())
        .collect();
    (head.headers, text, titles)
}

#[tokio::test]
async fn a_calendar_gets_the_own_shifts_or_those_of_a_schedule() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let bob = join(&ada, "viewer").await;
    bob.patch("/me", json!({"name": "Bob"})).await.expect(200);
    let payments = schedule(&ada, "Payments, EU", &[ada.user, bob.user]).await;
    schedule(&ada, "Search", &[ada.user]).await;

    let (headers, text, titles) = fetched(&service, &feed(&bob, None).await).await;
    assert_eq!(headers["content-type"], "text/calendar; charset=utf-8");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["content-disposition"], "inline; filename=\"on-call.ics\"");
    assert!(
        text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"),
        "{text}"
    );
    assert_eq!(titles, ["On call – Payments, EU".to_owned()].into());
    // Every other week of sixteen.
    let events = text.matches("BEGIN:VEVENT").count();
    assert!((8..=9).contains(&events), "{text}");

    let (_, _, titles) = fetched(&service, &feed(&bob, Some(&payments)).await).await;
    let expected = ["Ada – Payments, EU", "Bob – Payments, EU"].map(str::to_owned);
    assert_eq!(titles, expected.into());
    let listed = bob.get(FEEDS).await.expect(200)["items"].clone();
    assert_eq!(
        (&listed[0]["schedule_id"], &listed[1]["schedule_name"]),
        (&Value::Null, &json!("Payments, EU"))
    );
    assert!(
        listed[0]["read_at"].is_string() && listed[0].get("url").is_none(),
        "{listed}"
    );
    assert_eq!(ada.get(FEEDS).await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn a_long_feed_is_cut_at_its_end_whichever_schedules_the_shifts_are_of() {
    let service = UserService::start().await;
    let ada = service.register().await;
    // Each has 2,688 shifts in sixteen weeks.
    for name in ["First", "Second"] {
        let body = json!({"name": name, "time_zone": "UTC",
                          "layers": [{"people": [ada.user], "starts_at": "2020-01-06T09:00:00",
                                      "rotation": {"every": 1, "unit": "hours"}}]});
        ada.post("/on-call-schedules", body).await.expect(201);
    }
    let (_, text, titles) = fetched(&service, &feed(&ada, None).await).await;
    assert_eq!(
        titles,
        ["On call – First", "On call – Second"].map(str::to_owned).into()
    );
    for name in ["First", "Second"] {
        let events = text.matches(&format!("SUMMARY:On call – {name}\r\n")).count();
        assert_eq!(events, 2_500, "{name}");
    }
}

#[tokio::test]
async fn an_address_is_a_secret_that_is_told_once() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let path = feed(&ada, None).await;
    let token = path
        .strip_prefix("/api/v1/calendars/")
        .unwrap()
        .strip_suffix(".ics")
        .unwrap();
    assert_eq!(token.len(), 43);
    let everything = "SELECT (SELECT json_agg(f)::text FROM calendar_feeds f) || (SELECT json_agg(a)::text FROM audit_log a)";
    let stored: String = service
        .db()
        .await
        .query_one(everything, &[])
        .await
        .unwrap()
        .get(0);
    assert!(!stored.contains(token), "{stored}");
    assert_eq!(status(&service, &path).await, 200);
    let other = format!("/api/v1/calendars/{}.ics", "A".repeat(43));
    for wrong in [&other, "/api/v1/calendars/x.ics", "/api/v1/calendars/.ics"] {
        assert_eq!(status(&service, wrong).await, 404, "{wrong}");
    }
}

#[tokio::test]
async fn a_feed_ends_when_it_is_deleted_or_its_owner_or_schedule_goes() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let (bob, eve) = (join(&ada, "editor").await, join(&ada, "editor").await);
    let payments = schedule(&ada, "Payments", &[ada.user]).await;
    let of_schedule = feed(&ada, Some(&payments)).await;
    let own = feed(&ada, None).await;
    let (of_bob, of_eve) = (feed(&bob, None).await, feed(&eve, None).await);
    let seen_by_eve = feed(&eve, Some(&payments)).await;
    for path in [&of_schedule, &own, &of_bob, &of_eve, &seen_by_eve] {
        assert_eq!(status(&service, path).await, 200, "{path}");
    }
    // Nobody deletes a feed of somebody else.
    let id = bob.get(FEEDS).await.expect(200)["items"][0]["id"].clone();
    assert_eq!(ada.delete(&format!("{FEEDS}/{id}")).await.status, 404);
    bob.delete(&format!("{FEEDS}/{id}")).await.expect(204);
    assert_eq!(status(&service, &of_bob).await, 404);
    // Who sees a part of the organisation sees their own shifts.
    ada.post("/tags", json!({"name": "eu"})).await.expect(201);
    narrow(&ada, eve.user, json!({"only_tags": ["eu"]}))
        .await
        .expect(200);
    assert_eq!(status(&service, &seen_by_eve).await, 404);
    assert_eq!(status(&service, &of_eve).await, 200);
    let again = eve.post(FEEDS, json!({"schedule_id": payments["id"]})).await;
    assert_eq!(again.status, 403);
    ada.delete(&format!("/orgs/{}/members/{}", ada.org, eve.user))
        .await
        .expect(204);
    assert_eq!(status(&service, &of_eve).await, 404);
    ada.delete(&format!("/on-call-schedules/{}", payments["id"]))
        .await
        .expect(204);
    assert_eq!(status(&service, &of_schedule).await, 404);
    assert_eq!(status(&service, &own).await, 200);
}

#[tokio::test]
async fn feeds_are_bounded_and_of_ones_own_organisation() {
    let service = UserService::start().await;
    let (ada, stranger) = (service.register().await, service.register().await);
    let payments = schedule(&ada, "Payments", &[ada.user]).await;
    let wrong = stranger.post(FEEDS, json!({"schedule_id": payments["id"]})).await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.fields()),
        (422, vec!["schedule_id"])
    );
    for _ in 0..20 {
        feed(&ada, None).await;
    }
    ada.post(FEEDS, json!({})).await.expect(409);
    stranger.post(FEEDS, json!({})).await.expect(201);
}
