//! Databases of a test's own.

use tokio_postgres::Client;

use crate::{connect, unique, variable};

/// Held while the template is made, so that one test makes it and the others wait.
const ADVISORY_LOCK: i64 = 0x7465_6d70_6c61;

/// The URL of a migrated database of the test's own.
///
/// # Panics
/// When `TEST_DATABASE_URL` is not set or the server cannot be reached.
pub async fn database() -> String {
    let server = server();
    let admin = connect(&server).await;
    let template = template(&server, &admin).await;
    let name = unique().replace('-', "_");
    create(&admin, &format!("{name} TEMPLATE {template}")).await;
    url_of(&server, &name)
}

/// The URL of a database of the test's own in which nothing is.
///
/// # Panics
/// When `TEST_DATABASE_URL` is not set or the server cannot be reached.
pub async fn empty_database() -> String {
    let server = server();
    let name = unique().replace('-', "_");
    create(&connect(&server).await, &name).await;
    url_of(&server, &name)
}

/// Drops a database that [`database`] has made.
///
/// # Panics
/// When it cannot be dropped.
pub async fn drop_database(url: &str) {
    let path = url.split_once('?').map_or(url, |(path, _)| path);
    let (_, name) = path.rsplit_once('/').expect("a database URL has a path");
    connect(&server())
        .await
        .batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
        .await
        .expect("the database can be dropped");
}

/// The name of the database that has this version's schema and nothing else: to copy it takes a fifth of the time that
/// migrating does.
async fn template(server: &str, admin: &Client) -> String {
    let name = format!("template_{:016x}", migrations::fingerprint());
    let is_made = async || -> bool {
        let sql = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND NOT datallowconn)";
        let row = admin.query_one(sql, &[&name]).await;
        row.expect("PostgreSQL answers").get(0)
    };
    if is_made().await {
        return name;
    }
    let lock = "SELECT pg_advisory_lock($1)";
    admin
        .execute(lock, &[&ADVISORY_LOCK])
        .await
        .expect("the lock can be taken");
    if !is_made().await {
        // Whoever began to make it may have been killed.
        let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        admin
            .batch_execute(&sql)
            .await
            .expect("the database can be dropped");
        create(admin, &name).await;
        let mut client = connect(&url_of(server, &name)).await;
        migrations::run(&mut client)
            .await
            .expect("the schema can be migrated");
        drop(client);
        // What is connected to cannot be copied.
        let sql = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
        admin
            .batch_execute(&sql)
            .await
            .expect("the database can be closed");
    }
    let unlock = "SELECT pg_advisory_unlock($1)";
    admin
        .execute(unlock, &[&ADVISORY_LOCK])
        .await
        .expect("the lock can be released");
    name
}

async fn create(admin: &Client, database: &str) {
    let sql = format!("CREATE DATABASE {database}");
    admin
        .batch_execute(&sql)
        .await
        .expect("the database can be created");
}

fn server() -> String {
    variable("TEST_DATABASE_URL").expect("TEST_DATABASE_URL is set by `make test`")
}

fn url_of(server: &str, database: &str) -> String {
    let (base, query) = match server.split_once('?') {
        Some((base, query)) => (base, format!("?{query}")),
        None => (server, String::new()),
    };
    let (base, _) = base.rsplit_once('/').expect("a database URL has a path");
    format!("{base}/{database}{query}")
}
