//! Attacks on the running product.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "abuse/site.rs"]
mod site;

use std::collections::BTreeMap;

use e2e::fuzz::{Fuzzer, Known, Sender, fault};
use site::{Account, Site};

/// How many requests are made up, in all.
const REQUESTS: usize = 5_000;
/// After so many everything is loaded that is loaded once.
const WARM_UP: usize = 2_000;
/// Who send them, each with an account of their own.
const CLIENTS: usize = 4;
/// How much more memory the rest may take, in bytes.
const GROWTH: u64 = 32 * 1024 * 1024;

/// What succeeds only with what comes by mail, or after a mail was sent.
const BY_MAIL: [&str; 4] = [
    "ResendConfirmation",
    "GetEmailRecipient",
    "ConfirmEmailRecipient",
    "DeclineEmailRecipient",
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sent_is_answered_as_documented_and_nothing_breaks() {
    let seed = testkit::seed();
    let site = Site::start().await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let account = site.account().await;
        clients.push(Client::new(&site, account, seed.wrapping_add(number as u64)));
    }
    let mut clients = run(clients, WARM_UP / CLIENTS).await;
    let before = site.memory();
    clients = run(clients, (REQUESTS - WARM_UP) / CLIENTS).await;
    let after = site.memory();

    let faults: Vec<&String> = clients.iter().flat_map(|client| &client.faults).collect();
    assert!(faults.is_empty(), "{} faults: {faults:#?}", faults.len());
    for operation in api::operations() {
        let successes: u32 = clients
            .iter()
            .filter_map(|client| client.successes.get(operation.id))
            .sum();
        assert!(
            successes > 0 || BY_MAIL.contains(&operation.id),
            "nothing that was sent to {} was taken",
            operation.id
        );
    }
    for ((name, before), (_, after)) in before.iter().zip(&after) {
        assert!(
            after.saturating_sub(*before) < GROWTH,
            "{name}: {before} bytes became {after}"
        );
    }
    for (name, log) in site.logs() {
        let line = log
            .lines()
            .find(|line| line.contains("panicked") || line.contains("\"ERROR\""));
        assert_eq!(line, None, "{name}");
    }
}

/// Somebody who sends what was made up.
struct Client {
    fuzzer: Fuzzer,
    known: Known,
    sender: Sender,
    faults: Vec<String>,
    /// By operation.
    successes: BTreeMap<&'static str, u32>,
}

impl Client {
    fn new(site: &Site, account: Account, seed: u64) -> Self {
        Self {
            fuzzer: Fuzzer::new(seed),
            known: account.known,
            sender: Sender::new(site.base()),
            faults: Vec::new(),
            successes: BTreeMap::new(),
        }
    }

    async fn send(&mut self) {
        self.known.count += 1;
        let made = self.fuzzer.make(&self.known);
        let Some(answer) = self.sender.send(&made).await else {
            return;
        };
        let wrong = match &answer {
            Ok(answer) => fault(&made, answer),
            Err(error) => Some(error.clone()),
        };
        if let Some(wrong) = wrong {
            let body = &made.body[..made.body.len().min(300)];
            let path: String = made.path.chars().take(300).collect();
            self.faults.push(format!(
                "{} {path} {:?} {:?} ({:?}): {wrong}",
                made.method,
                String::from_utf8_lossy(body),
                made.headers.get("content-type"),
                made.wrong
            ));
        }
        let Ok(answer) = answer else { return };
        if answer.status.is_success() {
            *self.successes.entry(made.operation.id).or_default() += 1;
            self.known.hear(&made, &answer);
        }
    }
}

/// Has each client send so many.
async fn run(clients: Vec<Client>, requests: usize) -> Vec<Client> {
    let running: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            tokio::spawn(async move {
                for _ in 0..requests {
                    client.send().await;
                }
                client
            })
        })
        .collect();
    let mut clients = Vec::new();
    for client in running {
        clients.push(client.await.unwrap());
    }
    clients
}
