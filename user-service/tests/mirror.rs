//! What pingers are told of: the internal API, the sealed definitions in Redis, the poke after a change.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::common::{self, PATIENCE, Stores, UserService, keyring};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::channel::SlackConfig;
use domain::internal::{ChannelsPage, DefinitionsPage, MonitorName, SealedChannel};
use domain::monitor::Definition;
use domain::routing::Labels;
use domain::{MonitorId, OrgId};
use fred::clients::Client;
use fred::interfaces::{ClientLike, EventInterface, HashesInterface, KeysInterface, PubsubInterface};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::redis::RedisSettings;

/// As many as the services of these tests have.
const SHARDS: u32 = 4;

/// What a busy machine has kept from being followed at once is put right within a minute.
const RECONCILED: Duration = Duration::from_secs(90);

async fn redis(settings: &RedisSettings) -> Client {
    let client = shared::redis::connect(settings).unwrap();
    client.wait_for_connect().await.unwrap();
    client
}

/// What the mirror says: of each monitor its revision, opened with the key.
async fn mirrored(redis: &Client, settings: &RedisSettings) -> BTreeMap<i64, u32> {
    let mut all = BTreeMap::new();
    for shard in 0..SHARDS {
        let entries: BTreeMap<String, Vec<u8>> =
            redis.hgetall(settings.keys().definitions(shard)).await.unwrap();
        for (id, sealed) in entries {
            assert!(
                !String::from_utf8_lossy(&sealed).contains("a.example"),
                "it is sealed"
            );
            let plain = keyring().open(&format!("definition/{id}"), &sealed).unwrap();
            let definition: Definition = serde_json::from_slice(&plain).unwrap();
            assert_eq!(definition.id.to_string(), id);
            assert_eq!(definition.id.0 % i64::from(SHARDS), i64::from(shard));
            all.insert(definition.id.0, definition.revision);
        }
    }
    all
}

async fn until_mirrored(service: &UserService, expected: &BTreeMap<i64, u32>) {
    let settings = service.stores.redis();
    let redis = redis(&settings).await;
    testkit::eventually("the mirror follows", PATIENCE, async || {
        (mirrored(&redis, &settings).await == *expected).then_some(())
    })
    .await;
}

async fn ask<T: DeserializeOwned>(service: &UserService, path: &str) -> T {
    let answer = service.internal(path).await;
    serde_json::from_value(answer.expect(200)).unwrap()
}

fn ids(page: &DefinitionsPage) -> Vec<i64> {
    page.definitions
        .iter()
        .map(|definition| definition.id.0)
        .collect()
}

#[tokio::test]
async fn the_mirror_follows_every_change() {
    let service = UserService::start().await;
    let person = service.register().await;
    let one = person.monitor("https://a.example/1").await;
    let two = person.monitor("https://a.example/2").await;
    until_mirrored(&service, &[(one, 1), (two, 1)].into()).await;
    person
        .post(&format!("/monitors/{one}/pause"), Value::Null)
        .await
        .expect(200);
    until_mirrored(&service, &[(one, 2), (two, 1)].into()).await;
    assert_eq!(person.delete(&format!("/monitors/{two}")).await.status, 204);
    until_mirrored(&service, &[(one, 2)].into()).await;
}

#[tokio::test]
async fn a_change_is_poked_and_a_new_name_is_not() {
    let service = UserService::start().await;
    let settings = service.stores.redis();
    let subscriber = shared::redis::subscriber(&settings).unwrap();
    subscriber.wait_for_connect().await.unwrap();
    let mut messages = subscriber.message_rx();
    let (definitions, channels) = (
        settings.keys().definitions_changed(),
        settings.keys().channels_changed(),
    );
    subscriber
        .subscribe(vec![definitions.clone(), channels.clone()])
        .await
        .unwrap();
    let mut next = async || {
        let message = tokio::time::timeout(PATIENCE, messages.recv()).await.unwrap();
        let message = message.unwrap();
        let text: String = message.value.convert().unwrap();
        (message.channel.to_string(), text)
    };
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    assert_eq!(next().await, (definitions.clone(), id.to_string()));
    let path = format!("/monitors/{id}");
    person.patch(&path, json!({"name": "Shop"})).await.expect(200);
    person.patch(&path, json!({"retries": 0})).await.expect(200);
    assert_eq!(next().await, (definitions.clone(), id.to_string()));
    let channel = person.channel().await;
    assert_eq!(next().await, (channels.clone(), person.org.to_string()));
    person
        .patch(&format!("/channels/{channel}"), json!({"enabled": false}))
        .await
        .expect(200);
    assert_eq!(next().await, (channels.clone(), person.org.to_string()));
    person.delete(&format!("/channels/{channel}")).await;
    assert_eq!(next().await, (channels, person.org.to_string()));
    person.delete(&path).await;
    assert_eq!(next().await, (definitions, id.to_string()));
}

#[tokio::test]
async fn what_is_wrong_in_the_mirror_is_put_right() {
    let stores = Stores::new().await;
    let service = UserService::start_on(stores.clone(), &[]).await;
    let person = service.register().await;
    let mut expected = BTreeMap::new();
    for n in 0..6 {
        expected.insert(person.monitor(&format!("https://a.example/{n}")).await, 1);
    }
    until_mirrored(&service, &expected).await;
    service.stop().await;

    // One shard is lost, a removed monitor is left over, a definition is another's, and there were more shards once.
    let settings = stores.redis();
    let (redis, keys) = (redis(&settings).await, settings.keys());
    let ids: Vec<i64> = expected.keys().copied().collect();
    let shard = |id: i64| (id % i64::from(SHARDS)) as u32;
    redis.del::<(), _>(keys.definitions(shard(ids[0]))).await.unwrap();
    let junk = [("999999", "junk".to_owned()), ("nonsense", "junk".to_owned())];
    redis
        .hset::<(), _, _>(keys.definitions(shard(ids[1])), junk.to_vec())
        .await
        .unwrap();
    redis
        .hset::<(), _, _>(keys.definitions(SHARDS + 5), junk.to_vec())
        .await
        .unwrap();
    redis
        .hset::<(), _, _>(keys.definitions(shard(ids[2])), (ids[2].to_string(), "junk"))
        .await
        .unwrap();
    let service = UserService::start_on(stores, &[]).await;
    testkit::eventually("the mirror is put right", RECONCILED, async || {
        let key = keys.definitions(shard(ids[1]));
        let junk: bool = redis.hexists(&key, "999999").await.unwrap();
        let other: Vec<u8> = redis
            .hget(keys.definitions(shard(ids[2])), ids[2].to_string())
            .await
            .unwrap();
        let lost: bool = redis.exists(keys.definitions(shard(ids[0]))).await.unwrap();
        let former: bool = redis.exists(keys.definitions(SHARDS + 5)).await.unwrap();
        (!junk && other != b"junk" && lost && !former).then_some(())
    })
    .await;
    until_mirrored(&service, &expected).await;
}

#[tokio::test]
async fn what_cannot_be_read_keeps_no_other_from_being_mirrored() {
    let stores = Stores::new().await;
    let service = UserService::start_on(stores.clone(), &[]).await;
    let (owner, other) = (service.register().await, service.register().await);
    let spoilt = owner.monitor("https://a.example/1").await;
    let good = other.monitor("https://a.example/2").await;
    until_mirrored(&service, &[(spoilt, 1), (good, 1)].into()).await;
    let sql = r#"UPDATE monitors SET spec = '{"kind": "x"}', revision = 2 WHERE id = $1"#;
    service.db().await.execute(sql, &[&spoilt]).await.unwrap();
    let pause = format!("/monitors/{good}/pause");
    other.post(&pause, Value::Null).await.expect(200);
    until_mirrored(&service, &[(spoilt, 1), (good, 2)].into()).await;
    service.stop().await;

    let settings = stores.redis();
    let shard = (good % i64::from(SHARDS)) as u32;
    let client = redis(&settings).await;
    let key = settings.keys().definitions(shard);
    client.hdel::<(), _, _>(&key, good.to_string()).await.unwrap();
    let service = UserService::start_on(stores, &[]).await;
    testkit::eventually("the mirror is put right", RECONCILED, async || {
        (mirrored(&client, &settings).await == [(spoilt, 1), (good, 2)].into()).then_some(())
    })
    .await;
    service.stop().await;
}

#[tokio::test]
async fn changed_keys_seal_everything_again() {
    let stores = Stores::new().await;
    let service = UserService::start_on(stores.clone(), &[]).await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    person.channel().await;
    until_mirrored(&service, &[(id, 1)].into()).await;
    service.stop().await;

    let new = "k2:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    let both = format!("{new},{}", common::ENCRYPTION_KEYS);
    let service = UserService::start_on(stores, &[("ENCRYPTION_KEYS", &both)]).await;
    let new = shared::crypto::Keyring::parse(new).unwrap();
    let settings = service.stores.redis();
    let redis = redis(&settings).await;
    testkit::eventually("all is sealed with the new key", RECONCILED, async || {
        let shard = (id % i64::from(SHARDS)) as u32;
        let key = settings.keys().definitions(shard);
        let definition: Vec<u8> = redis.hget(key, id.to_string()).await.unwrap();
        let row = service
            .db()
            .await
            .query_one("SELECT org_id, config FROM channels", &[])
            .await
            .unwrap();
        let context = SealedChannel::seal_context(OrgId(row.get(0)));
        let opened = new.open(&format!("definition/{id}"), &definition).is_ok()
            && new.open(&context, row.get(1)).is_ok();
        opened.then_some(())
    })
    .await;
}

#[tokio::test]
async fn definitions_are_read_by_shard_and_by_id() {
    let service = UserService::start().await;
    let person = service.register().await;
    let mut all = Vec::new();
    for n in 0..8 {
        all.push(person.monitor(&format!("https://a.example/{n}")).await);
    }
    let gone = all.remove(3);
    assert_eq!(person.delete(&format!("/monitors/{gone}")).await.status, 204);
    let paused = all[0];
    person
        .post(&format!("/monitors/{paused}/pause"), Value::Null)
        .await
        .expect(200);

    let mut read = Vec::new();
    let mut after = 0;
    loop {
        let path = format!("/definitions?shards=0,1,2,3&shard_count=4&after={after}&limit=3");
        let page: DefinitionsPage = ask(&service, &path).await;
        read.extend(ids(&page));
        match page.next_after {
            Some(last) => after = last.0,
            None => break,
        }
    }
    assert_eq!(read, all, "removed ones are missing, paused ones are not");
    for shard in 0..3 {
        let path = format!("/definitions?shards={shard}&shard_count=3");
        let page: DefinitionsPage = ask(&service, &path).await;
        let expected: Vec<i64> = all.iter().copied().filter(|id| id % 3 == shard).collect();
        assert_eq!((ids(&page), page.next_after), (expected, None));
    }
    let path = format!("/definitions?ids={gone},{paused},999999");
    let page: DefinitionsPage = ask(&service, &path).await;
    assert_eq!(ids(&page), [paused]);
    let definition = &page.definitions[0];
    assert_eq!((definition.org_id, definition.revision), (OrgId(person.org), 2));
    assert!(definition.spec.paused);
    let none: DefinitionsPage = ask(&service, "/definitions?shards=").await;
    assert_eq!(none, DefinitionsPage::default());
    for bad in ["", "?ids=1&shards=1", "?ids=x", "?shards=0&nope=1"] {
        let answer = service.internal(&format!("/definitions{bad}")).await;
        assert_eq!(answer.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn large_definitions_make_pages_that_pingers_read() {
    const MONITORS: i64 = 620;
    let service = UserService::start().await;
    let person = service.register().await;
    let equals = "x".repeat(60_000);
    let large = json!({"url": "https://a.example/", "http": {"json": {"path": "$", "equals": equals}}});
    person.post("/monitors", large).await.expect(201);
    let copies = "INSERT INTO monitors (org_id, name, spec)
                  SELECT org_id, name, spec FROM monitors, generate_series(2, $1::bigint)";
    service.db().await.execute(copies, &[&MONITORS]).await.unwrap();
    let (mut read, mut pages, mut after) = (Vec::new(), 0, 0);
    loop {
        let path = format!("/definitions?shards=0&shard_count=1&after={after}");
        let page: DefinitionsPage = ask(&service, &path).await;
        pages += 1;
        read.extend(ids(&page));
        match page.next_after {
            Some(last) => after = last.0,
            None => break,
        }
    }
    let mut ordered = read.clone();
    ordered.sort_unstable();
    ordered.dedup();
    assert_eq!((read.len() as i64, pages), (MONITORS, 5));
    assert_eq!(read, ordered);
    // Who asks for some gets all of them.
    let some: Vec<String> = read.iter().take(200).map(i64::to_string).collect();
    let page: DefinitionsPage = ask(&service, &format!("/definitions?ids={}", some.join(","))).await;
    assert_eq!((page.definitions.len(), page.next_after), (200, None));
    service.stop().await;
}

#[tokio::test]
async fn alerters_get_names_and_sealed_channels() {
    let service = UserService::start().await;
    let (person, stranger) = (service.register().await, service.register().await);
    let id = person.monitor("https://a.example/?token=secret").await;
    let name: MonitorName = ask(&service, &format!("/monitors/{id}")).await;
    let expected = MonitorName {
        id: MonitorId(id),
        org_id: OrgId(person.org),
        name: "a.example".into(),
        url: "https://a.example/?token=***".into(),
        labels: Some(Labels {
            kind: Some("http".into()),
            ..Labels::default()
        }),
    };
    assert_eq!(name, expected);
    assert_eq!(person.delete(&format!("/monitors/{id}")).await.status, 204);
    let name: MonitorName = ask(&service, &format!("/monitors/{id}")).await;
    assert_eq!(name, expected, "an alert may still tell of it");
    assert_eq!(service.internal("/monitors/999999").await.status, 404);

    let channel = person.channel().await;
    let page: ChannelsPage = ask(&service, &format!("/channels?org_id={}", person.org)).await;
    let one: SealedChannel = ask(&service, &format!("/channels/{channel}?org_id={}", person.org)).await;
    assert_eq!(page.channels, std::slice::from_ref(&one));
    let sealed = STANDARD.decode(&one.sealed_config).unwrap();
    let plain = keyring()
        .open(&SealedChannel::seal_context(OrgId(person.org)), &sealed)
        .unwrap();
    let config: SlackConfig = serde_json::from_slice(&plain).unwrap();
    assert_eq!(
        config.webhook_url,
        "https://hooks.slack.example/services/T0/B0/secret"
    );
    let page: ChannelsPage = ask(&service, &format!("/channels?org_id={}", stranger.org)).await;
    assert_eq!(page, ChannelsPage::default());
    let path = format!("/channels/{channel}?org_id={}", stranger.org);
    assert_eq!(service.internal(&path).await.status, 404);
}
