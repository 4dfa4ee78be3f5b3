//! Paths, queries and headers, with and without something wrong.

use std::fmt::Write as _;

use rand::RngExt as _;
use rand::rngs::StdRng;

use super::known::Known;
use super::odd::{self, choose};
use super::{Made, method, samples, schema};

/// The path of an operation, with what is known in the place of its parameters.
pub(super) fn path(dice: &mut StdRng, operation: api::Listed, known: &Known) -> String {
    let mut path = String::from(api::PREFIX);
    if operation.path.contains("{update_id}") {
        // An update of another report is not there.
        let update = known.any(dice, "report-updates").unwrap_or("1/updates/1");
        return path + "/status-reports/" + update;
    }
    let mut rest = operation.path;
    if let Some((_, after)) = operation.path.split_once("{destination}") {
        // A destination of another page is not there.
        let of_page = known.any(dice, "page-destinations").unwrap_or("1/destinations/1");
        path += "/status-pages/";
        path += of_page;
        rest = after;
    }
    let mut kind = "";
    for word in rest.split('/').skip(1) {
        path.push('/');
        path += match word {
            // The others that are known are not those of the credential.
            "{id}" if kind == "orgs" => known.first(kind).unwrap_or("1"),
            "{id}"
                if ["/heartbeat", "/pings"]
                    .iter()
                    .any(|part| operation.path.contains(part)) =>
            {
                known.any(dice, "heartbeats").unwrap_or("1")
            }
            "{id}" if operation.path.starts_with("/me/channels/") => match operation.method {
                api::Method::Delete => known.removable(dice, "own-channels").unwrap_or("0"),
                _ => known.any(dice, "own-channels").unwrap_or("1"),
            },
            "{id}" if operation.method == api::Method::Delete => known.removable(dice, kind).unwrap_or("0"),
            "{id}" => known.any(dice, kind).unwrap_or("1"),
            "{delivery}" => known
                .any(dice, "deliveries")
                .unwrap_or("00000000-0000-4000-8000-000000000000"),
            "{recipient}" => known
                .any(dice, "recipients")
                .unwrap_or("00000000-0000-4000-8000-000000000000"),
            "{subscriber}" => known
                .any(dice, "subscribers")
                .unwrap_or("00000000-0000-4000-8000-000000000000"),
            "{user_id}" => known.any(dice, "users").unwrap_or("1"),
            "{invitation}" => known
                .any(dice, "invitations")
                .unwrap_or("00000000-0000-4000-8000-000000000000"),
            "{override_id}" => known.any(dice, "overrides").unwrap_or("1"),
            "{token}" => known.any(dice, "tokens").unwrap_or("AQAB"),
            "{key}" => "shop",
            "{n}" | "{version}" => "1",
            word => {
                kind = word;
                word
            }
        };
    }
    let mut separator = '?';
    let parameters = schema::operation(operation)["parameters"].as_array();
    for parameter in parameters.into_iter().flatten() {
        if parameter["in"] == "query"
            && dice.random_bool(0.4)
            && let Some(name) = parameter["name"].as_str()
        {
            let value = samples::parameter(dice, operation.path, name, known);
            path.push(separator);
            path += &format!("{name}={}", encoded(&value));
            separator = '&';
        }
    }
    path
}

/// What says who asks, from where, and what is known of the thing.
pub(super) fn identify(dice: &mut StdRng, made: &mut Made, known: &Known) {
    if made.operation.needs_credential {
        made.set("authorization", format!("Bearer {}", known.token).as_bytes());
    }
    // Each from elsewhere: who has no account is limited by address.
    let from = format!(
        "198.{}.{}.{}",
        18 + dice.random_range(0..2),
        dice.random::<u8>(),
        dice.random::<u8>()
    );
    made.set("x-forwarded-for", from.as_bytes());
    if matches!(made.operation.id, "Refresh" | "Logout" | "SwitchOrganisation")
        && let Some(cookie) = known.any(dice, "cookies")
    {
        made.set("cookie", cookie.as_bytes());
    }
    if matches!(made.operation.method, api::Method::Put | api::Method::Patch)
        && dice.random_bool(0.3)
        && let Some(etag) = known.any(dice, "etag")
    {
        made.set("if-match", etag.as_bytes());
    }
}

/// Spoils a part of the path, or the method.
pub(super) fn spoil_path(dice: &mut StdRng, made: &mut Made) -> &'static str {
    if dice.random_bool(0.15) {
        made.method = method(choose(
            dice,
            &["PUT", "HEAD", "OPTIONS", "TRACE", "QUERY", "DELETE", "POST"],
        ));
        return "another method";
    }
    let (path, query) = match made.path.split_once('?') {
        Some((path, query)) => (path.to_owned(), format!("?{query}")),
        None => (made.path.clone(), String::new()),
    };
    let mut words: Vec<String> = path.split('/').map(str::to_owned).collect();
    // The first words are those of the API itself.
    let at = dice.random_range(3.min(words.len() - 1)..words.len());
    words[at] = match dice.random_range(0..3) {
        0 => encoded(&odd::string(dice)).chars().take(6_000).collect(),
        _ => choose(dice, WORDS).to_owned(),
    };
    made.path = words.join("/") + &query;
    "an odd path"
}

/// Spoils the query.
pub(super) fn spoil_query(dice: &mut StdRng, made: &mut Made, known: &Known) -> &'static str {
    let parameters = schema::operation(made.operation)["parameters"].as_array();
    let names = parameters
        .into_iter()
        .flatten()
        .filter(|one| one["in"] == "query");
    let names: Vec<&str> = names
        .filter_map(|one| one["name"].as_str())
        .chain(["nope", ""])
        .collect();
    let name = choose(dice, &names);
    let separator = if made.path.contains('?') { '&' } else { '?' };
    let (parameter, how) = match dice.random_range(0..7) {
        0 => {
            let value = encoded(&samples::parameter(dice, made.operation.path, name, known));
            (format!("{name}={value}&{name}={value}"), "a parameter twice")
        }
        1 => (choose(dice, QUERIES).to_owned(), "an odd query"),
        2 => (format!("{name}={}", "a".repeat(7_000)), "a long query"),
        3 => {
            let cursor = known
                .any(dice, &format!("cursor of {}", made.operation.path))
                .unwrap_or("WzEsMl0");
            let mut cursor: Vec<char> = cursor.chars().collect();
            let at = dice.random_range(0..cursor.len().max(1));
            if let Some(char) = cursor.get_mut(at) {
                *char = choose(dice, &['A', 'z', '_', '-', '=', '0']);
            }
            (
                format!("cursor={}", cursor.iter().collect::<String>()),
                "a made-up cursor",
            )
        }
        4 => (
            format!(
                "{name}={}",
                choose(
                    dice,
                    &["-1", "0", "1e3", "99999999999999999999", "1.0", "+1", "%2B1"]
                )
            ),
            "an odd number",
        ),
        _ => {
            let value: String = encoded(&odd::string(dice)).chars().take(7_000).collect();
            (format!("{name}={value}"), "an odd parameter")
        }
    };
    made.path.push(separator);
    made.path += &parameter;
    how
}

/// Spoils a header.
pub(super) fn spoil_headers(dice: &mut StdRng, made: &mut Made) -> &'static str {
    match dice.random_range(0..10) {
        0 | 1 => {
            made.set("if-match", choose(dice, IF_MATCH));
            "an odd If-Match"
        }
        2 => {
            let length = choose(dice, &[1_000, 8_000, 40_000, 200_000]);
            made.set("x-long", &b"a".repeat(length));
            "a long header"
        }
        3 => {
            for n in 0..choose(dice, &[50, 90, 200]) {
                made.add(&format!("x-{n}"), b"a");
            }
            "many headers"
        }
        4 => {
            made.set("authorization", choose(dice, CREDENTIALS));
            "an odd credential"
        }
        5 => {
            made.set("cookie", choose(dice, COOKIES));
            "an odd cookie"
        }
        6 => {
            made.set(
                "accept-encoding",
                choose(dice, &[&b"gzip"[..], b"br;q=9", b"*;q=0", b"\xff", b"gzip,"]),
            );
            made.set("accept", choose(dice, &[&b"text/html"[..], b"*/*;q=x", b"\xff"]));
            "an odd Accept"
        }
        7 => {
            made.set(
                "x-request-id",
                choose(dice, &[&b"\xff"[..], b"a b", b"", b"x\ty"]),
            );
            made.set(
                "x-forwarded-for",
                choose(dice, &[&b"nobody"[..], b",,,", b"::ffff:127.0.0.1", b"\xff"]),
            );
            "odd names"
        }
        8 => {
            made.set(
                "origin",
                choose(dice, &[&b"null"[..], b"https://evil.example", b"\xff"]),
            );
            made.set(
                "sec-fetch-site",
                choose(dice, &[&b"cross-site"[..], b"same-site", b"\xff"]),
            );
            "another origin"
        }
        _ => {
            made.set("range", b"bytes=0-0,1-1,-1");
            made.set("if-none-match", b"*");
            made.set("upgrade", b"h2c");
            made.set("connection", b"upgrade");
            "headers of something else"
        }
    }
}

/// Percent-encodes whatever may not stand in a query.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte))
            }
            byte => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
        encoded
    })
}

const WORDS: &[&str] = &[
    "-1",
    "0",
    "01",
    "+1",
    "1.0",
    "1e3",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999999999",
    "%31",
    "%00",
    "%0a",
    "%20",
    "%2e%2e",
    "..",
    "%2F",
    "%5c",
    "%ff",
    "%EF%BC%91",
    "%",
    "%zz",
    "1;a=b",
    "null",
    "",
    "*",
    "00000000-0000-0000-0000-000000000000",
    "00000000000000000000000000000000",
    "%7B00000000-0000-0000-0000-000000000000%7D",
    "urn:uuid:00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-fffffffffffff",
];

const QUERIES: &[&str] = &[
    "",
    "&&&",
    "=",
    "%",
    "%zz=1",
    "limit",
    "limit=",
    "limit=%00",
    "limit[]=1",
    "%6Cimit=1",
    "limit=%31",
    "q=%00",
    "q=%ff",
    "q=%ed%a0%80",
    "q=%25%25%25",
    "q=%5C",
    "state=up&state=down",
    "cursor=",
    "cursor=%00",
    "cursor=e30",
    "cursor=W10",
    "cursor=WzFd",
    "cursor=bnVsbA",
    "from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59Z",
    "from=2026-11-27T00:00:00Z&to=2026-11-26T00:00:00Z",
    "from=2026-11-27T00:00:00Z&to=2026-11-27T00:00:00Z",
    "to=%2B10000-01-01T00:00:00Z",
    "from=-262143-01-01T00:00:00Z",
    "points=4294967296",
    "a=1;b=2",
    "?",
];

const IF_MATCH: &[&[u8]] = &[
    b"",
    b"*",
    b"1",
    b"\"\"",
    b"\"1",
    b"W/\"1\"",
    b"\"1\", \"2\"",
    b"\"-1\"",
    b"\"2147483648\"",
    b"\"99999999999999999999\"",
    b"\"\xff\"",
    b"\"01\"",
];

const CREDENTIALS: &[&[u8]] = &[
    b"",
    b"Bearer",
    b"Bearer ",
    b"bearer x.y.z",
    b"Bearer \xff",
    b"Basic Og==",
    b"Bearer eyJhbGciOiJub25lIn0.e30.",
    b"Bearer ..",
    b"Bearer a b c",
];

const COOKIES: &[&[u8]] = &[
    b"",
    b"=",
    b"uptime_refresh",
    b"uptime_refresh=",
    b"uptime_refresh=\xff",
    b"uptime_refresh=a; uptime_refresh=b",
    b"uptime_refresh=\"a",
    b";;;",
    b"uptime_refresh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
];
