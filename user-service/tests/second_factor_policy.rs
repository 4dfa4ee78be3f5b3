//! An organisation that demands a second factor of its members.

use crate::common::post::{PASSWORD, login};
use crate::common::{self, Person, UserService, token_key};
use domain::OrgId;
use domain::revocation::Revocations;
use serde_json::json;
use totp_rs::{Builder, Secret};

const MISSING: &str = "urn:uptime-monitor:second-factor-missing";

async fn turn_on(person: &Person<'_>) -> String {
    let enrolment = person
        .post("/me/second-factor", json!({"current_password": PASSWORD}))
        .await
        .expect(200);
    let secret = Secret::try_from_base32(enrolment["secret"].as_str().unwrap()).unwrap();
    let app = Builder::new().with_secret(secret).build_noncompliant();
    let now = (shared::now().as_millis() / 1_000).cast_unsigned();
    let code = app.generate(now).to_string();
    let confirmed = person
        .post("/me/second-factor/confirm", json!({"code": code}))
        .await
        .expect(200);
    confirmed["codes"][0].as_str().unwrap().to_owned()
}

async fn demand(owner: &Person<'_>, demanded: bool) -> common::Answer {
    let path = format!("/orgs/{}", owner.org);
    owner
        .patch(&path, json!({"require_second_factor": demanded}))
        .await
}

/// Whether the gateways are told that a member lacks it; none when they are told nothing of the member.
async fn lacks(person: &Person<'_>) -> Option<bool> {
    let answer = person.service.internal("/revocations?after=0").await.expect(200);
    let revoked: Revocations = serde_json::from_value(answer).unwrap();
    let mut members = revoked.members.into_iter();
    members
        .rfind(|member| (member.user_id, member.org_id) == (person.user, OrgId(person.org)))
        .map(|member| member.lacks_second_factor)
}

/// What the access token of a login says.
async fn token_lacks(person: &Person<'_>) -> bool {
    let session = login(person.service, &person.email, PASSWORD).await.expect(200);
    let token = session["access_token"].as_str().unwrap();
    token_key().verify(token).unwrap().lacks_second_factor
}

#[tokio::test]
async fn who_has_one_demands_it_and_tokens_tell_who_lacks_it() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let stranger = service.register().await;
    let member = {
        let sql = "UPDATE memberships SET org_id = $1, role = 'admin' WHERE user_id = $2";
        let db = service.db().await;
        let person = service.register().await;
        db.execute(sql, &[&owner.org, &person.user]).await.unwrap();
        db.execute("DELETE FROM revocations", &[]).await.unwrap();
        Person {
            org: owner.org,
            role: "admin",
            ..person
        }
    };
    let refused = demand(&owner, true).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["require_second_factor"])
    );
    let created = owner
        .post("/orgs", json!({"name": "Shop", "require_second_factor": true}))
        .await;
    assert_eq!(created.fields(), ["require_second_factor"]);
    turn_on(&owner).await;
    assert!(!token_lacks(&member).await);
    let org = demand(&owner, true).await.expect(200);
    assert_eq!(
        (&org["require_second_factor"], &org["version"]),
        (&json!(true), &json!(2))
    );
    assert_eq!(lacks(&owner).await, Some(false));
    assert_eq!(lacks(&member).await, Some(true));
    assert_eq!(lacks(&stranger).await, None);
    assert!(token_lacks(&member).await);
    let events = owner
        .get(&format!("/orgs/{}/audit-log?action=EditOrganisation", owner.org))
        .await
        .items();
    assert_eq!(events[0]["after"]["require_second_factor"], true);

    // Whose token is a second old may not do either what outlasts it.
    let key = member
        .post("/api-keys", json!({"name": "CI", "role": "viewer"}))
        .await;
    let org = format!("/orgs/{}", member.org);
    let renamed = member.patch(&org, json!({"name": "Mine"})).await;
    let exported = member.post(&format!("{org}/exports"), json!({})).await;
    for refused in [key, renamed, exported] {
        assert_eq!(
            (refused.status.as_u16(), &refused.body["type"]),
            (403, &json!(MISSING))
        );
    }

    let code = turn_on(&member).await;
    assert_eq!(lacks(&member).await, Some(false));
    member
        .post("/api-keys", json!({"name": "CI", "role": "viewer"}))
        .await
        .expect(201);
    let proof = json!({"current_password": PASSWORD, "code": code});
    member.post("/me/second-factor/disable", proof).await.expect(204);
    assert_eq!(lacks(&member).await, Some(true));
    demand(&owner, false).await.expect(200);
    assert_eq!(lacks(&member).await, Some(false));
    assert!(!token_lacks(&member).await);
}
