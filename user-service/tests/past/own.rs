//! What a member has had of own channels: it is forgotten when the member leaves.

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
    }
    let of_channels = "past_rows WHERE relation = 'channels'";
    assert_eq!(service.count(of_channels).await, 10);
    ada.delete(&format!("/orgs/{}/members/{}", ada.org, bob.user))
        .await
        .expect(204);
    diary.forget_own_channels(bob.user);
    diary.note("a member was removed").await;
    // What is there of the other one stays, and is read as it was.
    assert_eq!(service.count(of_channels).await, 5);
    let of_bob = format!("past_rows WHERE was->>'owner_id' = '{}'", bob.user);
    assert_eq!(service.count(&of_bob).await, 0);
    diary.compare().await;
    // With the account it goes likewise.
    let gone = format!("DELETE FROM memberships WHERE user_id = {}", eve.user);
    diary.client.execute(&gone, &[]).await.unwrap();
    assert_eq!(service.count(of_channels).await, 0);
}
