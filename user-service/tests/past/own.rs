//! What a member has had of own channels, and of quiet hours: it is forgotten when the member leaves.

use http::Method;
use serde_json::json;

use super::diary::Diary;
use crate::common::UserService;
use crate::common::scene::join;

#[tokio::test]
async fn what_is_a_members_own_goes_with_the_member() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let (bob, eve) = (join(&ada, "editor").await, join(&ada, "editor").await);
    let mut diary = Diary::of(&ada).await;
    for member in [&bob, &eve] {
        for topic in ["first", "second"] {
            let channel = json!({"name": topic, "kind": "ntfy", "config": {"topic": topic}});
            let channel = member.post("/me/channels", channel).await.expect(201);
            let path = format!("/me/channels/{}", channel["id"]);
            member.patch(&path, json!({"enabled": false})).await.expect(200);
            diary.note("an own channel").await;
            if topic == "first" {
                member.delete(&path).await.expect(204);
                diary.note("it was removed").await;
            }
        }
        for from in ["22:00:00", "23:00:00"] {
            let night =
                json!({"time_zone": "UTC", "windows": [{"from": from, "until": "07:00:00"}]}).to_string();
            let answer = member.call(Method::PUT, "/me/quiet-hours", &night).await;
            answer.expect(200);
            diary.note("quiet hours").await;
        }
    }
    let of_quiet_hours = |user: i64| {
        let key = format!("{}/{user}", ada.org);
        format!("past_rows WHERE relation = 'member_quiet_hours' AND row_key = '{key}'")
    };
    for member in [&bob, &eve] {
        assert_eq!(service.count(&of_quiet_hours(member.user)).await, 2);
    }
    let of_channels = "past_rows WHERE relation = 'channels'";
    assert_eq!(service.count(of_channels).await, 10);
    ada.delete(&format!("/orgs/{}/members/{}", ada.org, bob.user))
        .await
        .expect(204);
    diary.forget_what_is_own(bob.user);
    diary.note("a member was removed").await;
    // What is there of the other one stays, and is read as it was.
    assert_eq!(service.count(of_channels).await, 5);
    let of_bob = format!("past_rows WHERE was->>'owner_id' = '{}'", bob.user);
    assert_eq!(service.count(&of_bob).await, 0);
    assert_eq!(service.count(&of_quiet_hours(bob.user)).await, 0);
    assert_eq!(service.count(&of_quiet_hours(eve.user)).await, 2);
    diary.compare().await;
    // With the account it goes likewise.
    let gone = format!("DELETE FROM users WHERE id = {}", eve.user);
    diary.client.execute(&gone, &[]).await.unwrap();
    assert_eq!(service.count(of_channels).await, 0);
    assert_eq!(service.count(&of_quiet_hours(eve.user)).await, 0);
}
