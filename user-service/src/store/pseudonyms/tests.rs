use shared::postgres::PostgresSettings;

use super::*;

#[tokio::test]
async fn a_version_that_somebody_holds_is_left_for_later() {
    let settings = PostgresSettings::from_url(&testkit::database().await);
    let pool = shared::postgres::pool(&settings).unwrap();
    let (mut client, mut editor) = (pool.get().await.unwrap(), pool.get().await.unwrap());
    client
        .batch_execute(
            "INSERT INTO organisations (name) VALUES ('one');
             INSERT INTO users (email, name, password_hash) VALUES ('ada@example.org', 'Ada', '');
             INSERT INTO monitors (org_id, name, spec) VALUES (1, 'a', '{}'), (1, 'b', '{}');
             UPDATE monitor_versions SET made_by = 'member', user_id = 1;",
        )
        .await
        .unwrap();
    let editing = editor.transaction().await.unwrap();
    let hold = "UPDATE monitors SET name = 'c' WHERE id = 1";
    editing.execute(hold, &[]).await.unwrap();
    let tx = client.transaction().await.unwrap();
    assert_eq!(rows(&tx, 1).await.unwrap(), 1);
    assert_eq!(rows(&tx, 1).await.unwrap(), 0);
    assert!(is_left(&tx, 1).await.unwrap());
    tx.commit().await.unwrap();
    editing.commit().await.unwrap();
    let tx = client.transaction().await.unwrap();
    assert_eq!(rows(&tx, 1).await.unwrap(), 1);
    assert!(!is_left(&tx, 1).await.unwrap());
}

#[tokio::test]
async fn of_other_definitions_nobody_knows_the_author_either() {
    let settings = PostgresSettings::from_url(&testkit::database().await);
    let pool = shared::postgres::pool(&settings).unwrap();
    let mut client = pool.get().await.unwrap();
    client
        .batch_execute(
            "INSERT INTO organisations (name) VALUES ('one');
             INSERT INTO users (email, name, password_hash) VALUES ('ada@example.org', 'Ada', '');
             INSERT INTO escalation_policies (org_id, name, plan) VALUES (1, 'a', '{}'), (1, 'b', '{}');
             UPDATE definition_versions SET made_by = 'member', user_id = 1;",
        )
        .await
        .unwrap();
    let tx = client.transaction().await.unwrap();
    assert!(is_left(&tx, 1).await.unwrap());
    assert_eq!(rows(&tx, 1).await.unwrap(), 2);
    assert!(!is_left(&tx, 1).await.unwrap());
    let sql = "SELECT count(*) FROM definition_versions WHERE made_by IS NULL AND user_id IS NULL";
    let unknown: i64 = tx.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(unknown, 2);
}
