//! What the address of a ping says: which heartbeat, and what of its job. Pure.

use domain::record::PingKind;

/// The longest part of an address that may be a name, in bytes; nothing is called by a longer one.
const MAX_NAME_BYTES: usize = 200;

/// By what a ping names its heartbeat.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Name {
    /// By its UUID, in lower case.
    Uuid(String),
    /// By a slug, under the ping key of an organisation.
    Slug { key: String, slug: String },
    /// By the token of another product's address.
    Token(String),
}

impl Name {
    /// Whether it cannot be anybody's, because of a slug with upper-case letters.
    pub(super) fn is_malformed(&self) -> bool {
        matches!(self, Self::Slug { slug, .. } if slug.bytes().any(|byte| byte.is_ascii_uppercase()))
    }

    /// One by a token; nothing where it is none.
    pub(super) fn token(token: &str) -> Option<Self> {
        let is_token = (1..=MAX_NAME_BYTES).contains(&token.len()) && !token.contains(char::is_control);
        is_token.then(|| Self::Token(token.to_owned()))
    }
}

/// What a ping says of its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Says {
    pub(super) kind: PingKind,
    /// The exit status, where it is told: also one that there cannot be.
    pub(super) exit_status: Option<u32>,
}

impl Says {
    pub(super) fn plain(kind: PingKind) -> Self {
        Self {
            kind,
            exit_status: None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "start" => Some(Self::plain(PingKind::Start)),
            "fail" => Some(Self::plain(PingKind::Fail)),
            "log" => Some(Self::plain(PingKind::Log)),
            number if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
                let status = number.parse().unwrap_or(u32::MAX);
                Some(Self {
                    kind: if status == 0 {
                        PingKind::Success
                    } else {
                        PingKind::Fail
                    },
                    exit_status: Some(status),
                })
            }
            _ => None,
        }
    }
}

/// Reads an address without what stands before the name.
pub(crate) fn parse(path: &str) -> Option<(Name, Says)> {
    const SUCCESS: Says = Says {
        kind: PingKind::Success,
        exit_status: None,
    };
    let mut parts = path.splitn(4, '/');
    let parts = [parts.next(), parts.next(), parts.next(), parts.next()];
    if let Some(uuid) = parts[0].filter(|part| is_uuid(part)) {
        let says = match parts[1..] {
            [None | Some(""), None, None] => Some(SUCCESS),
            [Some(says), None, None] => Says::parse(says),
            _ => None,
        };
        if let Some(says) = says {
            return Some((Name::Uuid(uuid.to_owned()), says));
        }
    }
    let (key, slug, says) = match parts {
        [Some(key), Some(slug), None, None] => (key, slug, SUCCESS),
        [Some(key), Some(slug), Some(says), None] => (key, slug, Says::parse(says)?),
        _ => return None,
    };
    let name = Name::Slug {
        key: key.to_owned(),
        slug: slug.to_owned(),
    };
    (is_word(key) && is_word(slug)).then_some((name, says))
}

fn is_word(text: &str) -> bool {
    (1..=MAX_NAME_BYTES).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// A UUID in lower case, with its hyphens: any other spelling is nobody's name.
fn is_uuid(text: &str) -> bool {
    is_hyphenated(text) && !text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Whether a text has the form 8-4-4-4-12 of hexadecimal digits.
pub(super) fn is_hyphenated(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "0d0ca3e4-5b2c-4a5f-9a51-7a1e9d3c8f10";

    fn said(kind: PingKind, exit_status: Option<u32>) -> Says {
        Says { kind, exit_status }
    }

    #[test]
    fn a_uuid_and_what_follows_it() {
        for (end, says) in [
            ("", said(PingKind::Success, None)),
            ("/", said(PingKind::Success, None)),
            ("/start", said(PingKind::Start, None)),
            ("/fail", said(PingKind::Fail, None)),
            ("/log", said(PingKind::Log, None)),
            ("/0", said(PingKind::Success, Some(0))),
            ("/255", said(PingKind::Fail, Some(255))),
            ("/256", said(PingKind::Fail, Some(256))),
            ("/99999999999999999999", said(PingKind::Fail, Some(u32::MAX))),
        ] {
            assert_eq!(
                parse(&format!("{UUID}{end}")),
                Some((Name::Uuid(UUID.to_owned()), says)),
                "{end}"
            );
        }
        for end in ["/start/", "/-1/x", "/start/fail/log", "//"] {
            assert!(
                !matches!(parse(&format!("{UUID}{end}")), Some((Name::Uuid(_), _))),
                "{end}"
            );
        }
        assert_eq!(parse(&UUID.to_uppercase()), None);
    }

    #[test]
    fn a_slug_under_a_key() {
        let name = |slug: &str| Name::Slug {
            key: "Key_1".to_owned(),
            slug: slug.to_owned(),
        };
        assert_eq!(
            parse("Key_1/db-backup"),
            Some((name("db-backup"), said(PingKind::Success, None)))
        );
        assert_eq!(
            parse("Key_1/start"),
            Some((name("start"), said(PingKind::Success, None)))
        );
        assert_eq!(
            parse("Key_1/a/7"),
            Some((name("a"), said(PingKind::Fail, Some(7))))
        );
        assert!(parse("Key_1/Backup").unwrap().0.is_malformed());
        assert!(!parse("Key_1/backup").unwrap().0.is_malformed());
        for wrong in [
            "",
            "key",
            "key/",
            "key/a/",
            "key/a/b",
            "key/a/-1",
            "key/a%20b",
            "key/a/1/2",
            "kéy/a",
            "key/a/1.5",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(parse(&format!("key/{}", "a".repeat(MAX_NAME_BYTES + 1))), None);
    }
}
