//! Silences of who is narrowed to tags.

use serde_json::{Value, json};

use super::{SILENCES, add, end, of, path};
use crate::common::UserService;
use crate::common::scene::{key, member, scene};

#[tokio::test]
async fn who_is_narrowed_silences_what_they_see() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let (inside, outside) = (scene.inside.monitor, scene.outside.monitor);
    let (all, both) = (
        add(&scene.owner, of(&[])).await,
        add(&scene.owner, of(&[outside, inside])).await,
    );
    let hidden = format!("{SILENCES}/{}", scene.outside.silence);
    for caller in [member(&scene).await, key(&scene).await] {
        let seen = caller.get(SILENCES).await.items();
        let seen: Vec<_> = seen
            .iter()
            .map(|silence| (silence["id"].clone(), silence["monitors"].clone()))
            .collect();
        let expected = [
            (json!(scene.inside.silence), json!([inside])),
            (all["id"].clone(), json!([])),
            (both["id"].clone(), json!([inside])),
        ];
        assert_eq!(seen, expected);
        for (silence, status) in [(path(&all), 403), (path(&both), 403), (hidden.clone(), 404)] {
            let reads = if status == 404 { 404 } else { 200 };
            assert_eq!(caller.get(&silence).await.status, reads, "{silence}");
            let change = caller.patch(&silence, json!({"reason": "x"})).await;
            let ending = caller.post(&format!("{silence}/end"), json!({})).await;
            for answer in [change, ending] {
                assert_eq!(answer.status, status, "{silence}: {}", answer.body);
            }
        }
        assert_eq!(caller.post(SILENCES, of(&[])).await.status, 403);
        let refused = caller.post(SILENCES, of(&[inside, outside])).await;
        assert_eq!(refused.fields(), ["monitors"]);
        // A tag that they do not see is not there, whether it is or not.
        for tag in [scene.other_tag, 77_777] {
            let mut body = of(&[inside]);
            body["conditions"] = json!({"tags": [tag]});
            assert_eq!(caller.post(SILENCES, body).await.fields(), ["conditions.tags.0"]);
        }
        let mut body = of(&[inside]);
        body["conditions"] = json!({"tags": [scene.tag]});
        let own = caller.post(SILENCES, body).await.expect(201);
        // It does not become one of all.
        assert_eq!(
            caller.patch(&path(&own), json!({"monitors": []})).await.status,
            403
        );
        let changed = caller.patch(&path(&own), json!({"reason": "Move"})).await;
        assert_eq!(changed.expect(200)["reason"], "Move");
        // Who has made it is told to those who see everything.
        assert_eq!(own["created_by"], Value::Null);
        caller.post(&end(&own), json!({})).await.expect(200);
    }
}

/// One of what has these tags, or of these monitors where they have them.
fn tagged(monitors: &[i64], tags: &[i64]) -> Value {
    let mut body = of(monitors);
    body["conditions"] = json!({ "tags": tags });
    body
}

#[tokio::test]
async fn who_is_narrowed_sees_a_silence_by_tags_of_what_they_see() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let owner = &scene.owner;
    let (tag, other_tag) = (scene.tag, scene.other_tag);
    let mine = add(owner, tagged(&[], &[tag, other_tag])).await;
    let others = add(owner, tagged(&[], &[other_tag])).await;
    let named = add(owner, tagged(&[scene.inside.monitor], &[other_tag])).await;
    assert_eq!(owner.get(SILENCES).await.items().len(), 5);
    assert_eq!(
        owner.get(&path(&mine)).await.expect(200)["conditions"]["tags"],
        json!([tag, other_tag])
    );
    for caller in [member(&scene).await, key(&scene).await] {
        assert_eq!(caller.get(&path(&others)).await.status, 404);
        let seen = caller.get(SILENCES).await.items();
        let ids: Vec<_> = seen.iter().map(|silence| silence["id"].clone()).collect();
        let expected = [
            json!(scene.inside.silence),
            mine["id"].clone(),
            named["id"].clone(),
        ];
        assert_eq!(ids, expected);
        let shown = caller.get(&path(&mine)).await.expect(200);
        assert_eq!(shown["conditions"]["tags"], json!([tag]));
        assert_eq!(shown["created_by"], Value::Null);
        assert_eq!(
            caller.patch(&path(&mine), json!({"reason": "x"})).await.status,
            403
        );
        let shown = caller.get(&path(&named)).await.expect(200);
        let tags = shown["conditions"]["tags"].as_array();
        assert!(tags.is_none_or(Vec::is_empty), "{shown}");
    }
    // What is stored has all of them.
    let told = super::holds(owner).await;
    let of_both = told.iter().filter(|hold| hold.conditions.tags.len() == 2);
    assert_eq!(of_both.count(), 1);
}
