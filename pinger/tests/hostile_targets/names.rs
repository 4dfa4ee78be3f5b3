//! Name servers that answer with what no name server should.

use std::time::Duration;

use testkit::{Answer, NameServer, Question};
use tokio::net::TcpListener;

use super::server::{self, Script, Then};

const HEADER_OF_ANSWER: [u8; 2] = [0x85, 0x80];
const TRUNCATED: [u8; 2] = [0x87, 0x80];
const CNAME: u16 = 5;

/// A name server that stays for as long as the test.
async fn start(answer: impl Fn(&Question) -> Answer + Send + 'static) -> String {
    let server = NameServer::start(answer).await;
    let address = server.address().to_string();
    std::mem::forget(server);
    address
}

/// A message behind its id: a head, the question, and records.
fn message(question: &Question, flags: [u8; 2], count: u16, records: &[u8]) -> Answer {
    let mut bytes = flags.to_vec();
    bytes.extend([0, 1]);
    bytes.extend(count.to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(encoded(&question.name));
    bytes.extend(question.record_type.to_be_bytes());
    bytes.extend([0, 1]);
    bytes.extend(records);
    Answer::Bytes(bytes)
}

fn encoded(name: &str) -> Vec<u8> {
    let labels = name
        .split('.')
        .flat_map(|label| [&[label.len() as u8][..], label.as_bytes()].concat());
    labels.chain([0]).collect()
}

/// A name that points to itself.
pub async fn pointers() -> String {
    start(|question| {
        let at = 12 + encoded(&question.name).len() as u16 + 4;
        let pointer = (0xc000 | at).to_be_bytes();
        message(
            question,
            HEADER_OF_ANSWER,
            1,
            &[&pointer[..], &[0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 7]].concat(),
        )
    })
    .await
}

/// Aliases of each other.
pub async fn aliases() -> String {
    start(|question| {
        let other = match question.name.as_str() {
            "a.example" => "b.example",
            _ => "a.example",
        };
        Answer::Records(vec![(CNAME, encoded(other))])
    })
    .await
}

/// As many records as it says, of which there are none.
pub async fn promises() -> String {
    start(|question| message(question, HEADER_OF_ANSWER, u16::MAX, b"")).await
}

/// Thousands of records in one message.
pub async fn thousands() -> String {
    start(|question| {
        let record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 7];
        message(question, HEADER_OF_ANSWER, 3_500, &record.repeat(3_500))
    })
    .await
}

/// Bytes without sense.
pub async fn noise() -> String {
    start(|_| Answer::Bytes(vec![0xff; 1_200])).await
}

/// The rest is to be had by TCP, where nothing comes, or without an end.
pub async fn truncated(then: Then) -> String {
    loop {
        let udp = start(|question| message(question, TRUNCATED, 0, b"")).await;
        let Ok(tcp) = TcpListener::bind(&udp).await else {
            continue;
        };
        let script = Script::unasked(b"", then);
        tokio::spawn(async move {
            while let Ok((stream, _)) = tcp.accept().await {
                let script = script.clone();
                tokio::spawn(async move {
                    tokio::time::timeout(Duration::from_secs(10), server::run(&script, stream)).await
                });
            }
        });
        return udp;
    }
}
