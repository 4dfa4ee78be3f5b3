//! What a kind of channel needs outside of its module. A new kind that lacks something is listed here with what it
//! lacks.

use std::path::Path;

use domain::channel::Kind;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).unwrap_or_default()
}

fn schema(name: &str) -> serde_json::Value {
    let document: serde_json::Value = serde_json::from_str(&read("api/openapi.json")).unwrap();
    document["components"]["schemas"][name].clone()
}

fn kebab(kind: &str) -> String {
    kind.replace('_', "-")
}

/// A check that says whether a kind has something.
type Check = fn(&str) -> bool;

const NEEDS: &[(&str, Check)] = &[
    ("a parser of its configuration", |kind| {
        Kind::parse(kind).is_some_and(|kind| kind.read(b"not JSON").is_err())
    }),
    (
        "a frozen configuration: domain/fixtures/alerting/config-*.json",
        |kind| {
            let config = read(&format!("domain/fixtures/alerting/config-{}.json", kebab(kind)));
            Kind::parse(kind).is_some_and(|kind| kind.read(config.as_bytes()).is_ok())
        },
    ),
    ("a sender: alerter/src/channel/kinds/", |kind| {
        !read(&format!("alerter/src/channel/kinds/{kind}.rs")).is_empty()
    }),
    ("a name that is fit for the label `kind` of metrics", |kind| {
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        (1..=16).contains(&kind.len()) && kind.bytes().all(is_letter)
    }),
    ("its name in the document of the API: ChannelKind", |kind| {
        let names = schema("ChannelKind")["enum"].clone();
        names.as_array().unwrap().iter().any(|name| name == kind)
    }),
    ("its fields in the document of the API: ChannelConfig", |kind| {
        schema("ChannelConfig")["properties"]
            .to_string()
            .contains(&format!("`{kind}`: "))
    }),
    ("a line in docs/API.md", |kind| {
        read("docs/API.md").contains(&format!("| `{kind}` | `{{"))
    }),
    ("a section in docs/CHANNELS.md that names it", |kind| {
        read("docs/CHANNELS.md").contains(&format!("`{kind}`"))
    }),
    ("a form: dashboard/src/features/channels/kinds/", |kind| {
        let form = format!("dashboard/src/features/channels/kinds/{}.ts", kebab(kind));
        [form.clone(), form + "x"]
            .iter()
            .any(|file| !read(file).is_empty())
    }),
];

fn lacking(kind: &str) -> Vec<&'static str> {
    let lacks = NEEDS.iter().filter(|(_, has)| !has(kind));
    lacks.map(|(what, _)| *what).collect()
}

#[test]
fn every_kind_has_all_that_it_needs() {
    for kind in Kind::ALL {
        assert_eq!(lacking(kind.as_str()), Vec::<&str>::new(), "{}", kind.as_str());
    }
}

#[test]
fn what_is_sealed_of_a_kind_is_read_and_written_as_ever() {
    for kind in Kind::ALL {
        let path = format!("domain/fixtures/alerting/config-{}.json", kebab(kind.as_str()));
        let frozen = read(&path);
        let config = kind.read(frozen.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&config).unwrap(), frozen, "{path}");
    }
}

#[test]
fn an_unknown_kind_lacks_everything_but_a_name() {
    assert_eq!(lacking("pigeon").len(), NEEDS.len() - 1);
}
