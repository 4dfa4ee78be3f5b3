//! Status pages with subscribers.

use http::Method;
use serde_json::{Value, json};
use testkit::{FakeSmtp, Mail, eventually};

use super::post::{mail_to, on};
use super::{Answer, PATIENCE, Person, Stores, UserService};

pub(crate) const PAGES_URL: &str = "https://pages.example";

/// A user-service with a mail server and status pages.
pub(crate) async fn with_pages(stores: Stores, smtp: &FakeSmtp) -> UserService {
    on(stores, smtp, &[("PAGES_URL", PAGES_URL)]).await
}

/// A status page with these components.
pub(crate) struct Page {
    pub(crate) id: i64,
    pub(crate) slug: String,
    pub(crate) components: Vec<i64>,
}

impl Page {
    /// A public one with two components, `Shop` and `API`.
    pub(crate) async fn new(owner: &Person<'_>) -> Self {
        Self::with(owner, json!({})).await
    }

    pub(crate) async fn with(owner: &Person<'_>, more: Value) -> Self {
        let slug = testkit::unique().replace(['_', '.', ':'], "-").to_lowercase();
        let slug: String = format!("p-{slug}").chars().take(40).collect();
        let mut input = json!({"title": "Acme", "slug": slug.trim_end_matches('-'),
                               "groups": [{"components": [{"name": "Shop"}, {"name": "API"}]}]});
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        let made = owner.post("/status-pages", input).await.expect(201);
        let components = made["groups"][0]["components"].as_array().unwrap();
        Self {
            id: made["id"].as_i64().unwrap(),
            slug: made["slug"].as_str().unwrap().to_owned(),
            components: components.iter().map(|one| one["id"].as_i64().unwrap()).collect(),
        }
    }

    /// Publishes a report about a component; answers its id.
    pub(crate) async fn report(&self, by: &Person<'_>, component: Option<usize>, notify: bool) -> i64 {
        let impacts =
            component.map(|n| json!({"component_id": self.components[n], "impact": "major_outage"}));
        let impacts: Vec<Value> = impacts.into_iter().collect();
        let update = json!({"status": "investigating", "message": "We **look**.", "components": impacts, "notify": notify});
        let report = json!({"title": "Checkout fails", "update": update});
        let path = format!("/status-pages/{}/reports", self.id);
        by.post(&path, report).await.expect(201)["id"].as_i64().unwrap()
    }

    /// Somebody enters an address on the page.
    pub(crate) async fn sign_up(
        &self,
        service: &UserService,
        email: &str,
        components: Option<&[i64]>,
    ) -> Answer {
        let body = json!({"email": email, "components": components});
        let path = format!("/internal/status-pages/{}/subscriptions", self.slug);
        service.anonymous(Method::POST, &path, &body).await
    }

    /// Signs an address up and confirms; answers the token.
    pub(crate) async fn subscribe(
        &self,
        service: &UserService,
        smtp: &FakeSmtp,
        email: &str,
        components: Option<&[i64]>,
    ) -> String {
        self.sign_up(service, email, components).await.expect(202);
        let token = self.token_of(
            &mail_to(smtp, email, "Confirm your subscription", 1).await,
            "subscription",
        );
        let confirmed = subscription(service, "confirm", json!({"token": token}))
            .await
            .expect(200);
        assert_eq!(confirmed["state"], "confirmed");
        token
    }

    /// The token of a link to what is below the page.
    pub(crate) fn token_of(&self, mail: &Mail, name: &str) -> String {
        let link = format!("{PAGES_URL}/{}/{name}?token=", self.slug);
        mail.word_after(&link)
            .unwrap_or_else(|| panic!("no {link} in {}", mail.text))
    }
}

pub(crate) async fn update(by: &Person<'_>, report: i64, status: &str, notify: bool) -> Value {
    let body = json!({"status": status, "message": "More.", "notify": notify});
    by.post(&format!("/status-reports/{report}/updates"), body)
        .await
        .expect(201)
}

/// What somebody does with a token.
pub(crate) async fn subscription(service: &UserService, what: &str, body: Value) -> Answer {
    let path = format!("/internal/subscriptions/{what}");
    service.anonymous(Method::POST, &path, &body).await
}

/// Waits until no notice and no answer waits.
pub(crate) async fn all_told(service: &UserService) {
    let sql = "SELECT (SELECT count(*) FROM report_notices WHERE outcome IS NULL)
                    + (SELECT count(*) FROM status_page_subscribers WHERE due_at IS NOT NULL)";
    let mut waiting = i64::MAX;
    while waiting > 0 {
        waiting = eventually("fewer subscribers wait", PATIENCE, async || {
            let now: i64 = service.db().await.query_one(sql, &[]).await.unwrap().get(0);
            (now < waiting || now == 0).then_some(now)
        })
        .await;
    }
}

/// Adds so many subscribers that have confirmed, named after `prefix`.
pub(crate) async fn add_confirmed(service: &UserService, page: i64, prefix: &str, count: i32) {
    let sql = "INSERT INTO status_page_subscribers (id, org_id, page_id, mailbox, address, state, confirmed_at, due_at)
               SELECT gen_random_uuid(), p.org_id, p.id, a.address, a.address, 'confirmed', now(), NULL
               FROM status_pages p, (SELECT $2 || n || '@example.org' FROM generate_series(1, $3::int) n) AS a (address)
               WHERE p.id = $1";
    let db = service.db().await;
    db.execute(sql, &[&page, &prefix, &count]).await.unwrap();
}

/// The mails whose subject begins so, by their names.
pub(crate) fn named(smtp: &FakeSmtp, subject: &str) -> Vec<(String, String)> {
    let subject = format!("\nSubject: {subject}");
    let mails = smtp.mails().into_iter();
    let mails = mails.filter(|mail| mail.text.contains(&subject));
    mails
        .map(|mail| {
            assert_eq!(mail.to.len(), 1, "each has one recipient");
            (mail.word_after("Message-ID: <").unwrap(), mail.to[0].clone())
        })
        .collect()
}
