//! Names that are ours, and those that are not.

use super::*;

fn hosts(public: &str, names: &str) -> Hosts {
    Hosts {
        public: Some(public.parse().unwrap()),
        names: parse_names(names).unwrap(),
        pings: Some("ping.example.org".to_owned()),
    }
}

#[test]
fn a_name_that_nobody_has_set_is_not_answered() {
    let hosts = hosts("https://uptime.example.org/", "Status.example.org, *.example.net");
    for ours in [
        "localhost",
        "localhost:8080",
        "uptime.localhost:8080",
        "127.0.0.1:41873",
        "[::1]:8080",
        "10.1.2.3",
        "gateway:8080",
        "host.docker.internal:8080",
        "gateway.uptime.svc.cluster.local",
        "uptime.example.org",
        "Uptime.Example.org.:443",
        "uptime.example.org:",
        "status.example.org",
        "a.b.example.net:80",
        "ping.example.org",
    ] {
        assert!(hosts.is_ours(ours), "{ours}");
    }
    for foreign in [
        "",
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "uptime.example.org.evil.example",
        "evil-example.net",
        "example.net",
        "example.org",
        "127.0.0.1.nip.io",
        "localhost:x",
        "[::1",
        "[evil.example]",
        "evil.example@localhost.",
        "a@b.c",
    ] {
        assert!(!hosts.is_ours(foreign), "{foreign}");
    }
}

#[test]
fn a_public_address_that_others_cannot_use_is_doubted() {
    let doubt = |public: &str, listener: &str| hosts(public, "").doubt(listener.parse().unwrap());
    for (public, is_doubted) in [
        ("http://localhost:8080", true),
        ("https://127.0.0.2", true),
        ("http://[::1]:8080", true),
        ("http://uptime.example.org", true),
        ("http://203.0.113.7", true),
        ("https://uptime.example.org", false),
        ("http://uptime", false),
        ("http://uptime.internal", false),
    ] {
        assert_eq!(doubt(public, "0.0.0.0").is_some(), is_doubted, "{public}");
        assert_eq!(doubt(public, "127.0.0.1"), None, "{public}");
    }
}

#[test]
fn names_are_hosts_without_a_port() {
    assert!(parse_names("https://x.org").is_err());
    assert!(parse_names("x.org:80").is_err());
    assert_eq!(
        parse_names(" bücher.example ,").unwrap(),
        ["xn--bcher-kva.example"]
    );
}

#[test]
fn an_origin_is_ours_by_the_host_or_by_the_public_address() {
    let hosts = hosts("https://uptime.example.org", "");
    for (origin, host, expected) in [
        ("http://localhost:8080", "localhost:8080", true),
        ("http://192.168.1.7:8080", "192.168.1.7:8080", true),
        ("http://[::1]:8080", "[::1]:8080", true),
        ("https://box.example", "box.example", true),
        ("http://box.example:80", "box.example", true),
        // A proxy that asks under another name.
        ("https://uptime.example.org", "gateway:8080", true),
        ("http://uptime.example.org", "gateway:8080", false),
        ("http://localhost:3000", "localhost:8080", false),
        ("https://box.example:8443", "box.example", false),
        ("https://evil.example", "uptime.example.org", false),
        ("null", "localhost:8080", false),
        ("", "", false),
    ] {
        assert_eq!(hosts.is_our_origin(origin, host), expected, "{origin} {host}");
    }
}

#[test]
fn a_form_is_no_json() {
    let json = |kind: Option<&str>, is_needed| {
        let mut headers = HeaderMap::new();
        if let Some(kind) = kind {
            headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        }
        require_json(&headers, is_needed).is_ok()
    };
    assert!(json(Some("application/json"), true));
    assert!(json(Some("Application/JSON; charset=utf-8"), true));
    assert!(json(None, false) && !json(None, true));
    for form in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
    ] {
        assert!(!json(Some(form), true) && !json(Some(form), false), "{form}");
    }
}

#[test]
fn the_host_of_pings_is_one_name() {
    assert_eq!(parse_name("").unwrap(), None);
    assert_eq!(
        parse_name("Ping.example.org.").unwrap().unwrap(),
        "ping.example.org"
    );
    for wrong in [
        "a.example, b.example",
        "*.example.org",
        "192.0.2.1",
        "a.example:80",
    ] {
        assert!(parse_name(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn names_are_read_and_a_star_stands_only_in_front() {
    let names = parse_names("Status.example.org.,*.example.net,192.0.2.1").unwrap();
    assert_eq!(names, ["status.example.org", ".example.net", "192.0.2.1"]);
    for wrong in [
        "*",
        "a.*.example.org",
        "*.*.example.org",
        "example.org:8080",
        "https://example.org",
    ] {
        assert!(parse_names(wrong).is_err(), "{wrong}");
    }
}
