//! The form in which an address is entered, and the pages to which links in mails lead.

use domain::ComponentId;
use domain::status_page::{Locale, SubscriberState};
use pages::document::Document;
use pages::html::{self, Noticed, SignedUp, Subscriber};

use crate::dom::Dom;
use crate::samples::{empty, outage, view};

const TOKEN: &str = "t0k-en_";

fn subscriber(
    state: SubscriberState,
    components: Option<&[ComponentId]>,
    can_confirm: bool,
) -> Subscriber<'_> {
    Subscriber {
        token: TOKEN,
        address: "a•••@example.org",
        state,
        components,
        can_confirm,
    }
}

/// What forms send where, but for what is typed.
fn sent(html: &str) -> Vec<String> {
    let dom = Dom::parse(html);
    dom.all("form")
        .iter()
        .map(|form| form.attribute("action").unwrap_or_default())
        .collect()
}

fn chosen(html: &str) -> Vec<bool> {
    let dom = Dom::parse(html);
    let inputs = dom.all("input");
    let boxes = inputs
        .iter()
        .filter(|input| input.attribute("type").as_deref() == Some("checkbox"));
    boxes.map(|input| input.attribute("checked").is_some()).collect()
}

#[test]
fn a_page_takes_addresses_where_mails_are_sent() {
    let document = outage();
    let html = html::page(&view(&document));
    assert_eq!(sent(&html), ["/acme/subscribe"]);
    let components = document.components().count();
    assert!(components > 1);
    assert_eq!(chosen(&html), vec![false; components]);
    for component in document.components() {
        assert!(html.contains(&format!("name=\"component\" value=\"{}\"", component.id)));
    }
    assert_eq!(sent(&html::feeds(&view(&document), None)), ["/acme/subscribe"]);
    let without = Document {
        takes_subscribers: false,
        ..outage()
    };
    assert_eq!(sent(&html::page(&view(&without))).len(), 0);
    assert_eq!(sent(&html::feeds(&view(&without), None)).len(), 0);
    assert_eq!(
        chosen(&html::page(&view(&empty()))).len(),
        0,
        "there is nothing to choose"
    );
}

#[test]
fn what_came_of_an_address_is_said_in_both_languages() {
    for locale in Locale::ALL {
        let document = Document { locale, ..outage() };
        let said = |what| html::signed_up(&document, what);
        for what in [
            SignedUp::NoAddress,
            SignedUp::OtherDomain,
            SignedUp::GoneComponent,
        ] {
            assert_eq!(sent(&said(what)), ["/acme/subscribe"], "it is asked for again");
        }
        for what in [SignedUp::Sent, SignedUp::TooMany, SignedUp::Unavailable] {
            assert_eq!(sent(&said(what)).len(), 0);
        }
        let html = said(SignedUp::Sent);
        assert!(html.contains("role=\"status\"") && !html.contains("role=\"alert\""));
        assert!(
            html.contains(&format!("<html lang=\"{}\"", locale.as_str())),
            "{html}"
        );
    }
}

#[test]
fn a_link_in_a_mail_shows_buttons_and_does_nothing() {
    let document = outage();
    let page = |subscriber| html::subscription(&document, &subscriber, None);
    let asks = page(subscriber(SubscriberState::Pending, None, true));
    assert_eq!(sent(&asks), ["/acme/subscription"]);
    assert!(asks.contains("Send updates to a•••@example.org?"), "{asks}");
    assert!(asks.contains("name=\"do\" value=\"confirm\"") && asks.contains(&format!("value=\"{TOKEN}\"")));
    let late = page(subscriber(SubscriberState::Pending, None, false));
    assert!(
        sent(&late).is_empty() && late.contains("confirms no more"),
        "{late}"
    );

    let all: Vec<ComponentId> = document.components().map(|component| component.id).collect();
    let manages = page(subscriber(SubscriberState::Confirmed, Some(&all[1..2]), false));
    let end = format!("/acme/unsubscribe?token={TOKEN}");
    assert_eq!(sent(&manages), ["/acme/subscription", end.as_str()]);
    let is_chosen: Vec<bool> = (0..all.len()).map(|n| n == 1).collect();
    assert_eq!(chosen(&manages), is_chosen);
    let all_of_them = page(subscriber(SubscriberState::Confirmed, None, false));
    assert_eq!(chosen(&all_of_them), vec![false; all.len()]);
    assert!(
        all_of_them.contains("<details class=\"choice\" open>"),
        "what a button saves is to be seen"
    );
    assert_eq!(sent(&html::ask_unsubscribe(&document, TOKEN)), [end.as_str()]);
    for over in [
        page(subscriber(SubscriberState::Unsubscribed, None, false)),
        html::unsubscribed(&document),
        html::unknown_subscription(&document),
    ] {
        assert_eq!(sent(&over).len(), 0);
    }
    let confirmed = subscriber(SubscriberState::Confirmed, None, false);
    for (noticed, said) in [
        (Noticed::Confirmed, "You are subscribed."),
        (Noticed::Saved, "Saved."),
        (Noticed::GoneComponent, "Choose again."),
    ] {
        assert!(html::subscription(&document, &confirmed, Some(noticed)).contains(said));
    }
}

#[test]
fn what_others_send_is_only_text() {
    let token = "\"><script>alert(1)</script>";
    let document = outage();
    let hostile = Subscriber {
        token,
        address: "<b>@example.org",
        ..subscriber(SubscriberState::Pending, None, true)
    };
    for html in [
        html::subscription(&document, &hostile, None),
        html::ask_unsubscribe(&document, token),
    ] {
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
        assert!(html.contains("noindex,nofollow"));
    }
}
