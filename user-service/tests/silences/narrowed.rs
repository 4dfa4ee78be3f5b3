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
        // A key is nobody.
        let by = if caller.api_key.is_some() {
            Value::Null
        } else {
            json!("Ada")
        };
        assert_eq!(own["created_by"], by);
        caller.post(&end(&own), json!({})).await.expect(200);
    }
}
