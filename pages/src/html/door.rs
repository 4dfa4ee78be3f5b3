//! What who is not in is shown.

use askama::Template;
use domain::status_page::Locale;

use super::Asked;
use super::frame::Frame;
use crate::address;
use crate::document::{Document, Guard};
use crate::text;
use crate::words::{self, Texts};

#[derive(Template)]
#[template(path = "door.html")]
struct Door<'a> {
    t: &'static Texts,
    frame: Frame,
    /// Whether a message tells of a problem, and what it says.
    alert: Option<(bool, &'static str)>,
    words: &'static str,
    is_wrong: bool,
    link: Option<&'a str>,
    form: Option<Form>,
    button: &'static str,
}

struct Form {
    action: String,
    field: Field,
}

enum Field {
    Password,
    Email,
    Token(String),
}

pub(super) fn door(document: &Document, asked: Asked) -> String {
    let t = words::of(document.locale);
    let form = |at, field| {
        Some(Form {
            action: address::path(document, at),
            field,
        })
    };
    let home = address::home(document);
    let (words, link, form, button) = match &document.guard {
        Guard::Public => (t.open_page, Some(home), None, t.open_page),
        Guard::Password { .. } => (
            t.door_password,
            None,
            form(address::UNLOCK, Field::Password),
            t.open_page,
        ),
        Guard::EmailDomain { .. } => (t.door_email, None, form(address::LINK, Field::Email), t.send_link),
        Guard::Addresses { .. } => (t.door_addresses, None, None, ""),
        Guard::Members { sign_in_url } => {
            let link = Some(&**sign_in_url).filter(|link| address::is_safe_link(link));
            (t.door_members, link, None, t.sign_in)
        }
    };
    super::rendered(&Door {
        t,
        frame: Frame::closed(document),
        alert: match asked {
            Asked::First => None,
            Asked::Wrong => Some((true, t.wrong_password)),
            Asked::Sent => Some((false, t.link_sent)),
            Asked::Expired => Some((true, t.link_expired)),
            Asked::TooMany => Some((true, t.too_many)),
        },
        words,
        is_wrong: asked == Asked::Wrong,
        link,
        form,
        button,
    })
}

pub(super) fn enter(document: &Document, token: &str) -> String {
    let t = words::of(document.locale);
    super::rendered(&Door {
        t,
        frame: Frame::closed(document),
        alert: None,
        words: t.enter,
        is_wrong: false,
        link: None,
        form: Some(Form {
            action: address::path(document, address::ACCESS),
            field: Field::Token(text::token(token)),
        }),
        button: t.open_page,
    })
}

#[derive(Template)]
#[template(path = "nothing.html")]
struct Nothing {
    frame: Frame,
    /// For each language its tag, what is the matter, and a sentence.
    languages: Vec<(&'static str, &'static str, &'static str)>,
}

/// A page that is no page's, and so in all languages.
pub(super) fn nothing(what: fn(&'static Texts) -> (&'static str, &'static str)) -> String {
    let languages = Locale::ALL.map(words::of).map(|t| (t.lang, what(t).0, what(t).1));
    super::rendered(&Nothing {
        frame: Frame {
            title: languages[0].1.to_owned(),
            ..Frame::empty()
        },
        languages: languages.to_vec(),
    })
}
