//! What gateways find in Redis of heartbeats.

use domain::badge::BadgeTarget;
use domain::heartbeat::PingTarget;
use fred::clients::Client;
use fred::interfaces::{ClientLike as _, HashesInterface as _, KeysInterface as _};
use serde_json::{Value, json};
use shared::redis::{Keys, PING_NAME_BUCKETS};

use super::{addresses, heartbeat, ping_key};
use crate::common::{PATIENCE, UserService};

/// What Redis says of names.
struct Mirror {
    redis: Client,
    keys: Keys,
}

impl Mirror {
    async fn of(service: &UserService) -> Self {
        let settings = service.stores.redis();
        let redis = shared::redis::connect(&settings).unwrap();
        redis.wait_for_connect().await.unwrap();
        Self {
            redis,
            keys: settings.keys(),
        }
    }

    async fn get(&self, key: String) -> Option<String> {
        self.redis.get(key).await.unwrap()
    }

    /// What is meant by a UUID, or by `push/` and a token.
    async fn target(&self, name: &str) -> Option<PingTarget> {
        let json = self.get(self.keys.ping_target(name)).await?;
        Some(serde_json::from_str(&json).unwrap())
    }

    /// The monitor whose state a badge shows.
    async fn badge(&self, shown: &Value) -> Option<i64> {
        let key = self.keys.badge(shown["badge_key"].as_str().unwrap());
        let target: BadgeTarget = serde_json::from_str(&self.get(key).await?).unwrap();
        Some(target.monitor_id.0)
    }

    /// The monitors that a slug means; none where nothing stands.
    async fn slug(&self, key: &str, slug: &str) -> Option<Vec<i64>> {
        let json = self.get(self.keys.ping_slug(key, slug)).await?;
        let targets: Vec<PingTarget> = serde_json::from_str(&json).unwrap();
        Some(targets.iter().map(|target| target.monitor_id.0).collect())
    }

    /// Waits until it is so.
    async fn until(&self, what: &str, is: impl AsyncFn(&Self) -> bool) {
        testkit::eventually(what, PATIENCE, async || is(self).await.then_some(())).await;
    }
}

fn token(shown: &Value) -> String {
    let url = shown["push_url"].as_str().unwrap();
    format!("push/{}", url.rsplit_once('/').unwrap().1)
}

fn uuid(shown: &Value) -> String {
    shown["ping_uuid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn gateways_find_each_name_until_it_is_nobodys() {
    let service = UserService::start().await;
    let (person, mirror) = (service.register().await, Mirror::of(&service).await);
    let id = heartbeat(&person, "Backup").await;
    let (first, key) = (addresses(&person, id).await, ping_key(&person).await);
    mirror
        .until("all names stand there", async |mirror| {
            mirror.target(&uuid(&first)).await.is_some()
                && mirror.target(&token(&first)).await.is_some()
                && mirror.slug(&key, "backup").await == Some(vec![id])
                && mirror.badge(&first).await == Some(id)
        })
        .await;
    let path = format!("/monitors/{id}");
    person
        .post(&format!("{path}/pause"), Value::Null)
        .await
        .expect(200);
    mirror
        .until("a paused one stays", async |mirror| {
            mirror
                .target(&uuid(&first))
                .await
                .is_some_and(|target| target.paused)
        })
        .await;
    person
        .post(&format!("{path}/heartbeat/rotate"), Value::Null)
        .await
        .expect(200);
    let second = addresses(&person, id).await;
    mirror
        .until("the old names are nobody's", async |mirror| {
            mirror.target(&uuid(&first)).await.is_none()
                && mirror.target(&token(&first)).await.is_none()
                && mirror.target(&uuid(&second)).await.is_some()
                && mirror.target(&token(&second)).await.is_some()
        })
        .await;
    person
        .patch(&path, json!({"url": "heartbeat://nightly"}))
        .await
        .expect(200);
    mirror
        .until("the old slug is nobody's", async |mirror| {
            mirror.slug(&key, "backup").await.is_none()
                && mirror.slug(&key, "nightly").await == Some(vec![id])
        })
        .await;
    person.post("/ping-key/rotate", Value::Null).await.expect(200);
    let new = ping_key(&person).await;
    mirror
        .until("the old key is nobody's", async |mirror| {
            mirror.slug(&key, "nightly").await.is_none()
                && mirror.slug(&new, "nightly").await == Some(vec![id])
        })
        .await;
    person.delete(&path).await.expect(204);
    mirror
        .until("nothing is left of what was deleted", async |mirror| {
            let mut named = 0;
            for bucket in 0..PING_NAME_BUCKETS {
                let names: i64 = mirror.redis.hlen(mirror.keys.ping_names(bucket)).await.unwrap();
                named += names;
            }
            named == 0
                && mirror.target(&uuid(&second)).await.is_none()
                && mirror.target(&token(&second)).await.is_none()
                && mirror.slug(&new, "nightly").await.is_none()
        })
        .await;
}

#[tokio::test]
async fn a_slug_means_both_while_it_is_ambiguous() {
    let service = UserService::start().await;
    let (person, mirror) = (service.register().await, Mirror::of(&service).await);
    let one = heartbeat(&person, "Backup").await;
    let two = heartbeat(&person, "Backup").await;
    let key = ping_key(&person).await;
    mirror
        .until("both are meant", async |mirror| {
            mirror.slug(&key, "backup").await == Some(vec![one, two])
        })
        .await;
    person.delete(&format!("/monitors/{one}")).await.expect(204);
    // Where nothing stands user-service is asked.
    mirror
        .until("it is not ambiguous any more", async |mirror| {
            matches!(mirror.slug(&key, "backup").await.as_deref(), None | Some([_]))
        })
        .await;
    let told = super::targets(&service, &format!("key={key}&slug=backup")).await;
    assert_eq!((told.len(), &told[0]["monitor_id"]), (1, &json!(two)));
}

#[tokio::test]
async fn what_redis_has_lost_or_kept_wrongly_is_put_right() {
    let service = UserService::start().await;
    let (person, mirror) = (service.register().await, Mirror::of(&service).await);
    let (lost, gone) = (heartbeat(&person, "Lost").await, heartbeat(&person, "Gone").await);
    let (lost, gone) = (
        addresses(&person, lost).await,
        (gone, addresses(&person, gone).await),
    );
    mirror
        .until("both stand there", async |mirror| {
            mirror.target(&uuid(&lost)).await.is_some() && mirror.target(&uuid(&gone.1)).await.is_some()
        })
        .await;
    let stores = service.stores.clone();
    // As if Redis had been away: one is missing, and another was deleted.
    let (): () = mirror
        .redis
        .del(mirror.keys.ping_target(&uuid(&lost)))
        .await
        .unwrap();
    let db = service.db().await;
    for sql in [
        "DELETE FROM heartbeats WHERE monitor_id = $1",
        "UPDATE monitors SET deleted_at = now() WHERE id = $1",
    ] {
        db.execute(sql, &[&gone.0]).await.unwrap();
    }
    drop(db);
    drop(person);
    service.stop().await;
    // It compares when it starts.
    let _service = UserService::start_on(stores, &[]).await;
    mirror
        .until("it is put right", async |mirror| {
            mirror.target(&uuid(&lost)).await.is_some() && mirror.target(&uuid(&gone.1)).await.is_none()
        })
        .await;
}
