//! Databases of a test's own.

use std::cell::RefCell;
use std::thread;

use tokio_postgres::Client;

use crate::{connect, unique, variable};

/// Held while the template is made, so that one test makes it and the others wait.
const ADVISORY_LOCK: i64 = 0x7465_6d70_6c61;

thread_local! {
    /// What the tests of this thread have made. Each test has a thread of its own, at whose end its databases go:
    /// kept until the server stops, those of all tests would take some 15 GB.
    static MADE: RefCell<Databases> = const { RefCell::new(Databases(Vec::new())) };
}

/// URLs of databases that are dropped with it.
struct Databases(Vec<String>);

impl Drop for Databases {
    fn drop(&mut self) {
        let urls = std::mem::take(&mut self.0);
        if urls.is_empty() {
            return;
        }
        // On a thread of its own, because a runtime cannot run on one that ends. A database that cannot be dropped
        // is no failure of the test: the server may be gone by now.
        let drops = async move {
            for url in urls {
                let _ = try_drop(&url).await;
            }
        };
        let dropping = thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(drops);
            std::io::Result::Ok(())
        });
        let _ = dropping.join();
    }
}

/// The URL of a migrated database of the test's own, which is dropped when the thread ends that asks for it.
///
/// # Panics
/// When `TEST_DATABASE_URL` is not set or the server cannot be reached.
pub async fn database() -> String {
    let server = server();
    let admin = connect(&server).await;
    let template = template(&server, &admin).await;
    let name = unique().replace('-', "_");
    create(&admin, &format!("{name} TEMPLATE {template}")).await;
    own(url_of(&server, &name))
}

/// The URL of a database of the test's own in which nothing is; dropped like that of [`database`].
///
/// # Panics
/// When `TEST_DATABASE_URL` is not set or the server cannot be reached.
pub async fn empty_database() -> String {
    let server = server();
    let name = unique().replace('-', "_");
    create(&connect(&server).await, &name).await;
    own(url_of(&server, &name))
}

fn own(url: String) -> String {
    MADE.with_borrow_mut(|made| made.0.push(url.clone()));
    url
}

/// Drops a database that [`database`] has made, before its thread ends.
///
/// # Panics
/// When it cannot be dropped.
pub async fn drop_database(url: &str) {
    try_drop(url).await.expect("the database can be dropped");
}

async fn try_drop(url: &str) -> Result<(), tokio_postgres::Error> {
    let path = url.split_once('?').map_or(url, |(path, _)| path);
    let (_, name) = path.rsplit_once('/').expect("a database URL has a path");
    let (client, driver) = tokio_postgres::connect(&server(), tokio_postgres::NoTls).await?;
    tokio::spawn(driver);
    client
        .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        .await
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
