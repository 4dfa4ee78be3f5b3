//! Rate limits: what callers are told of them, and that gateways count together.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::common::{Gateway, token};
use api::Role;
use domain::api_key::{ApiKeyGrant, ApiKeyLookup};
use domain::{ApiKeyId, OrgId};
use http::{Method, Response};
use shared::api_key::ApiKey;
use testkit::{Reply, Seen};

const PATIENCE: Duration = Duration::from_secs(20);

/// How much somebody may ask for in a minute: one in a second comes back.
const LIMIT: u64 = 60;

fn number(response: &Response<String>, header: &str) -> u64 {
    response.headers()[header].to_str().unwrap().parse().unwrap()
}

/// A user-service that knows every key, each with an id of its own.
fn user_service(request: &Seen) -> Reply {
    if request.path != "/internal/api-keys" {
        return Reply::new(200, "{}");
    }
    let lookup: ApiKeyLookup = serde_json::from_slice(&request.body).unwrap();
    let id = lookup
        .hash
        .bytes()
        .take(6)
        .fold(0, |id, byte| id * 256 + i64::from(byte));
    let grant = ApiKeyGrant {
        id: ApiKeyId(id),
        org_id: OrgId(7),
        creator: 3,
        role: "viewer".to_owned(),
        creator_role: "owner".to_owned(),
        narrowed: false,
        creator_narrowed: false,
        networks: Vec::new(),
        expires_at: None,
    };
    Reply::new(200, serde_json::to_string(&Some(grant)).unwrap())
}

/// A gateway that counts together with those of the same prefix.
async fn gateway(prefix: &str, more: &[(&str, &str)]) -> Gateway {
    let limit = LIMIT.to_string();
    let settings = [("REDIS_PREFIX", prefix), ("RATE_API_PER_MINUTE", &*limit)];
    Gateway::start_with(&[&settings[..], more].concat(), user_service).await
}

async fn ask(gateway: &Gateway) -> Response<String> {
    gateway.get("/api/v1/summary", &token(7, Role::Viewer)).await
}

/// How many requests are answered until one is refused.
async fn spend(gateway: &Gateway) -> u64 {
    let mut answered = 0;
    while ask(gateway).await.status() == 200 {
        answered += 1;
        assert!(answered < 10 * LIMIT, "nothing limits it");
    }
    answered
}

#[tokio::test(flavor = "multi_thread")]
async fn every_counted_answer_tells_what_is_left() {
    let gateway = gateway(&format!("{}:", testkit::unique()), &[]).await;
    let began = Instant::now();
    let first = ask(&gateway).await;
    assert_eq!(first.status(), 200);
    assert_eq!(number(&first, "ratelimit-limit"), LIMIT);
    assert_eq!(number(&first, "ratelimit-remaining"), LIMIT - 1);
    assert!(number(&first, "ratelimit-reset") <= 1);
    let answered = 1 + spend(&gateway).await;
    let back = began.elapsed().as_secs() + 1;
    assert!(
        (LIMIT..=LIMIT + back).contains(&answered),
        "{answered} and {back}"
    );
    let refused = ask(&gateway).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(number(&refused, "ratelimit-remaining"), 0);
    assert!((1..=2).contains(&number(&refused, "retry-after")));
    assert!((58..=60).contains(&number(&refused, "ratelimit-reset")));
    // Also what user-service refuses was counted, and what nobody has sent was not.
    let nobodys = gateway.call(Method::GET, "/api/v1/summary", &[], "").await;
    assert!(!nobodys.headers().contains_key("ratelimit-limit"));
    let page = gateway.call(Method::GET, "/", &[], "").await;
    assert!(!page.headers().contains_key("ratelimit-limit"));
    // By address, where there is no user.
    let link = gateway
        .call(Method::GET, "/api/v1/recipients/AQAB-x_y", &[], "")
        .await;
    assert_eq!(number(&link, "ratelimit-limit"), 120);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_gateway_has_given_out_another_does_not() {
    let prefix = format!("{}:", testkit::unique());
    let (one, other) = (gateway(&prefix, &[]).await, gateway(&prefix, &[]).await);
    let began = Instant::now();
    let answered = Cell::new(LIMIT / 2);
    for _ in 0..LIMIT / 2 {
        assert_eq!(ask(&one).await.status(), 200);
    }
    testkit::eventually("the other has heard of it", PATIENCE, async || {
        answered.update(|count| count + 1);
        let left = number(&ask(&other).await, "ratelimit-remaining");
        (left < LIMIT / 2 + began.elapsed().as_secs()).then_some(())
    })
    .await;
    let more = spend(&other).await;
    answered.update(|count| count + more);
    testkit::eventually("the first has heard of it", PATIENCE, async || {
        let answer = ask(&one).await;
        answered.update(|count| count + u64::from(answer.status() == 200));
        (answer.status() == 429).then_some(())
    })
    .await;
    // What comes back meanwhile, and what the first gave out before it knew.
    let (answered, more) = (answered.get(), began.elapsed().as_secs() + 1);
    assert!(
        (LIMIT..=LIMIT + LIMIT / 4 + more).contains(&answered),
        "{answered} and {more}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_at_two_gateways_at_once_is_waited_for() {
    let prefix = format!("{}:", testkit::unique());
    let (one, other) = (gateway(&prefix, &[]).await, gateway(&prefix, &[]).await);
    let began = Instant::now();
    let (here, there) = tokio::join!(spend(&one), spend(&other));
    let back = began.elapsed().as_secs() + 1;
    assert!(here + there <= 2 * (LIMIT + back), "{here} and {there}");
    // Both know in the end of what both have given out, and how long it takes to come back.
    let had = (here + there).min(2 * LIMIT);
    for gateway in [&one, &other] {
        testkit::eventually("it waits for what was had at the other", PATIENCE, async || {
            let refused = ask(gateway).await;
            let reset = number(&refused, "ratelimit-reset");
            (refused.status() == 429 && reset + began.elapsed().as_secs() + 2 >= had).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_each_gateway_counts_for_itself_and_nobody_waits() {
    let away = [("REDIS_URL", "redis://127.0.0.1:9")];
    let prefix = format!("{}:", testkit::unique());
    let (one, other) = (gateway(&prefix, &away).await, gateway(&prefix, &away).await);
    for gateway in [&one, &other] {
        let began = Instant::now();
        let answered = spend(gateway).await;
        let back = began.elapsed().as_secs() + 1;
        assert!((LIMIT..=LIMIT + back).contains(&answered), "{answered}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_key_has_a_rate_and_all_of_a_person_have_five_times_as_much() {
    let gateway = gateway(&format!("{}:", testkit::unique()), &[]).await;
    let began = Instant::now();
    let mut answered = Vec::new();
    for _ in 0..7 {
        let (key, mut count) = (ApiKey::random(), 0);
        let ask = async || {
            let headers = [("x-api-key", key.expose())];
            gateway.call(Method::GET, "/api/v1/summary", &headers, "").await
        };
        while ask().await.status() == 200 {
            count += 1;
            assert!(count < 10 * LIMIT, "nothing limits it");
        }
        answered.push(count);
    }
    let back = began.elapsed().as_secs() + 1;
    assert!(
        answered[..5]
            .iter()
            .all(|count| *count >= LIMIT - 1 && *count <= LIMIT + back),
        "{answered:?}"
    );
    assert!(
        answered.iter().sum::<u64>() <= 5 * LIMIT + 7 * back,
        "{answered:?}"
    );
    // The person is not kept waiting by programs.
    assert_eq!(ask(&gateway).await.status(), 200);
}
