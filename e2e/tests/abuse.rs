//! Attacks on the product, as a stranger and as a tenant make them. Here are those on the running product; each of the
//! others is where what withstands it is:
//!
//! - whatever can be sent: here, and `gateway/tests/framing.rs`, `gateway/tests/patience.rs`
//! - what one tenant stores in a batch with others': `user-service/tests/unreadable.rs`,
//!   `user-service/tests/mirror.rs` (`large_definitions_make_pages_that_pingers_read`), `shared/src/items.rs`
//! - addresses of mail written in many ways: `shared/src/device.rs`
//!   (`an_account_has_one_key_however_its_address_is_written`), `gateway/tests/sign_in.rs`
//!   (`an_account_is_one_however_its_address_is_written`), `shared/src/redis/limit.rs`
//!   (`a_mailbox_is_the_same_however_its_address_is_written`)
//! - passwords guessed, and locking somebody out: `gateway/tests/sign_in.rs`
//!   (`a_stranger_is_slowed_down_and_locks_nobody_out`, `a_device_that_the_account_knows_gets_in_beside_a_stranger`)
//! - addresses that proxies are made to say: `shared/src/http/client_address.rs`, `gateway/tests/framing.rs`
//!   (`where_somebody_comes_from_is_what_the_nearest_proxy_says`)
//! - passwords that take long to judge, or that panic: `user-service/src/rules/password.rs`
//!   (`no_password_takes_long_or_panics`), `shared/src/http/panics.rs`
//! - noisy neighbours: `pinger/src/api.rs` (`an_organisation_cannot_take_more_than_its_share`),
//!   `pinger/src/schedule/turns.rs` (`organisations_take_turns`), `gateway/tests/check.rs`
//!   (`an_organisation_may_ask_for_so_many_and_the_pinger_may_be_away`), `gateway/tests/edge.rs`
//!   (`test_messages_are_few_for_a_channel_and_for_an_organisation`)
//! - hostile targets, such as bombs and thousands of codings: `pinger/tests/hostile_targets.rs`,
//!   `pinger/src/probe/icmp.rs` (`only_an_echo_counts_as_an_answer`)
//! - hostile receivers of messages: `alerter/tests/answers.rs` (`of_an_answer_without_an_end_little_is_read`)
//! - connections without end: `gateway/tests/hosts.rs` (`an_address_has_so_many_connections`),
//!   `shared/src/http/connections.rs`
//! - pages and names of others: `gateway/tests/sign_in.rs` (`forms_and_pages_of_others_do_not_log_in_or_out`),
//!   `gateway/tests/hosts.rs` (`a_name_that_somebody_else_has_pointed_here_is_not_answered`)
//! - viewers who look for secrets: `user-service/tests/access.rs`
//!   (`a_viewer_neither_sees_nor_finds_what_is_sent_to_a_target`)
//! - values that no store takes: `user-service/tests/input.rs`, `pinger/tests/http_options.rs`
//!   (`a_check_on_request_may_be_larger_than_what_the_user_sent`)
//! - sessions that have ended: `gateway/tests/revoked.rs`
//! - clicks that nobody signed: `gateway/tests/slack.rs`
//!   (`what_nobody_has_signed_counts_for_its_sender_and_not_for_the_channel`), `user-service/tests/alerting_slack.rs`
//!   (`only_what_is_signed_counts_for_the_channel`)
//! - asking which addresses exist: `gateway/tests/sign_in.rs` (`who_asks_which_addresses_exist_is_slowed_down`)
//! - inner addresses, checked or told: `shared/src/guard.rs`, `pinger/src/target/address.rs`,
//!   `pinger/src/probe/disclosure.rs`, `pinger/tests/http_options.rs` (`a_redirect_does_not_get_past_the_guard`,
//!   `what_an_operator_opens_besides_the_internet_is_checked_and_not_shown`)
//! - headers that are missing: `gateway/tests/hosts.rs`
//!   (`every_answer_says_how_it_may_be_kept_and_by_what_it_may_be_had`, `answers_without_a_request_carry_the_same_headers`)
//! - names that are something else: `alerter/src/channel/kinds/slack_content.rs` (`names_are_shown_as_they_were_typed`),
//!   `user-service/src/rules/text.rs` (`names_are_trimmed_and_checked`)
//! - rows of others, and what a role or a key may not do: `e2e/tests/access.rs`
//!   (`every_operation_is_open_to_whom_its_permission_says_and_to_nobody_else`), `user-service/tests/access.rs`
//!   (`another_organisations_rows_are_not_there`)
//! - records of others: `alerter/tests/owner.rs`, `alerter/tests/misplaced.rs`, `processor/tests/service.rs`
//!   (`what_cannot_be_processed_goes_to_the_dead_letter_topic`)

use std::collections::BTreeMap;
use std::time::Duration;

use crate::site::{Account, Site};
use e2e::fuzz::{Fuzzer, Known, Sender, fault};

/// How many requests are made up, in all; and in `make test-full`.
const REQUESTS: usize = 10_000;
const REQUESTS_FULL: usize = 50_000;
/// After so many everything is loaded that is loaded once.
const WARM_UP: usize = 2_000;
/// Who send them, each with an account of their own.
const CLIENTS: usize = 4;
/// How many more are sent at a time while an operation has taken none.
const MORE: usize = 1_000;
/// How much more memory the rest may take, in bytes.
const GROWTH: u64 = 32 * 1024 * 1024;

/// How long it may take until memory that is not used is given back.
const SETTLED: Duration = Duration::from_secs(30);

/// What succeeds only with what comes by mail or in a notification, or after a mail was sent.
const BY_MAIL: [&str; 15] = [
    "AddSubscribers",
    "RemoveSubscriber",
    "ResendConfirmation",
    "ResendOwnConfirmation",
    "GetEmailRecipient",
    "ConfirmEmailRecipient",
    "DeclineEmailRecipient",
    "GetLinkedIncident",
    "AcknowledgeByLink",
    "VerifyEmail",
    "ResendVerification",
    "ResetPassword",
    "GetInvitation",
    "AcceptInvitation",
    "ResendInvitation",
];

/// What succeeds only with a provider, of which there is none.
const BY_PROVIDERS: [&str; 6] = [
    "StartSignIn",
    "StartInvitedSignIn",
    "FinishSignIn",
    "LinkIdentity",
    "UnlinkIdentity",
    "ConfirmIdentity",
];

/// What succeeds only with further members, after other calls, or with values that fit together.
const BY_OTHERS: [&str; 17] = [
    "DeleteOnCallOverride",
    "DeleteTeam",
    "EditTeam",
    "GetCalendar",
    "ListOnCallShifts",
    "OrderAlertRoutes",
    "RestoreMaintenanceOccurrence",
    "OpenExport",
    "GetExportPart",
    "DeleteAccount",
    "CancelAccountDeletion",
    "DeleteOrganisation",
    "CancelOrganisationDeletion",
    "EditMember",
    "RemoveMember",
    "LeaveOrganisation",
    "WithdrawInvitation",
];

/// What succeeds only with a code of an authenticator app or one that a phone gets, or with one of the few passwords that may be tried.
const BY_CODE: [&str; 6] = [
    "EnrolSecondFactor",
    "LoginSecondFactor",
    "ConfirmSecondFactor",
    "ConfirmOwnChannel",
    "RegenerateRecoveryCodes",
    "DisableSecondFactor",
];

/// The operations that have taken nothing although they could have.
fn never_taken(clients: &[Client]) -> Vec<&'static str> {
    let is_exempt = |id: &str| {
        let exempt = [
            &BY_MAIL[..],
            &BY_OTHERS,
            &BY_CODE,
            &BY_PROVIDERS,
            &e2e::fuzz::ENDS_THE_SENDER,
        ];
        exempt.iter().any(|ids| ids.contains(&id))
    };
    let is_taken = |id: &str| {
        clients
            .iter()
            .any(|client| client.successes.get(id).is_some_and(|times| *times > 0))
    };
    let operations = api::operations().into_iter().map(|operation| operation.id);
    operations.filter(|id| !is_taken(id) && !is_exempt(id)).collect()
}

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
    let requests = if testkit::is_full() {
        REQUESTS_FULL
    } else {
        REQUESTS
    };
    clients = run(clients, (requests - WARM_UP) / CLIENTS).await;

    // What needs others to be made before comes by chance: a few more are sent until it has come.
    let mut more = 0;
    while !never_taken(&clients).is_empty() && more < 2 * requests {
        clients = run(clients, MORE / CLIENTS).await;
        more += MORE;
    }
    let faults: Vec<&String> = clients.iter().flat_map(|client| &client.faults).collect();
    assert!(faults.is_empty(), "{} faults: {faults:#?}", faults.len());
    let never_taken = never_taken(&clients);
    assert!(
        never_taken.is_empty(),
        "nothing that was sent to these was taken: {never_taken:?}"
    );
    // What passwords are hashed in is given back when the threads that did so end.
    testkit::eventually("memory is what it was", SETTLED, async || {
        let after = site.memory();
        let is_flat = |(before, after): (&u64, &u64)| after.saturating_sub(*before) < GROWTH;
        before.iter().zip(&after).all(is_flat).then_some(())
    })
    .await;
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

#[test]
fn what_withstands_an_attack_is_where_it_is_said_to_be() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let doc = include_str!("abuse.rs")
        .lines()
        .take_while(|line| line.starts_with("//!"));
    let doc: Vec<&str> = doc.collect();
    let (mut file, mut tests) = (String::new(), 0);
    // What stands between backticks.
    for name in doc.join("\n").split('`').skip(1).step_by(2) {
        if name.contains('/') {
            file = std::fs::read_to_string(root.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(
                file.contains("test]") || file.contains("test("),
                "{name} has no test"
            );
        } else {
            assert!(file.contains(&format!("fn {name}()")), "there is no {name}");
        }
        tests += 1;
    }
    assert!(tests > 40, "{tests}");
}
