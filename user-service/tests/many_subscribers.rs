//! Notices to as many subscribers as a large page has.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use testkit::{FakeSmtp, eventually};

use crate::common::post::verified;
use crate::common::subscribing::{PAGES_URL, Page, add_confirmed, all_told, named, with_pages};
use crate::common::{PATIENCE, Process, Stores, UserService};

const BEGUN: &str = "[Acme] Investigating: Checkout fails";

/// As many as are sent at a time.
const AT_A_TIME: usize = 16;

/// How long the transaction may take that tells all of them.
const ENQUEUED_WITHIN: Duration = Duration::from_secs(4);

/// Sends mails, in a process of its own.
fn sender(stores: &Stores, smtp: &FakeSmtp) -> Process {
    stores.spawn(&[("SMTP_URL", &smtp.url), ("PAGES_URL", PAGES_URL)])
}

/// A service that publishes and sends no mails.
async fn publisher(stores: &Stores) -> UserService {
    UserService::start_on(stores.clone(), &[("PAGES_URL", PAGES_URL)]).await
}

#[tokio::test]
async fn thousands_are_told_once_each_although_the_sender_is_killed() {
    let count = 10_000;
    let stores = Stores::new().await;
    let service = publisher(&stores).await;
    let ada = verified(&service).await;
    let page = Page::new(&ada).await;
    add_confirmed(&service, page.id, "reader-", count).await;
    let began = Instant::now();
    let report = page.report(&ada, Some(0), true).await;
    let took = began.elapsed();
    assert!(took < ENQUEUED_WITHIN, "{took:?}");
    assert_eq!(service.count("report_notices").await, i64::from(count));

    // Sending all of them takes its time.
    let count = if testkit::is_full() { count } else { 2_000 };
    let some = "DELETE FROM report_notices WHERE subscriber_id NOT IN (SELECT subscriber_id FROM report_notices LIMIT $1)";
    service
        .db()
        .await
        .execute(some, &[&i64::from(count)])
        .await
        .unwrap();
    let smtp = FakeSmtp::start().await;
    let first = sender(&stores, &smtp);
    eventually("a part of them is told", 3 * PATIENCE, async || {
        (smtp.mails().len() >= 500).then_some(())
    })
    .await;
    first.kill().await;
    let due = "UPDATE report_notices SET due_at = now() WHERE outcome IS NULL AND due_at > now()";
    eventually("its database connections have ended", PATIENCE, async || {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()";
        let busy: i64 = service.db().await.query_one(sql, &[]).await.unwrap().get(0);
        (busy == 0).then_some(())
    })
    .await;
    // What was lent to the dead one comes back.
    service.db().await.execute(due, &[]).await.unwrap();
    let _second = sender(&stores, &smtp);
    all_told(&service).await;

    let mails = named(&smtp, BEGUN);
    let names: HashSet<&String> = mails.iter().map(|(name, _)| name).collect();
    let to: HashSet<&String> = mails.iter().map(|(_, to)| to).collect();
    assert_eq!((names.len(), to.len()), (count as usize, count as usize));
    // What the dead one had handed over and not noted comes again, under the same name.
    let mut times: HashMap<&String, usize> = HashMap::new();
    for (name, _) in &mails {
        *times.entry(name).or_default() += 1;
    }
    assert!(times.values().all(|times| *times <= 2));
    assert!(mails.len() <= count as usize + AT_A_TIME, "{}", mails.len());
    let receipts = ada
        .get(&format!("/status-reports/{report}/notices"))
        .await
        .items();
    assert_eq!(receipts[0]["sent"], count);
}

#[tokio::test]
async fn two_senders_share_the_work_and_send_nothing_twice() {
    let stores = Stores::new().await;
    let service = publisher(&stores).await;
    let ada = verified(&service).await;
    let page = Page::new(&ada).await;
    add_confirmed(&service, page.id, "reader-", 500).await;
    page.report(&ada, None, true).await;
    let smtp = FakeSmtp::start().await;
    let (one, other) = (
        with_pages(stores.clone(), &smtp).await,
        with_pages(stores, &smtp).await,
    );
    all_told(&one).await;
    other.stop().await;
    let mails = named(&smtp, BEGUN);
    let names: HashSet<&String> = mails.iter().map(|(name, _)| name).collect();
    assert_eq!((mails.len(), names.len()), (500, 500));
}

#[tokio::test]
async fn many_notices_of_one_organisation_do_not_hold_up_anothers() {
    let stores = Stores::new().await;
    let service = publisher(&stores).await;
    let (large, small) = (verified(&service).await, verified(&service).await);
    let page = Page::new(&large).await;
    add_confirmed(&service, page.id, "many-", 10_000).await;
    page.report(&large, None, true).await;
    let page = Page::new(&small).await;
    add_confirmed(&service, page.id, "few-", 20).await;
    page.report(&small, None, true).await;
    let smtp = FakeSmtp::start().await;
    let _sender = with_pages(stores, &smtp).await;
    eventually("the few are told", PATIENCE, async || {
        let told = smtp
            .mails()
            .iter()
            .filter(|mail| mail.to[0].starts_with("<few-"))
            .count();
        (told == 20).then_some(())
    })
    .await;
    let waiting = "SELECT count(*) FROM report_notices WHERE outcome IS NULL";
    let waiting: i64 = service.db().await.query_one(waiting, &[]).await.unwrap().get(0);
    assert!(waiting > 9_000, "the many wait: {waiting}");
}
