//! What alerts went by before it was changed: it is read as it was, and nothing secret is kept of it.

mod diary;
mod order;
mod own;

use http::Method;
use serde_json::json;

use crate::common::scene::join;
use crate::common::{Person, UserService};

use diary::{Diary, contents_at, now, tables};

/// Does to each of the tables what users do.
async fn live(diary: &mut Diary<'_>, member: &Person<'_>) {
    let owner = diary.owner;
    diary.note("the beginning").await;
    let (router, power) = (
        owner.monitor("https://router.example/").await,
        owner.monitor("https://power.example/").await,
    );
    diary.note("monitors were made").await;
    let tagged =
        json!({"url": "https://a.example/", "tags": ["eu"], "depends_on": [router], "severity": "info"});
    let shop = owner.post("/monitors", tagged).await.expect(201)["id"]
        .as_i64()
        .unwrap();
    diary.note("a monitor with labels was made").await;
    let path = format!("/monitors/{shop}");
    for change in [
        json!({"severity": "warning", "recipients": {"to": "nobody"}}),
        json!({"flapping": {"outages": 3, "within_minutes": 60, "lasting_minutes": 10}}),
        json!({"tags": ["us", "eu"]}),
        json!({"depends_on": []}),
        json!({"interval_seconds": 120}),
        json!({"name": "No alert goes by it"}),
        json!({"depends_on": [router, power]}),
    ] {
        owner.patch(&path, change.clone()).await.expect(200);
        diary.note(&change.to_string()).await;
    }
    owner.post(&format!("{path}/mute"), json!({})).await.expect(200);
    diary.note("muted").await;
    let tags = owner.get("/tags").await.items();
    for tag in &tags {
        owner.delete(&format!("/tags/{}", tag["id"])).await.expect(204);
        diary.note("a tag was deleted").await;
    }
    let slack = json!({"name": "Ops", "kind": "slack",
                       "config": {"webhook_url": "https://hooks.slack.example/services/T0/B0/secret"}});
    diary.life("/channels", slack, json!({"enabled": false})).await;
    let phone = json!({"name": "Phone of Ada", "kind": "ntfy", "config": {"topic": "ada-private"}});
    member.post("/me/channels", phone).await.expect(201);
    diary.note("a member has a channel").await;
    let night = json!({"from": "22:00:00", "until": "07:00:00"});
    for quiet in [
        json!({"time_zone": "UTC", "windows": [night]}),
        json!({"time_zone": "UTC", "windows": [night], "passes": null}),
        json!({}),
        json!({"time_zone": "Europe/Berlin", "windows": [night]}),
    ] {
        // Those of the owner stay when the member leaves.
        for person in [owner, member] {
            person
                .call(Method::PUT, "/me/quiet-hours", &quiet.to_string())
                .await
                .expect(200);
            diary.note(&format!("somebody has quiet hours: {quiet}")).await;
        }
    }
    let route = json!({"name": "R", "recipients": {"to": "nobody"}});
    diary
        .life("/alert-routes", route, json!({"continue": true}))
        .await;
    let policy = json!({"name": "P", "steps": [{"wait_minutes": 5, "targets": [{"kind": "person", "id": member.user}]}]});
    diary
        .life("/escalation-policies", policy, json!({"repeats": 2}))
        .await;
    let team = json!({"name": "T", "members": [owner.user, member.user]});
    diary
        .life("/teams", team.clone(), json!({"members": [member.user]}))
        .await;
    owner.post("/teams", team).await.expect(201);
    diary.note("a team was made").await;
    let schedule = json!({"name": "S", "time_zone": "UTC",
                          "layers": [{"people": [owner.user], "starts_at": "2020-01-01T00:00:00",
                                      "rotation": {"every": 1, "unit": "weeks"}}]});
    diary
        .life("/on-call-schedules", schedule.clone(), json!({"name": "N"}))
        .await;
    let schedule = owner.post("/on-call-schedules", schedule).await.expect(201);
    let until = shared::now().plus_millis(3_600_000).to_string();
    let overrides = format!("/on-call-schedules/{}/overrides", schedule["id"]);
    let stand_in = owner
        .post(
            &overrides,
            json!({"user_id": member.user, "from": shared::now().to_string(), "until": until}),
        )
        .await;
    let stand_in = stand_in.expect(201);
    diary.note("somebody stands in").await;
    let later = [2, 3].map(|hours| shared::now().plus_millis(hours * 3_600_000).to_string());
    let later = json!({"user_id": owner.user, "from": later[0], "until": later[1]});
    owner.post(&overrides, later).await.expect(201);
    diary.note("somebody else stands in later").await;
    owner
        .delete(&format!("{overrides}/{}", stand_in["id"]))
        .await
        .expect(204);
    diary.note("the first one does no longer").await;
    let silence = json!({"reason": "A private matter", "monitors": [shop], "ends_at": until});
    let silence = owner.post("/silences", silence).await.expect(201);
    diary.note("a silence").await;
    owner
        .post(&format!("/silences/{}/end", silence["id"]), json!({}))
        .await
        .expect(200);
    diary.note("a silence has ended").await;
    let window = json!({"name": "W", "monitors": [shop], "repeat": "weekly", "weekday": "Sun",
                        "from": "02:00:00", "minutes": 120, "time_zone": "Europe/Berlin"});
    diary
        .life("/maintenance-windows", window, json!({"minutes": 60}))
        .await;
    // What goes with a member.
    owner
        .delete(&format!("/orgs/{}/members/{}", owner.org, member.user))
        .await
        .expect(204);
    diary.forget_what_is_own(member.user);
    diary.note("a member was removed").await;
    owner
        .delete(&format!("/on-call-schedules/{}", schedule["id"]))
        .await
        .expect(204);
    diary.note("a schedule was removed, with who stands in").await;
    owner.delete(&path).await.expect(204);
    diary.note("a monitor was deleted").await;
    diary.execute("DELETE FROM silences").await;
}

#[tokio::test]
async fn what_users_change_is_read_as_it_was_and_holds_no_secret() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let bob = join(&ada, "editor").await;
    let secretive = json!({"url": "https://b.example/?api_key=hunter2",
                           "http": {"headers": {"X-Api-Key": "hunter2"}}});
    let secretive = ada.post("/monitors", secretive).await.expect(201)["id"].clone();
    let mut diary = Diary::of(&ada).await;
    live(&mut diary, &bob).await;
    let rule = json!({"down_after": 3});
    ada.patch(&format!("/monitors/{secretive}"), rule)
        .await
        .expect(200);
    let channel = ada.channel().await;
    let disabled = json!({"enabled": false});
    ada.patch(&format!("/channels/{channel}"), disabled)
        .await
        .expect(200);
    diary.note("a rule, and a channel").await;
    assert_eq!(diary.hardly_changed(3), [] as [&String; 0]);
    diary.compare().await;

    let kept = "SELECT string_agg(p::text, E'\\n') FROM past_rows p";
    let kept: String = diary.client.query_one(kept, &[]).await.unwrap().get(0);
    let configuration = "SELECT encode(config, 'hex') FROM channels";
    let configuration = diary.client.query_one(configuration, &[]).await.unwrap();
    assert!(!kept.contains(configuration.get::<_, &str>(0)));
    for private in [
        "hunter2",
        "config",
        "hooks.slack",
        "ada-private",
        "Phone of Ada",
        "A private matter",
        "sealed",
    ] {
        assert!(!kept.contains(private), "{private}");
    }
    // Of a monitor that is sealed the rule is known all the same.
    assert!(kept.contains("\"down_after\""), "{kept}");
}

#[tokio::test]
async fn nobody_sees_the_past_of_another_organisation() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let mut of_ada = Diary::of(&ada).await;
    of_ada.note("the beginning").await;
    let begun = now(&of_ada.client).await;
    let bob = join(&eve, "editor").await;
    let mut of_eve = Diary::of(&eve).await;
    live(&mut of_eve, &bob).await;
    of_ada.note("nothing was done").await;
    assert_eq!(of_ada.entries[0].2, of_ada.entries[1].2);
    of_ada.compare().await;
    let orgs = (ada.org, eve.org);
    for (_, at, _) in &of_eve.entries {
        let seen = contents_at(&mut of_ada.client, &of_eve.tables, orgs, *at).await;
        assert!(seen.values().all(|rows| *rows == json!([])), "{seen:?}");
    }
    let before = contents_at(&mut of_eve.client, &of_ada.tables, (eve.org, eve.org), begun).await;
    assert!(before.values().all(|rows| *rows == json!([])), "{before:?}");
}

#[tokio::test]
async fn the_past_goes_with_its_monitor_and_its_organisation() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let bob = join(&ada, "editor").await;
    let mut diary = Diary::of(&ada).await;
    live(&mut diary, &bob).await;
    let gone = "SELECT id FROM monitors WHERE deleted_at IS NOT NULL";
    let gone: i64 = diary.client.query_one(gone, &[]).await.unwrap().get(0);
    let of_monitor = format!("past_rows WHERE monitor_id = {gone}");
    assert!(service.count(&of_monitor).await > 5);
    let purge = format!("DELETE FROM monitors WHERE id = {gone}");
    diary.client.execute(&purge, &[]).await.unwrap();
    assert_eq!(service.count(&of_monitor).await, 0);
    let by_key = format!("past_rows WHERE relation LIKE 'monitor%' AND row_key ~ '^{gone}(/|$)'");
    assert_eq!(service.count(&by_key).await, 0);

    // Nothing more is kept of an organisation that is erased.
    let tx = diary.client.transaction().await.unwrap();
    // Quiet hours go with the membership, and what they were goes with them.
    let count = format!(
        "SELECT count(*) FROM past_rows WHERE org_id = {} AND relation <> 'member_quiet_hours'",
        ada.org
    );
    let before: i64 = tx.query_one(&count, &[]).await.unwrap().get(0);
    let erase = format!(
        "INSERT INTO organisation_deletions (org_id, requested_by, due_at, erasing_since)
         VALUES ({org}, {user}, now(), now());
         UPDATE teams SET name = 'x' WHERE org_id = {org};
         DELETE FROM memberships WHERE org_id = {org};
         DELETE FROM teams WHERE org_id = {org};",
        org = ada.org,
        user = ada.user
    );
    tx.batch_execute(&erase).await.unwrap();
    let after: i64 = tx.query_one(&count, &[]).await.unwrap().get(0);
    assert!(before > 30 && after == before, "{before}, {after}");
    tx.rollback().await.unwrap();

    // Nor of one that goes at once, with all that falls with it.
    let org = "INSERT INTO organisations (name) VALUES ('x') RETURNING id";
    let org: i64 = diary.client.query_one(org, &[]).await.unwrap().get(0);
    let rows = format!(
        "INSERT INTO memberships (org_id, user_id, role) VALUES ({org}, {user}, 'owner');
         INSERT INTO teams (org_id, name) VALUES ({org}, 'x');
         INSERT INTO team_members SELECT id, org_id, {user}, 0 FROM teams WHERE org_id = {org};
         INSERT INTO channels (org_id, name, kind, config, owner_id) VALUES ({org}, 'x', 'ntfy', 'x', {user});
         INSERT INTO silences (org_id, reason, conditions, starts_at, ends_at) VALUES ({org}, 'x', '{{}}', now(), now());
         INSERT INTO past_bounds VALUES ({org}, now());",
        user = ada.user
    );
    diary.client.batch_execute(&rows).await.unwrap();
    let of_org = format!("past_rows WHERE org_id = {org}");
    assert_eq!(service.count(&of_org).await, 4);
    let delete = format!("DELETE FROM organisations WHERE id = {org}");
    diary.client.execute(&delete, &[]).await.unwrap();
    assert_eq!(service.count(&of_org).await, 0);
    assert_eq!(service.count("past_bounds").await, 0);
}

#[tokio::test]
async fn what_one_transaction_changes_is_changed_at_once_and_who_waited_comes_after() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let mut diary = Diary::of(&ada).await;
    let (mut first, second) = (service.db().await, service.db().await);
    let sql = format!(
        "INSERT INTO teams (org_id, name) VALUES ({0}, 'a'), ({0}, 'b')",
        ada.org
    );
    diary.execute(&sql).await;
    // It begins before the other one, and changes the same after it.
    let waits = first.transaction().await.unwrap();
    waits.execute("SELECT now()", &[]).await.unwrap();
    let between = now(&diary.client).await;
    let before = diary.entries[0].2.clone();
    diary.entries.push(("one had begun".to_owned(), between, before));
    second
        .execute("UPDATE teams SET name = 'second ' || name", &[])
        .await
        .unwrap();
    for name in ["a", "b"] {
        let sql = "UPDATE teams SET name = 'first ' || name WHERE name = 'second ' || $1";
        assert_eq!(waits.execute(sql, &[&name]).await.unwrap(), 1);
    }
    waits.commit().await.unwrap();
    diary.note("both are over").await;
    diary.compare().await;
    let instants = "SELECT count(DISTINCT until_at), count(*) FROM past_rows WHERE relation = 'teams' AND was IS NOT NULL";
    let row = diary.client.query_one(instants, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (1, 4));
}

#[tokio::test]
async fn nobody_is_led_astray_by_the_search_path() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let mut diary = Diary::of(&ada).await;
    let team = format!("INSERT INTO teams (org_id, name) VALUES ({}, 'T')", ada.org);
    diary.execute(&team).await;
    // What has the names of tables and functions comes first for this connection.
    let decoys = "CREATE SCHEMA decoy;
        CREATE TABLE decoy.past_rows (LIKE past_rows);
        CREATE TABLE decoy.organisations (LIKE organisations);
        CREATE TEMPORARY TABLE past_rows (LIKE public.past_rows);
        CREATE FUNCTION decoy.past_row(relation text, full_row jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT NULL::jsonb $$;
        SET search_path = decoy, public, pg_catalog;";
    let astray = service.db().await;
    astray.batch_execute(decoys).await.unwrap();
    let rename = "UPDATE public.teams SET name = 'U'";
    astray.execute(rename, &[]).await.unwrap();
    // Others get the connection after this.
    let back = "DROP TABLE pg_temp.past_rows; RESET search_path";
    astray.batch_execute(back).await.unwrap();
    diary.note("it has another name").await;
    diary.compare().await;
    let open = "SELECT proname::text FROM pg_proc p JOIN pg_trigger t ON t.tgfoid = p.oid
                WHERE t.tgname LIKE '%past%'
                  AND NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=pg_catalog, public, pg_temp']";
    assert_eq!(names(&service, open).await, [] as [String; 0]);
}

/// Names in the order in which a query answers them.
async fn names(service: &UserService, sql: &str) -> Vec<String> {
    let rows = service.db().await.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn each_table_that_is_kept_has_a_view_with_its_columns() {
    let service = UserService::start().await;
    let views =
        "SELECT table_name::text FROM information_schema.views WHERE table_schema = 'past' ORDER BY 1";
    assert_eq!(names(&service, views).await, tables(&service).await);
    let columns = |schema: &str| {
        format!(
            "SELECT concat_ws(' ', c.table_name, c.column_name, c.udt_name) FROM information_schema.columns c
             JOIN information_schema.views v ON v.table_schema = 'past' AND v.table_name = c.table_name
             WHERE c.table_schema = {schema} ORDER BY 1"
        )
    };
    // Where they differ a migration has added a column and has not called make_past_view.
    assert_eq!(
        names(&service, &columns("'past'")).await,
        names(&service, &columns("current_schema()")).await
    );
}
