use api::AccessKind;
use domain::{ComponentId, MonitorId};
use serde_json::{Value, json};

use super::*;

fn own() -> OwnHosts {
    let urls = [
        "https://uptime.example/".parse().unwrap(),
        "https://status.example/".parse().unwrap(),
    ];
    OwnHosts::of(&urls)
}

fn applied(input: Value, old: Option<&Page>) -> Result<Applied, Vec<FieldError>> {
    apply(serde_json::from_value(input).unwrap(), old, &own())
}

#[track_caller]
fn page(input: Value, old: Option<&Page>) -> Page {
    applied(input, old).unwrap().page
}

/// The fields that are wrong.
#[track_caller]
fn wrong(input: Value, old: Option<&Page>) -> Vec<String> {
    let errors = applied(input.clone(), old).expect_err(&input.to_string());
    errors.into_iter().map(|error| error.field).collect()
}

/// A page with two components that are stored.
fn stored() -> Page {
    let groups = json!([{"components": [{"name": "Shop"}, {"name": "API"}]}]);
    let mut page = page(json!({"title": "Acme", "groups": groups}), None);
    for (component, id) in page.groups[0].components.iter_mut().zip([11, 12]) {
        component.id = Some(ComponentId(id));
    }
    page
}

#[test]
fn a_title_is_enough() {
    let applied = applied(json!({"title": " Acme GmbH & Co. "}), None).unwrap();
    assert!(applied.is_slug_made && applied.password.is_none() && applied.logo.is_none());
    let Page {
        settings,
        access,
        host,
        groups,
    } = applied.page;
    assert_eq!(
        (settings.title.as_str(), settings.slug.as_str()),
        ("Acme GmbH & Co.", "acme-gmbh-co")
    );
    assert_eq!(
        (settings.published, settings.allow_index, settings.history_days),
        (true, false, 90)
    );
    assert_eq!((settings.time_zone, settings.show_maintenance), (Tz::UTC, true));
    assert_eq!((access, host, groups), (Access::default(), None, Vec::new()));
}

#[test]
fn slugs_are_made_of_titles() {
    for (title, slug) in [
        ("Acme", "acme"),
        ("API", "api-status"),
        ("42", "42-status"),
        ("状态", "status"),
        ("snake_case", "snake-case"),
        (&"long ".repeat(20), "long-long-long-long-long-long-long-long"),
    ] {
        let made = slug_of(title.trim());
        assert_eq!(made, slug, "{title}");
        assert!(valid_slug(&made).is_ok(), "{made}");
    }
    assert_eq!(other_slug("acme", "2"), "acme-2");
    let other = other_slug(&"a-".repeat(20), "12345678");
    assert!(valid_slug(&other).is_ok(), "{other}");
}

#[test]
fn every_invalid_field_is_named() {
    for (input, fields) in [
        (json!({}), vec!["title"]),
        (json!({"title": " "}), vec!["title"]),
        (json!({"title": "x".repeat(101)}), vec!["title"]),
        (json!({"title": "a\u{202e}b"}), vec!["title"]),
        (json!({"title": "x", "slug": "ab"}), vec!["slug"]),
        (json!({"title": "x", "slug": "Acme"}), vec!["slug"]),
        (json!({"title": "x", "slug": "-acme"}), vec!["slug"]),
        (json!({"title": "x", "slug": "api"}), vec!["slug"]),
        (json!({"title": "x", "slug": "robots.txt"}), vec!["slug"]),
        (json!({"title": "x", "slug": "enter"}), vec!["slug"]),
        (
            json!({"title": "x", "description": "x".repeat(2_001)}),
            vec!["description"],
        ),
        (
            json!({"title": "x", "contact_url": "http://a.example/"}),
            vec!["contact_url"],
        ),
        (
            json!({"title": "x", "contact_url": "javascript:alert(1)"}),
            vec!["contact_url"],
        ),
        (
            json!({"title": "x", "contact_url": "mailto:ada"}),
            vec!["contact_url"],
        ),
        (
            json!({"title": "x", "contact_url": "https://u:p@a.example/"}),
            vec!["contact_url"],
        ),
        (
            json!({"title": "x", "accent_colour": "red", "theme": "blue", "locale": "fr", "time_zone": "Mars/Base",
                   "history_days": 91}),
            vec!["accent_colour", "theme", "locale", "time_zone", "history_days"],
        ),
        (
            json!({"title": "x", "accent_colour": "#1f6fe"}),
            vec!["accent_colour"],
        ),
        (json!({"title": "x", "history_days": 0}), vec!["history_days"]),
        (
            json!({"title": "x", "allow_index": true, "access": {"kind": "members"}}),
            vec!["allow_index"],
        ),
    ] {
        assert_eq!(wrong(input.clone(), None), fields, "{input}");
    }
}

#[test]
fn what_is_left_out_of_a_change_stays() {
    let old = page(
        json!({"title": "Acme", "slug": "acme", "description": "All of it.", "contact_url": "mailto:ada@acme.example",
               "published": false, "accent_colour": "#AABBCC", "theme": "dark", "locale": "de",
               "time_zone": "Europe/Berlin", "allow_index": true, "history_days": 30, "show_maintenance": false,
               "custom_domain": "status.acme.example", "groups": [{"name": "Web", "is_open": false}]}),
        None,
    );
    assert_eq!(old.settings.accent_colour, "#aabbcc");
    assert_eq!(page(json!({}), Some(&old)), old);
    let applied = applied(json!({"title": "Other"}), Some(&old)).unwrap();
    assert_eq!(applied.page.settings.slug, "acme", "addresses stay");
    assert!(!applied.is_slug_made);
    let cleared = page(
        json!({"description": null, "contact_url": null, "custom_domain": null, "groups": []}),
        Some(&old),
    );
    assert_eq!(
        (cleared.settings.description, cleared.settings.contact_url),
        (None, None)
    );
    assert_eq!((cleared.host, cleared.groups), (None, Vec::new()));
    // What is public no more is not listed by search engines.
    let guarded = page(json!({"access": {"kind": "members"}}), Some(&old));
    assert!(!guarded.settings.allow_index);
}

#[test]
fn who_may_see_it_is_said_as_a_whole() {
    let with = |access: Value| json!({"title": "x", "access": access});
    let domains = page(
        with(
            json!({"kind": "email_domain", "email_domains": ["@Acme.example", "acme.example", "bücher.example"]}),
        ),
        None,
    );
    assert_eq!(
        domains.access.email_domains,
        ["acme.example", "xn--bcher-kva.example"]
    );
    let networks = page(
        with(json!({"kind": "addresses", "networks": ["192.0.2.7/24", "2001:db8::1"]})),
        None,
    );
    let networks: Vec<_> = networks.access.networks.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["192.0.2.0/24", "2001:db8::1/128"]);
    let guarded = applied(with(json!({"kind": "password", "password": "open sesame"})), None).unwrap();
    assert_eq!(guarded.password.as_deref(), Some("open sesame"));
    // It stays while none is given, and goes with the kind.
    let same = applied(json!({"access": {"kind": "password"}}), Some(&guarded.page)).unwrap();
    assert_eq!((same.password, &same.page.access), (None, &guarded.page.access));
    let public = page(json!({"access": {"kind": "public"}}), Some(&guarded.page));
    assert_eq!(
        wrong(json!({"access": {"kind": "password"}}), Some(&public)),
        ["access.password"]
    );

    let many: Vec<String> = (0..101).map(|n| format!("192.0.2.{n}")).collect();
    for (access, field) in [
        (json!({}), "access.kind"),
        (json!({"kind": "friends"}), "access.kind"),
        (json!({"kind": "password"}), "access.password"),
        (
            json!({"kind": "password", "password": "short"}),
            "access.password",
        ),
        (
            json!({"kind": "password", "password": "x".repeat(129)}),
            "access.password",
        ),
        (
            json!({"kind": "public", "password": "open sesame"}),
            "access.password",
        ),
        (
            json!({"kind": "members", "networks": ["192.0.2.0/24"]}),
            "access.networks",
        ),
        (
            json!({"kind": "public", "email_domains": ["a.example"]}),
            "access.email_domains",
        ),
        (json!({"kind": "email_domain"}), "access.email_domains"),
        (
            json!({"kind": "email_domain", "email_domains": ["a.example", "localhost"]}),
            "access.email_domains.1",
        ),
        (
            json!({"kind": "email_domain", "email_domains": ["192.0.2.1"]}),
            "access.email_domains.0",
        ),
        (json!({"kind": "addresses"}), "access.networks"),
        (
            json!({"kind": "addresses", "networks": ["here"]}),
            "access.networks",
        ),
        (json!({"kind": "addresses", "networks": many}), "access.networks"),
    ] {
        assert_eq!(wrong(with(access.clone()), None), [field], "{access}");
    }
}

#[test]
fn every_kind_of_access_has_a_name() {
    for (kind, name) in Access::KINDS {
        assert_eq!(json!(kind), name);
        let access = Access {
            kind,
            ..Access::default()
        };
        assert_eq!(access.kind_name(), name);
        assert_eq!(access.is_public(), kind == AccessKind::Public);
    }
}

#[test]
fn an_address_is_of_a_domain_and_not_of_one_below() {
    let domains = ["acme.example".to_owned()];
    let has = |address| has_domain(&EmailAddress::parse(address).unwrap(), &domains);
    assert!(has("ada@acme.example") && has("ada@ACME.Example"));
    assert!(
        !has("ada@mail.acme.example") && !has("ada@notacme.example") && !has("acme.example@evil.example")
    );
}

#[test]
fn host_names_are_as_dns_has_them_and_nobody_elses() {
    let with = |host: &str| json!({"title": "x", "custom_domain": host});
    for (given, host) in [
        ("Status.Acme.Example.", "status.acme.example"),
        ("status.bücher.example", "status.xn--bcher-kva.example"),
        ("notuptime.example", "notuptime.example"),
    ] {
        assert_eq!(page(with(given), None).host.as_deref(), Some(host), "{given}");
    }
    let long = format!("{}.example", "label.".repeat(40));
    for given in [
        "",
        "localhost",
        "status",
        "192.0.2.1",
        "[2001:db8::1]",
        "0x7f.1",
        "a b.example",
        "a_b.example",
        "-a.example",
        "a..example",
        "a.example/x",
        "a.example:8080",
        "https://a.example",
        "user@a.example",
        "%61.example",
        &long,
        "uptime.example",
        "status.example",
        "x.status.example",
        "X.Uptime.Example",
    ] {
        assert_eq!(wrong(with(given), None), ["custom_domain"], "{given}");
    }
}

#[test]
fn components_keep_their_ids_and_are_named_by_their_place() {
    let old = stored();
    let groups = json!([
        {"name": "Web", "components": [{"id": 12, "name": "API", "monitor_id": 7, "show_latency": true}]},
        {"components": [{"monitor_id": 8}, {"id": 11, "name": "Shop", "description": " All. ", "show_history": false}]},
    ]);
    let page = page(json!({"groups": groups}), Some(&old));
    assert_eq!(
        (page.groups[0].name.as_deref(), page.groups[1].name.as_deref()),
        (Some("Web"), None)
    );
    let component = &page.groups[0].components[0];
    assert_eq!(
        (component.id, component.monitor),
        (Some(ComponentId(12)), Some(MonitorId(7)))
    );
    assert!(component.show_latency && component.show_history && component.show_uptime);
    let (new, shop) = (&page.groups[1].components[0], &page.groups[1].components[1]);
    assert_eq!((new.id, &new.name, new.show_latency), (None, &None, false));
    assert_eq!(
        (shop.id, shop.description.as_deref(), shop.show_history),
        (Some(ComponentId(11)), Some("All."), false)
    );

    for (groups, fields) in [
        (json!([{"components": [{}]}]), vec!["groups.0.components.0.name"]),
        (json!([{"name": "x".repeat(101)}]), vec!["groups.0.name"]),
        (
            json!([{}, {"components": [{"name": "x", "id": 13}, {"name": "y".repeat(101)}]}]),
            vec!["groups.1.components.0.id", "groups.1.components.1.name"],
        ),
        (
            json!([{"components": [{"name": "x", "id": 11}, {"name": "y", "id": 11}]}]),
            vec!["groups.0.components.1.id"],
        ),
        (
            json!([{"components": [{"name": "x", "description": "y".repeat(301)}]}]),
            vec!["groups.0.components.0.description"],
        ),
        (json!(vec![json!({}); 51]), vec!["groups"]),
        (
            json!([{"components": vec![json!({"name": "x"}); 201]}]),
            vec!["groups"],
        ),
    ] {
        assert_eq!(
            wrong(json!({"groups": groups.clone()}), Some(&old)),
            fields,
            "{groups}"
        );
    }
}
