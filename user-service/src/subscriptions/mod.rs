//! Subscriptions to status pages: mails about the updates of reports, to whoever has confirmed that they are wanted.
//! `answers` sends the mails that answer sign-ups, `notices` those about updates, so that neither waits for the other, nor
//! mails about accounts for them. A notice enters its table in the transaction that writes the update.

mod answers;
mod layout;
mod notices;

pub(crate) use self::answers::Answers;
pub(crate) use self::notices::Notices;
