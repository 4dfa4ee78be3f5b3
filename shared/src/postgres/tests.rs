//! When a connection is given up, and when not.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::{Instant, sleep, timeout};

use super::watched::{Silence, Watched};
use super::{PostgresSettings, is_away, pool};

const DEADLINE: Duration = Duration::from_secs(15);
const STARTUP: &[u8] = b"\0\0\0\x08\0\x03\0\0";
const QUERY: &[u8] = b"Q\0\0\0\x05\0";
const SYNC: &[u8] = b"S\0\0\0\x04";
const READY: &[u8] = b"Z\0\0\0\x05I";
const ROW: &[u8] = b"D\0\0\0\x06\0\0";

/// A connection that has just begun, and its server.
async fn connection() -> (Watched, DuplexStream) {
    let (here, there) = duplex(64);
    let mut client = Watched::new(Box::new(here), DEADLINE, Silence::default());
    let mut server = there;
    client.write_all(STARTUP).await.unwrap();
    server.read_exact(&mut [0; 8]).await.unwrap();
    server.write_all(READY).await.unwrap();
    client.read_exact(&mut [0; 6]).await.unwrap();
    (client, server)
}

/// After which time the connection is given up.
async fn given_up(client: &mut Watched) -> Duration {
    let began = Instant::now();
    let error = client.read_exact(&mut [0; 4096]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    began.elapsed()
}

async fn assert_stays(client: &mut Watched) {
    let read = timeout(100 * DEADLINE, client.read_u8()).await;
    assert!(read.is_err(), "it waits for nothing");
}

/// The timers of tokio are a millisecond wide.
fn assert_about(took: Duration, expected: Duration) {
    assert!(
        took >= expected && took <= expected + Duration::from_millis(5),
        "{took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_ends_the_connection() {
    let (mut client, _server) = connection().await;
    assert_stays(&mut client).await;
    client.write_all(QUERY).await.unwrap();
    assert_about(given_up(&mut client).await, DEADLINE);
}

#[tokio::test]
async fn only_a_database_that_cannot_be_reached_is_away() {
    let settings = PostgresSettings::from_url(&testkit::database().await);
    let pool = pool(&settings).unwrap();
    let client = pool.get().await.unwrap();
    // Faults of ours, some of which the server never hears of.
    let ours = [
        client.query("SELECT 1 / 0", &[]).await.unwrap_err(),
        client.query("SELECT nonsense", &[]).await.unwrap_err(),
        client.query("SELECT $1::int", &[&"text"]).await.unwrap_err(),
        client.query_one("SELECT 1 WHERE false", &[]).await.unwrap_err(),
        client
            .query_one("SELECT 1", &[])
            .await
            .unwrap()
            .try_get::<_, String>(0)
            .unwrap_err(),
        client
            .query_one("SELECT 1", &[])
            .await
            .unwrap()
            .try_get::<_, i32>("x")
            .unwrap_err(),
        "nonsense".parse::<tokio_postgres::Config>().unwrap_err(),
    ];
    for error in ours {
        assert!(!is_away(&error), "{error:?}");
    }
    client.batch_execute("SET statement_timeout = 1").await.unwrap();
    let timed_out = client.query("SELECT pg_sleep(9)", &[]).await.unwrap_err();
    assert!(is_away(&timed_out), "{timed_out:?}");
    client.batch_execute("SET statement_timeout = 0").await.unwrap();
    let other = pool.get().await.unwrap();
    other.batch_execute("SELECT pg_advisory_lock(1)").await.unwrap();
    client.batch_execute("SET lock_timeout = 1").await.unwrap();
    let waited = client.query("SELECT pg_advisory_lock(1)", &[]).await.unwrap_err();
    assert!(is_away(&waited), "{waited:?}");
    let ended = client
        .query("SELECT pg_terminate_backend(pg_backend_pid())", &[])
        .await;
    assert!(is_away(&ended.unwrap_err()));
    let closed = client.query("SELECT 1", &[]).await.unwrap_err();
    assert!(closed.code().is_none() && is_away(&closed), "{closed:?}");
    let nowhere = tokio_postgres::connect("postgres://u@127.0.0.1:1/d", tokio_postgres::NoTls).await;
    assert!(is_away(&nowhere.err().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn the_first_answer_of_all_is_waited_for_as_long() {
    let (here, _there) = duplex(64);
    let mut client = Watched::new(Box::new(here), DEADLINE, Silence::default());
    client.write_all(STARTUP).await.unwrap();
    assert_about(given_up(&mut client).await, DEADLINE);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_breaks_off_ends_it_and_one_that_goes_on_does_not() {
    let (mut client, mut server) = connection().await;
    client.write_all(QUERY).await.unwrap();
    let rows = async {
        for _ in 0..10 {
            sleep(DEADLINE - Duration::from_millis(20)).await;
            server.write_all(ROW).await.unwrap();
        }
    };
    let mut read = [0; 70];
    let (_, read) = tokio::join!(rows, client.read_exact(&mut read));
    read.unwrap();
    assert_about(given_up(&mut client).await, DEADLINE);
}

#[tokio::test(start_paused = true)]
async fn each_of_several_requests_has_an_answer() {
    let (mut client, mut server) = connection().await;
    client.write_all(QUERY).await.unwrap();
    client.write_all(SYNC).await.unwrap();
    server.write_all(READY).await.unwrap();
    client.read_exact(&mut [0; 6]).await.unwrap();
    assert_about(given_up(&mut client).await, DEADLINE);

    let (mut client, mut server) = connection().await;
    client.write_all(QUERY).await.unwrap();
    client.write_all(SYNC).await.unwrap();
    server.write_all(READY).await.unwrap();
    server.write_all(READY).await.unwrap();
    client.read_exact(&mut [0; 12]).await.unwrap();
    assert_stays(&mut client).await;
}

#[tokio::test(start_paused = true)]
async fn a_copy_has_one_answer_and_may_take_as_long_as_its_rows() {
    let (mut client, mut server) = connection().await;
    client.write_all(SYNC).await.unwrap();
    server.write_all(b"G\0\0\0\x07\0\0\0").await.unwrap();
    client.read_exact(&mut [0; 8]).await.unwrap();
    for _ in 0..10 {
        // What drives a connection looks for an answer and for rows to send at the same time.
        let row = timeout(DEADLINE - Duration::from_millis(20), client.read_u8()).await;
        assert!(row.is_err());
        client.write_all(b"d\0\0\0\x05x").await.unwrap();
        server.read_exact(&mut [0; 6]).await.unwrap();
    }
    client.write_all(b"c\0\0\0\x04").await.unwrap();
    client.write_all(SYNC).await.unwrap();
    server.write_all(READY).await.unwrap();
    client.read_exact(&mut [0; 6]).await.unwrap();
    assert_stays(&mut client).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_nothing_is_given_up() {
    let (mut client, _server) = connection().await;
    sleep(10 * DEADLINE).await;
    let began = Instant::now();
    let error = client.write_all(&[b'd'; 65]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_about(began.elapsed(), DEADLINE);
}
