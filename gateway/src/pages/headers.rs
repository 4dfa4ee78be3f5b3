//! What is sent along with pages: by what they may be kept, framed and read, and that nothing in them runs.

use ::pages::Document;
use ::pages::document::Guard;
use ::pages::html;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    CROSS_ORIGIN_OPENER_POLICY, CROSS_ORIGIN_RESOURCE_POLICY, HeaderName, HeaderValue, PERMISSIONS_POLICY,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use super::form::Form;
use super::guard::is_public;

/// Headers of an answer.
pub(super) type Head = Vec<(HeaderName, HeaderValue)>;

/// Caches in between have a page for a moment, go on with it while they ask again, and for a day while nobody answers.
const PUBLIC: &str = "public, max-age=15, stale-while-revalidate=60, stale-if-error=86400";
const PRIVATE: &str = "private, no-store";

/// The policy of what is no page. An image that is looked at by itself has styles of its own.
const NO_PAGE: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// Who may show a page in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frames {
    Nobody,
    Anybody,
}

/// What is sent along with a form of a page to who may see it.
pub(super) fn of_form(document: &Document, form: Form, is_https: bool) -> Head {
    let is_public = is_public(document);
    let frames = match form {
        Form::Embed => Frames::Anybody,
        _ => Frames::Nobody,
    };
    let mut head = match form.is_html() {
        true => of_html(&html::style_sources(document), frames, is_https),
        false => common(HeaderValue::from_static(NO_PAGE), Frames::Nobody, is_https),
    };
    let mut add = |name, value| head.push((name, HeaderValue::from_static(value)));
    add(CONTENT_TYPE, form.media_type());
    if is_public {
        add(VARY, "accept-encoding");
        add(CACHE_CONTROL, PUBLIC);
    } else {
        add(CACHE_CONTROL, PRIVATE);
    }
    // Where one is by itself lets a visitor in, pages of others must not have what is behind it.
    let is_by_address = matches!(document.guard, Guard::Addresses { .. });
    add(
        CROSS_ORIGIN_RESOURCE_POLICY,
        match form.is_for_others() && !is_by_address {
            true => "cross-origin",
            false => "same-origin",
        },
    );
    if is_public && form.is_for_others() {
        add(ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    }
    if !(is_public && document.allow_index) {
        add(ROBOTS, "noindex");
    }
    head
}

/// What is sent along with other HTML that is about a page.
pub(super) fn about(document: &Document, is_https: bool) -> Head {
    private(of_html(&html::style_sources(document), Frames::Nobody, is_https))
}

/// What is sent along with HTML that is about none.
pub(super) fn about_none(is_https: bool) -> Head {
    private(of_html(&html::style_hash(), Frames::Nobody, is_https))
}

/// What is sent along with everything else.
pub(super) fn of_others(is_https: bool) -> Head {
    let mut head = common(HeaderValue::from_static(NO_PAGE), Frames::Nobody, is_https);
    head.push((CACHE_CONTROL, HeaderValue::from_static(PRIVATE)));
    head.push((
        CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("same-origin"),
    ));
    head
}

fn private(mut head: Head) -> Head {
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, PRIVATE),
        (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
        (ROBOTS, "noindex"),
    ] {
        head.push((name, HeaderValue::from_static(value)));
    }
    head
}

fn of_html(styles: &str, frames: Frames, is_https: bool) -> Head {
    let styles = match styles.is_empty() {
        true => "'none'",
        false => styles,
    };
    let ancestors = match frames {
        Frames::Nobody => "'none'",
        Frames::Anybody => "*",
    };
    let policy = format!(
        "default-src 'none'; style-src {styles}; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
         frame-ancestors {ancestors}"
    );
    // What cannot be sent is a fault of the styles; without them the page can be read.
    let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(NO_PAGE));
    common(policy, frames, is_https)
}

fn common(policy: HeaderValue, frames: Frames, is_https: bool) -> Head {
    let mut head = vec![(CONTENT_SECURITY_POLICY, policy)];
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Addresses may hold a pass.
        (REFERRER_POLICY, "same-origin"),
        (CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
        (PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=()"),
    ] {
        head.push((name, HeaderValue::from_static(value)));
    }
    if frames == Frames::Nobody {
        head.push((X_FRAME_OPTIONS, HeaderValue::from_static("DENY")));
    }
    if is_https {
        let year = HeaderValue::from_static("max-age=31536000");
        head.push((STRICT_TRANSPORT_SECURITY, year));
    }
    head
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::testing::document;

    fn value<'a>(head: &'a Head, name: &str) -> Option<&'a str> {
        let mut values = head.iter().filter(|(known, _)| known.as_str() == name);
        let value = values.next().map(|(_, value)| value.to_str().unwrap());
        assert!(values.next().is_none(), "{name} is there twice");
        value
    }

    #[test]
    fn a_public_page_may_be_kept_and_what_is_for_others_may_be_read_by_them() {
        for (form, is_for_others) in [
            (Form::Page, false),
            (Form::History, false),
            (Form::Rss, true),
            (Form::Api(0), true),
            (Form::Badge(None), true),
            (Form::Logo, true),
        ] {
            let head = of_form(&document(), form, true);
            assert_eq!(value(&head, "cache-control"), Some(PUBLIC));
            assert_eq!(value(&head, "vary"), Some("accept-encoding"));
            assert_eq!(
                value(&head, "access-control-allow-origin"),
                is_for_others.then_some("*")
            );
            assert_eq!(value(&head, "x-frame-options"), Some("DENY"));
            assert_eq!(
                value(&head, "strict-transport-security"),
                Some("max-age=31536000")
            );
            assert_eq!(value(&head, "x-robots-tag"), None);
        }
    }

    #[test]
    fn only_what_is_made_for_frames_is_shown_in_one() {
        let policy = |form| {
            let head = of_form(&document(), form, false);
            let policy = value(&head, "content-security-policy").unwrap().to_owned();
            (policy, value(&head, "x-frame-options").is_some())
        };
        let (embed, is_denied) = policy(Form::Embed);
        assert!(embed.ends_with("frame-ancestors *") && !is_denied, "{embed}");
        let (page, is_denied) = policy(Form::Page);
        assert!(page.ends_with("frame-ancestors 'none'") && is_denied, "{page}");
        for policy in [embed, page] {
            assert!(policy.starts_with("default-src 'none'; style-src "), "{policy}");
            assert!(
                !policy.contains("script-src") && !policy.contains("unsafe"),
                "{policy}"
            );
        }
    }

    #[test]
    fn a_page_that_is_not_public_is_kept_by_nobody() {
        let guards = [
            (Guard::Password { hash: String::new() }, "cross-origin"),
            (Guard::Addresses { networks: Vec::new() }, "same-origin"),
        ];
        for (guard, badges) in guards {
            let document = Document { guard, ..document() };
            let head = of_form(&document, Form::Badge(None), false);
            assert_eq!(value(&head, "cache-control"), Some(PRIVATE));
            assert_eq!(value(&head, "access-control-allow-origin"), None);
            assert_eq!(value(&head, "cross-origin-resource-policy"), Some(badges));
            assert_eq!(value(&head, "x-robots-tag"), Some("noindex"));
            assert_eq!(value(&head, "strict-transport-security"), None);
        }
        let hidden = Document {
            allow_index: false,
            ..document()
        };
        let head = of_form(&hidden, Form::Page, false);
        assert_eq!(value(&head, "x-robots-tag"), Some("noindex"));
    }
}
