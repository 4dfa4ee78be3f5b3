use deadpool_postgres::Client;
use shared::postgres::PostgresSettings;

use super::*;

const CHANNEL: ChannelId = ChannelId(1);

fn scope() -> Scope {
    Scope::organisation(OrgId(1))
}

/// Of a channel whose number was just entered.
async fn database() -> Client {
    let settings = PostgresSettings::from_url(&testkit::database().await);
    let client = shared::postgres::pool(&settings).unwrap().get().await.unwrap();
    client
        .batch_execute(
            "INSERT INTO organisations (name) VALUES ('one');
             INSERT INTO users (email, name, password_hash) VALUES ('ada@example.org', 'Ada', '');
             INSERT INTO memberships (org_id, user_id, role) VALUES (1, 1, 'viewer');
             INSERT INTO channels (org_id, name, kind, config, owner_id) VALUES (1, 'x', 'twilio', 'x', 1);",
        )
        .await
        .unwrap();
    client
}

async fn enter_number(client: &mut Client) {
    let tx = client.transaction().await.unwrap();
    require(&tx, scope(), CHANNEL).await.unwrap();
    tx.commit().await.unwrap();
}

async fn take_one(client: &Client) -> DueCode {
    let due = take_due(client, 10).await.unwrap();
    assert_eq!(due.len(), 1);
    due[0]
}

/// Whether a code is due in a moment, and what else is known of it.
async fn state(client: &Client) -> (bool, bool, bool, Option<String>) {
    let sql = "SELECT due_at <= now() + interval '1 second', counted, code_hash IS NOT NULL, error
               FROM channel_confirmations";
    let row = client.query_one(sql, &[]).await.unwrap();
    (
        row.get::<_, Option<bool>>(0).unwrap_or_default(),
        row.get(1),
        row.get(2),
        row.get(3),
    )
}

#[tokio::test]
async fn what_was_taken_for_one_number_is_nothing_of_the_next() {
    let mut client = database().await;
    enter_number(&mut client).await;
    let due = take_one(&client).await;
    let last_of_first = last(&client, scope(), CHANNEL).await.unwrap().unwrap();
    assert!(last_of_first.is_followed);
    enter_number(&mut client).await;
    assert_eq!(give_out(&client, &due, b"hash").await.unwrap(), None);
    put_off(&client, &due).await.unwrap();
    drop_code(&client, &due, "it cannot be read").await.unwrap();
    want(&client, scope(), CHANNEL, last_of_first.attempt)
        .await
        .unwrap();
    assert_eq!(state(&client).await, (true, false, false, None));

    let due = take_one(&client).await;
    let given = give_out(&client, &due, b"hash").await.unwrap();
    assert_eq!(given, Some(due.attempt + 1));
    // The same code is given out once.
    assert_eq!(give_out(&client, &due, b"other").await.unwrap(), None);
}

#[tokio::test]
async fn until_when_a_code_is_accepted_is_known_as_long_as_it_is() {
    let mut client = database().await;
    enter_number(&mut client).await;
    let due = take_one(&client).await;
    give_out(&client, &due, b"hash").await.unwrap();
    for (change, is_known) in [
        ("tries = 4", true),
        ("tries = 5", false),
        ("tries = 0, expires_at = now() - interval '1 second'", false),
    ] {
        let sql = format!("UPDATE channel_confirmations SET {change}");
        client.execute(&sql, &[]).await.unwrap();
        let known = unconfirmed(&client, scope()).await.unwrap();
        assert_eq!(known[&CHANNEL].expires_at.is_some(), is_known, "{change}");
    }
}
