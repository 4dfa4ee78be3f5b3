//! Status pages, and what of them stands in Redis.

use fred::clients::Client;
use fred::interfaces::{ClientLike as _, KeysInterface as _, SetsInterface as _};
use pages::Document;
use serde_json::{Value, json};
use testkit::eventually;

use super::{PATIENCE, Person, Stores, UserService};

pub(crate) const PAGES_URL: &str = "https://status.example:8443";

/// A user-service that publishes status pages.
pub(crate) async fn with_pages(more: &[(&str, &str)]) -> UserService {
    let mut variables = vec![("PAGES_URL", PAGES_URL), ("PUBLIC_URL", "https://uptime.example")];
    variables.extend_from_slice(more);
    UserService::start_on(Stores::new().await, &variables).await
}

/// A page of one component for each monitor.
pub(crate) async fn page(person: &Person<'_>, slug: &str, monitors: &[i64]) -> Value {
    let components: Vec<_> = monitors.iter().map(|id| json!({"monitor_id": id})).collect();
    let body = json!({"title": "Acme", "slug": slug, "groups": [{"components": components}]});
    person.post("/status-pages", body).await.expect(201)
}

/// A slug of the test's own.
pub(crate) fn slug() -> String {
    format!(
        "p-{}",
        &testkit::unique()[..20].replace('_', "-").trim_end_matches('-')
    )
}

/// What stands in Redis.
pub(crate) struct Published<'a> {
    service: &'a UserService,
    pub(crate) redis: Client,
    pub(crate) keys: shared::redis::Keys,
}

impl<'a> Published<'a> {
    pub(crate) async fn of(service: &'a UserService) -> Self {
        let redis = shared::redis::connect(&service.stores.redis()).unwrap();
        redis.wait_for_connect().await.unwrap();
        Self {
            service,
            redis,
            keys: service.stores.redis().keys(),
        }
    }

    /// The document under a slug, if there is one.
    pub(crate) async fn now(&self, slug: &str) -> Option<Document> {
        let json: Option<String> = self.redis.get(self.keys.status_page(slug)).await.unwrap();
        json.map(|json| serde_json::from_str(&json).unwrap())
    }

    /// The document under a slug, once it is as it is to be.
    pub(crate) async fn document(&self, slug: &str, is: impl Fn(&Document) -> bool) -> Document {
        eventually(&format!("the document of {slug}"), PATIENCE, async || {
            self.now(slug).await.filter(|document| is(document))
        })
        .await
    }

    /// Waits until nothing stands under a slug.
    pub(crate) async fn gone(&self, slug: &str) {
        eventually(&format!("nothing of {slug}"), PATIENCE, async || {
            self.now(slug).await.is_none().then_some(())
        })
        .await;
        let names = [self.keys.status_page_logo(slug)];
        assert_eq!(self.redis.exists::<i64, _>(names.to_vec()).await.unwrap(), 0);
        assert!(!self.is_listed(slug).await);
    }

    /// Whether a slug is among those that anybody may see.
    pub(crate) async fn is_listed(&self, slug: &str) -> bool {
        self.redis
            .sismember(self.keys.status_pages(), slug)
            .await
            .unwrap()
    }

    /// Whose host name it is.
    pub(crate) async fn host(&self, host: &str) -> Option<String> {
        self.redis.get(self.keys.status_page_host(host)).await.unwrap()
    }

    /// Has everything published anew.
    pub(crate) async fn anew(&self) {
        let sql = "UPDATE status_page_publications SET due_at = now(), published_at = NULL";
        self.service.db().await.execute(sql, &[]).await.unwrap();
        self.settled().await;
    }

    /// Waits until everything is published and nothing waits to be removed.
    pub(crate) async fn settled(&self) {
        let sql = "SELECT NOT EXISTS (SELECT FROM status_page_publications WHERE published_at IS NULL OR due_at <= now())
                   AND NOT EXISTS (SELECT FROM status_page_changes) AND NOT EXISTS (SELECT FROM status_page_removals)";
        eventually("everything is published", PATIENCE, async || {
            let row = self.service.db().await.query_one(sql, &[]).await.unwrap();
            row.get::<_, bool>(0).then_some(())
        })
        .await;
    }
}
