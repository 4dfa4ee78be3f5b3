//! Getting mails about a page: the form in which an address is entered, and the pages to which links in mails lead. Nothing
//! happens by following a link: programs do that too.

use askama::Template;
use domain::ComponentId;
use domain::status_page::SubscriberState;

use super::frame::Frame;
use super::{Noticed, SignedUp, Subscriber};
use crate::address;
use crate::document::Document;
use crate::text;
use crate::words::subscribing::{self, Subscribing};
use crate::words::{self, Texts};

/// A form of a subscription.
pub(super) struct Form {
    pub(super) action: String,
    /// What is sent along unseen.
    pub(super) hidden: Vec<(&'static str, String)>,
    /// What the field for an address is called.
    pub(super) email: Option<&'static str>,
    pub(super) choice: Option<Choice>,
    pub(super) button: &'static str,
}

/// Components to choose of.
pub(super) struct Choice {
    pub(super) words: &'static Subscribing,
    pub(super) is_open: bool,
    pub(super) components: Vec<Chosen>,
}

pub(super) struct Chosen {
    pub(super) id: ComponentId,
    pub(super) name: String,
    pub(super) is_chosen: bool,
}

impl Choice {
    /// Nothing where there is nothing to choose.
    fn of(document: &Document, chosen: Option<&[ComponentId]>) -> Option<Self> {
        let components = document.components().map(|component| Chosen {
            id: component.id,
            name: text::line(&component.name),
            is_chosen: chosen.is_some_and(|chosen| chosen.contains(&component.id)),
        });
        let components: Vec<_> = components.collect();
        (components.len() > 1).then(|| Self {
            words: subscribing::of(document.locale),
            is_open: chosen.is_some(),
            components,
        })
    }
}

impl Form {
    /// The form in which an address is entered; nothing where no mails are sent.
    pub(super) fn sign_up(document: &Document) -> Option<Self> {
        document.takes_subscribers.then(|| Self {
            action: address::path(document, address::SUBSCRIBE),
            hidden: Vec::new(),
            email: Some(words::of(document.locale).email),
            choice: Choice::of(document, None),
            button: subscribing::of(document.locale).subscribe,
        })
    }

    /// Does something with a subscription.
    fn that_does(document: &Document, token: &str, does: &'static str, button: &'static str) -> Self {
        Self {
            action: address::path(document, address::SUBSCRIPTION),
            hidden: vec![("token", text::token(token)), ("do", does.to_owned())],
            email: None,
            choice: None,
            button,
        }
    }

    /// Ends it. The address is that which mail programs call.
    fn that_ends(document: &Document, token: &str) -> Self {
        let path = address::path(document, address::UNSUBSCRIBE);
        Self {
            action: format!("{path}?token={}", text::token(token)),
            hidden: Vec::new(),
            email: None,
            choice: None,
            button: subscribing::of(document.locale).unsubscribe,
        }
    }
}

#[derive(Template)]
#[template(path = "subscription.html")]
struct Page {
    t: &'static Texts,
    frame: Frame,
    /// Whether a message tells of a problem, and what it says.
    alert: Option<(bool, &'static str)>,
    words: Option<String>,
    forms: Vec<Form>,
}

fn page(
    document: &Document,
    alert: Option<(bool, &'static str)>,
    words: Option<String>,
    forms: Vec<Form>,
) -> String {
    super::rendered(&Page {
        t: words::of(document.locale),
        frame: Frame::closed(document),
        alert,
        words,
        forms,
    })
}

pub(super) fn signed_up(document: &Document, what: SignedUp) -> String {
    let w = subscribing::of(document.locale);
    let (is_problem, message) = match what {
        SignedUp::Sent => (false, w.sent),
        SignedUp::NoAddress => (true, w.no_address),
        SignedUp::OtherDomain => (true, w.other_domain),
        SignedUp::GoneComponent => (true, w.gone_component),
        SignedUp::TooMany => (true, words::of(document.locale).too_many),
        SignedUp::Unavailable => (true, w.unavailable),
    };
    let form = Form::sign_up(document).filter(|_| {
        matches!(
            what,
            SignedUp::NoAddress | SignedUp::OtherDomain | SignedUp::GoneComponent
        )
    });
    page(
        document,
        Some((is_problem, message)),
        None,
        form.into_iter().collect(),
    )
}

pub(super) fn subscription(
    document: &Document,
    subscriber: &Subscriber<'_>,
    noticed: Option<Noticed>,
) -> String {
    let w = subscribing::of(document.locale);
    let token = subscriber.token;
    let named = |words: &str| Some(words.replacen("{}", &text::line(subscriber.address), 1));
    let alert = noticed.map(|noticed| match noticed {
        Noticed::Confirmed => (false, w.confirmed),
        Noticed::Saved => (false, w.saved),
        Noticed::GoneComponent => (true, w.gone_component),
    });
    match subscriber.state {
        SubscriberState::Pending if subscriber.can_confirm => {
            let confirm = Form::that_does(document, token, "confirm", w.confirm);
            page(document, alert, named(w.asks), vec![confirm])
        }
        SubscriberState::Pending => page(document, Some((true, w.expired)), None, Vec::new()),
        SubscriberState::Confirmed => {
            let save = Form {
                // There is nothing else to be saved.
                choice: Choice::of(document, subscriber.components).map(|choice| Choice {
                    is_open: true,
                    ..choice
                }),
                ..Form::that_does(document, token, "components", w.save)
            };
            let end = Form::that_ends(document, token);
            let forms = [Some(save).filter(|form| form.choice.is_some()), Some(end)];
            page(
                document,
                alert,
                named(w.manages),
                forms.into_iter().flatten().collect(),
            )
        }
        SubscriberState::Unsubscribed => unsubscribed(document),
    }
}

pub(super) fn ask_unsubscribe(document: &Document, token: &str) -> String {
    let words = subscribing::of(document.locale).ask_unsubscribe;
    let form = Form::that_ends(document, token);
    page(document, None, Some(words.to_owned()), vec![form])
}

pub(super) fn unsubscribed(document: &Document) -> String {
    let message = subscribing::of(document.locale).unsubscribed;
    page(document, Some((false, message)), None, Vec::new())
}

pub(super) fn unknown(document: &Document) -> String {
    let message = subscribing::of(document.locale).unknown;
    page(document, Some((true, message)), None, Vec::new())
}
