//! Subscriptions to status pages: mails about the updates of reports, to whoever has confirmed that they are wanted, and
//! messages to the destinations that operators set up.
//! `answers` sends the mails that answer sign-ups, `notices` those about updates, `destinations` the messages, so that neither waits for the other, nor
//! mails about accounts for them. A notice enters its table in the transaction that writes the update.

mod announced;
mod answers;
mod destinations;
mod layout;
mod notices;
mod post;

pub(crate) use self::announced::announced_page;
pub(crate) use self::answers::Answers;
pub(crate) use self::destinations::Destinations;
pub(crate) use self::layout::Prepared;
pub(crate) use self::notices::Notices;
pub(crate) use self::post::post;
