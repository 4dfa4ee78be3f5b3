//! What the alerter calls monitors.

use crate::common::UserService;
use domain::internal::NamesPage;

#[tokio::test]
async fn the_names_of_an_organisation_come_page_by_page() {
    let service = UserService::start().await;
    let (person, other) = (service.register().await, service.register().await);
    let mut monitors = Vec::new();
    for host in ["a", "b", "c"] {
        monitors.push(person.monitor(&format!("https://{host}.example/")).await);
    }
    other.monitor("https://d.example/").await;
    person
        .delete(&format!("/monitors/{}", monitors[1]))
        .await
        .expect(204);
    let page = async |after: i64| -> NamesPage {
        let path = format!("/names?org_id={}&after={after}&limit=1", person.org);
        serde_json::from_value(service.internal(&path).await.expect(200)).unwrap()
    };
    let first = page(0).await;
    let last = page(first.next_after.unwrap().0).await;
    assert_eq!(last.next_after, None);
    let names: Vec<_> = [first.names, last.names].concat();
    let names: Vec<_> = names.iter().map(|(id, name)| (id.0, name.as_str())).collect();
    assert_eq!(names, [(monitors[0], "a.example"), (monitors[2], "c.example")]);
}
