//! Mails as their recipients find them.

use http::Method;
use serde_json::{Value, json};
use testkit::{FakeSmtp, Mail, eventually};

use super::{Answer, PATIENCE, Person, Stores, UserService};

pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const PUBLIC_URL: &str = "https://status.example";

/// A user-service with a mail server.
pub(crate) async fn with_mails() -> (FakeSmtp, UserService) {
    let smtp = FakeSmtp::start().await;
    let service = on(Stores::new().await, &smtp, &[]).await;
    (smtp, service)
}

pub(crate) async fn on(stores: Stores, smtp: &FakeSmtp, more: &[(&str, &str)]) -> UserService {
    let mut variables = vec![("SMTP_URL", &*smtp.url), ("PUBLIC_URL", PUBLIC_URL)];
    variables.extend_from_slice(more);
    UserService::start_on(stores, &variables).await
}

/// The mails to an address whose subject begins so.
pub(crate) fn mails_to(smtp: &FakeSmtp, address: &str, subject: &str) -> Vec<Mail> {
    let (to, subject) = (format!("<{address}>"), format!("\nSubject: {subject}"));
    let mails = smtp.mails().into_iter();
    mails
        .filter(|mail| mail.to == [to.as_str()] && mail.unfolded().contains(&subject))
        .collect()
}

/// The mail to an address of this number, once it is there.
pub(crate) async fn mail_to(smtp: &FakeSmtp, address: &str, subject: &str, number: usize) -> Mail {
    eventually(
        &format!("a mail {subject:?} to {address}"),
        PATIENCE,
        async || mails_to(smtp, address, subject).get(number - 1).cloned(),
    )
    .await
}

/// The token of the link to a page.
pub(crate) fn token_of(mail: &Mail, page: &str) -> String {
    let link = format!("{PUBLIC_URL}/{page}#");
    mail.word_after(&link)
        .unwrap_or_else(|| panic!("no {link} in {}", mail.text))
}

/// Waits until nothing waits to be sent.
pub(crate) async fn all_sent(service: &UserService) {
    eventually("all mails are sent", PATIENCE, async || {
        (service.count("mails").await == 0).then_some(())
    })
    .await;
}

pub(crate) async fn auth(service: &UserService, operation: &str, body: &Value) -> Answer {
    let path = format!("/api/v1/auth/{operation}");
    service.anonymous(Method::POST, &path, body).await
}

pub(crate) async fn login(service: &UserService, email: &str, password: &str) -> Answer {
    auth(service, "login", &json!({"email": email, "password": password})).await
}

/// Somebody whose address is verified.
pub(crate) async fn verified(service: &UserService) -> Person<'_> {
    let person = service.register().await;
    let sql = "UPDATE users SET email_verified_at = now() WHERE id = $1";
    service.db().await.execute(sql, &[&person.user]).await.unwrap();
    person
}
