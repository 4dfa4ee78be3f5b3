//! Connections that die without a word: what waits on them ends, and what comes after has new ones.

use std::pin::pin;
use std::time::{Duration, Instant};

use fred::interfaces::{ClientLike, EventInterface, KeysInterface, PubsubInterface, StreamsInterface};
use futures_util::SinkExt;
use shared::postgres::PostgresSettings;
use shared::redis::RedisSettings;
use testkit::{Proxy, eventually};
use tokio::time::timeout;

/// How much longer than its deadline a thing may take on a busy machine.
const LEEWAY: Duration = Duration::from_secs(10);

const PATIENCE: Duration = Duration::from_secs(60);

/// A database behind a line, with a statement timeout of one second.
async fn postgres() -> (Proxy, PostgresSettings) {
    let (proxy, over) = Proxy::before(&testkit::database().await).await;
    let settings = PostgresSettings::from_url(&over).with_statement_timeout(Duration::from_secs(1));
    assert_eq!(settings.deadline(), Duration::from_secs(2));
    (proxy, settings)
}

async fn pid(client: &tokio_postgres::Client) -> i32 {
    let row = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap();
    row.get(0)
}

#[tokio::test]
async fn a_connection_outlives_the_thread_that_was_the_first_to_need_it() {
    let settings = PostgresSettings::from_url(&testkit::database().await).with_max_connections(1);
    let pool = shared::postgres::pool(&settings).unwrap();
    // As a thread that serves requests, which has a runtime of its own.
    let there = pool.clone();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async { there.get().await.unwrap() })
    });
    let client = tokio::task::spawn_blocking(|| thread.join().unwrap())
        .await
        .unwrap();
    pid(&client).await;
    assert!(!client.is_closed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_on_a_connection_that_fell_silent_ends_and_the_pool_has_new_ones() {
    let (proxy, settings) = postgres().await;
    let pool = shared::postgres::pool(&settings).unwrap();
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(pool.get().await.unwrap());
    }
    let mut used = clients.pop().unwrap();
    let silent = pid(&used).await;
    // The others wait in the pool.
    drop(clients);
    proxy.swallow_before(b"SELECT 'in the middle'");
    let began = Instant::now();
    let tx = used.transaction().await.unwrap();
    let called = timeout(
        settings.deadline() + LEEWAY,
        tx.query_one("SELECT 'in the middle'", &[]),
    )
    .await;
    called.expect("the deadline is kept").unwrap_err();
    assert!(began.elapsed() >= settings.deadline());
    drop(tx);
    assert!(used.is_closed(), "what drives the connection has ended");
    drop(used);

    // The ones that were there already are as old, and not asked one after the other.
    proxy.swallow();
    proxy.mend();
    let began = Instant::now();
    let client = timeout(LEEWAY, pool.get())
        .await
        .expect("it is there soon")
        .unwrap();
    assert_ne!(pid(&client).await, silent);
    assert!(began.elapsed() < settings.deadline(), "{:?}", began.elapsed());
    assert_eq!(pool.status().size, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pooled_connections_that_fell_silent_cost_one_deadline_and_not_one_each() {
    let (proxy, settings) = postgres().await;
    let pool = shared::postgres::pool(&settings).unwrap();
    let mut clients = Vec::new();
    for _ in 0..10 {
        clients.push(pool.get().await.unwrap());
    }
    drop(clients);
    proxy.swallow();
    proxy.mend();
    let began = Instant::now();
    pool.get().await.unwrap().batch_execute("SELECT 1").await.unwrap();
    let took = began.elapsed();
    assert!(took < 4 * settings.deadline(), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_and_a_connection_outside_of_the_pool_end_as_well() {
    let (proxy, settings) = postgres().await;
    let client = shared::postgres::connect(&settings).await.unwrap();
    client.batch_execute("CREATE TABLE rows (n int)").await.unwrap();
    let sink = client.copy_in::<_, &[u8]>("COPY rows FROM STDIN").await.unwrap();
    let mut sink = pin!(sink);
    sink.send(b"1\n").await.unwrap();
    proxy.swallow();
    let finished = timeout(settings.deadline() + LEEWAY, sink.finish()).await;
    finished.expect("the deadline is kept").unwrap_err();
    assert!(client.is_closed());
    let connected = timeout(LEEWAY, shared::postgres::connect(&settings)).await;
    connected
        .expect("connecting has a deadline")
        .expect_err("nobody is there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_slow_says_so_itself_and_keeps_its_connection() {
    let (_proxy, settings) = postgres().await;
    let pool = shared::postgres::pool(&settings).unwrap();
    let mut client = pool.get().await.unwrap();
    let before = pid(&client).await;
    let error = client.batch_execute("SELECT pg_sleep(60)").await.unwrap_err();
    let said = shared::postgres::describe(&error);
    assert!(said.contains("statement timeout"), "{said}");

    // None of this leaves an answer due, for which a connection that rests would be given up.
    client.batch_execute("CREATE TABLE rows (n int)").await.unwrap();
    for copy in ["1\n", "no number\n"] {
        let sink = client.copy_in::<_, &[u8]>("COPY rows FROM STDIN").await.unwrap();
        let mut sink = pin!(sink);
        sink.send(copy.as_bytes()).await.unwrap();
        assert_eq!(sink.finish().await.is_ok(), copy == "1\n");
    }
    drop(client.copy_in::<_, &[u8]>("COPY rows FROM STDIN").await.unwrap());
    let tx = client.transaction().await.unwrap();
    tx.execute("INSERT INTO rows VALUES (2)", &[]).await.unwrap();
    tx.execute("INSERT INTO nothing VALUES (2)", &[])
        .await
        .unwrap_err();
    drop(tx);
    let both = tokio::join!(
        client.query("SELECT 1", &[]),
        client.simple_query("SELECT 1; SELECT 2")
    );
    assert!(both.0.is_ok() && both.1.is_ok());
    assert_eq!(pid(&client).await, before);
    tokio::time::sleep(settings.deadline() + Duration::from_secs(1)).await;
    assert!(!client.is_closed());
    assert_eq!(pid(&client).await, before);
}

/// A prefix of the test's own on a Redis behind a line, and one that is not.
async fn redis() -> (Proxy, RedisSettings, RedisSettings) {
    let (proxy, over) = Proxy::before(&testkit::redis_url()).await;
    let prefix = format!("{}:", testkit::unique());
    let direct = RedisSettings::new(&testkit::redis_url(), &prefix);
    let over = RedisSettings::new(&over, &prefix).with_command_timeout(Duration::from_millis(300));
    (proxy, over, direct)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_redis_that_always_has_another_command_finds_out() {
    let (proxy, over, _) = redis().await;
    let client = shared::redis::connect(&over).unwrap();
    let key = over.keys().filled();
    let set = async || client.set::<(), _, _>(&key, 1, None, None, false).await;
    eventually("it is connected", PATIENCE, async || set().await.ok()).await;
    proxy.swallow();
    proxy.mend();
    let called = timeout(LEEWAY, set()).await;
    called.expect("a command has a deadline").unwrap_err();
    // Without a pause: the client has written something lately at every instant.
    eventually("it has a new connection", PATIENCE, async || set().await.ok()).await;
    let _ = client.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_redis_that_blocks_finds_out() {
    let (proxy, over, _) = redis().await;
    let client = shared::redis::connect(&over).unwrap();
    let key = over.keys().filled();
    let read = async || {
        let read = client.xread::<fred::types::Value, _, _>(Some(1), Some(100), key.clone(), "0");
        read.await.ok().map(drop)
    };
    eventually("it is connected", PATIENCE, read).await;
    proxy.swallow();
    proxy.mend();
    assert!(read().await.is_none());
    eventually("it has a new connection", PATIENCE, read).await;
    let _ = client.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_to_redis_survives_silence() {
    let (proxy, over, direct) = redis().await;
    let subscriber = shared::redis::subscriber(&over).unwrap();
    let channel = over.keys().definitions_changed();
    let mut messages = subscriber.message_rx();
    eventually("it is subscribed", PATIENCE, async || {
        subscriber.subscribe(channel.as_str()).await.ok()
    })
    .await;
    let publisher = shared::redis::connect(&direct).unwrap();
    let mut heard = async || {
        let message = timeout(Duration::from_millis(200), messages.recv())
            .await
            .ok()?
            .ok()?;
        message.value.into_string()
    };
    let publish = async |text: &str| publisher.publish::<i64, _, _>(channel.as_str(), text).await.ok();
    eventually("the publisher is connected", PATIENCE, async || {
        publish("before").await
    })
    .await;
    assert_eq!(heard().await.as_deref(), Some("before"));
    proxy.swallow();
    proxy.mend();
    // Nothing is asked of a connection that is listened on.
    let began = Instant::now();
    loop {
        publish("after").await;
        if heard().await.is_some() {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "the subscription is dead");
    }
    let _ = subscriber.quit().await;
    let _ = publisher.quit().await;
}
