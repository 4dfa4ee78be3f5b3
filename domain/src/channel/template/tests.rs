use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{BodyForm, MAX_BODY_BYTES, MAX_TEMPLATE_BYTES, Placeholder, Template};

const STANDARD: &str = r#"{"type":"incident.opened","data":{"text":"🔴 Down: \"Shop\"\n"}}"#;

/// What a template becomes when each placeholder but `{{json}}` has this value.
fn filled(template: &str, form: BodyForm, value: &str) -> String {
    let template = Template::parse(template, form).unwrap();
    template.fill(|_| Cow::Borrowed(value), &[STANDARD.to_owned()])
}

fn refused(template: &str, form: BodyForm) -> String {
    Template::parse(template, form).unwrap_err().to_string()
}

#[test]
fn a_value_is_written_as_the_form_of_the_body_wants_it() {
    let value = "a \"b\"\\\n\u{1}é&=%+/";
    let body = filled(
        r#"{"title": "[{{ monitor_name }}] {{error}}", "n": [1, {{json}}]}"#,
        BodyForm::Json,
        value,
    );
    let body: Value = serde_json::from_str(&body).unwrap();
    let standard: Value = serde_json::from_str(STANDARD).unwrap();
    assert_eq!(
        body,
        json!({"title": format!("[{value}] {value}"), "n": [1, standard]})
    );
    let form = filled("payload={{json}}&title={{text}}", BodyForm::Form, value);
    let fields: Vec<_> = url::form_urlencoded::parse(form.as_bytes())
        .into_owned()
        .collect();
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(fields, [field("payload", STANDARD), field("title", value)]);
    assert_eq!(
        filled("{{text}}\n{{json}}", BodyForm::Text, value),
        format!("{value}\n{STANDARD}")
    );
}

#[test]
fn the_whole_standard_body_may_stand_within_a_string() {
    let body = filled(r#"{"raw": "{{json}}"}"#, BodyForm::Json, "");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body, json!({"raw": STANDARD}));
}

#[test]
fn braces_of_nested_objects_are_no_placeholders() {
    let template = r#"{"a":{"b":{"c":"{{text}}"}},"d":{"e":{{json}}}}"#;
    let body: Value = serde_json::from_str(&filled(template, BodyForm::Json, "x")).unwrap();
    assert_eq!(body["a"], json!({"b": {"c": "x"}}));
    assert_eq!(body["d"]["e"]["type"], "incident.opened");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (template, wrong) in [
        (
            "{\"a\": \"{{text}\"}",
            "has {{ without the name of a placeholder and }} after it (line 1, column 8)",
        ),
        (
            "{{#if up}}",
            "has {{ without the name of a placeholder and }} after it (line 1, column 1)",
        ),
        (
            "{\n  \"a\": \"é {{mointor_name}}\"\n}",
            "has the unknown placeholder {{mointor_name}} (line 2, column 11)",
        ),
        (
            "{\"a\": {{count}}}",
            "must have {{count}} within quotation marks (line 1, column 7)",
        ),
        (
            "{\"a\": 1, \"b{{text}}\" : 2}",
            "must not have a placeholder in the name of a field (line 1, column 12)",
        ),
        (
            "[\"{{json}}\", {{json}}]",
            "must have {{json}} only once (line 1, column 14)",
        ),
        ("", "must have 1 to 16384 bytes"),
    ] {
        assert_eq!(refused(template, BodyForm::Json), wrong, "{template}");
    }
    for (template, place) in [
        ("Down: {{text}}", "(line 1, column 1)"),
        ("{\n\"a\": \"{{text}}\",\n}", "(line 3, column 1)"),
        // The backslash would escape the value's first character.
        ("{\"a\": \"\\{{text}}\"}", "(line 1, column 9)"),
        ("{\"a\": \"\\u00{{count}}\"}", "(line 1, column"),
        ("{\"a\": \"{{text}}\"} {{json}}", "(line 1, column 19)"),
        ("{\"{{text}}\"}", "(line 1, column 12)"),
        // The value has to begin and to end where it stands.
        ("1{{json}}", "(line 1, column 2)"),
        ("-{{json}}", "(line 1, column"),
        ("[1e{{json}}]", "(line 1, column"),
        ("1.{{json}}", "(line 1, column"),
        ("t{{json}}", "(line 1, column"),
        ("{{json}}1", "(line 1, column 9)"),
        ("{ {{json}}: 1}", "(line 1, column"),
    ] {
        let error = refused(template, BodyForm::Json);
        assert!(error.starts_with("must be JSON: "), "{template}: {error}");
        assert!(error.contains(place), "{template}: {error}");
    }
    assert!(refused("a={{text}}\nb=1", BodyForm::Form).ends_with("(line 1, column 11)"));
    assert_eq!(
        refused("a\nb\u{1b}[2J", BodyForm::Text),
        "must not have control characters but line breaks and tabs (line 2, column 2)"
    );
    assert!(Template::parse("a\r\n\tb", BodyForm::Text).is_ok());
    let long = "x".repeat(MAX_TEMPLATE_BYTES + 1);
    assert_eq!(refused(&long, BodyForm::Text), "must have 1 to 16384 bytes");
    assert!(Template::parse(&long[1..], BodyForm::Text).is_ok());
}

#[test]
fn a_long_value_is_cut_and_a_standard_body_is_not() {
    let long = "\"".repeat(100_000);
    let body = filled(r#"{"a": "{{text}}", "b": {{json}}}"#, BodyForm::Json, &long);
    let body: Value = serde_json::from_str(&body).unwrap();
    let text = body["a"].as_str().unwrap();
    assert!(text.ends_with("\"…") && text.len() < 5_000, "{}", text.len());
    assert_eq!(body["b"]["type"], "incident.opened");

    let template = Template::parse(r#"[{{json}}, "{{text}}"]"#, BodyForm::Json).unwrap();
    let value = |_: Placeholder| Cow::Borrowed("x");
    let standard = [
        json!("y".repeat(MAX_BODY_BYTES)).to_string(),
        json!("short").to_string(),
    ];
    assert_eq!(template.fill(value, &standard), r#"["short", "x"]"#);
    assert_eq!(template.fill(value, &standard[..1]), r#"[null, "x"]"#);
    let quoted = Template::parse(r#"["{{json}}"]"#, BodyForm::Json).unwrap();
    assert_eq!(quoted.fill(value, &standard[..1]), r#"[""]"#);
}

#[test]
fn names_are_those_of_the_documentation_and_of_the_form() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let docs = read("docs/CHANNELS.md");
    let form = read("dashboard/src/features/channels/kinds/placeholders.ts");
    for placeholder in Placeholder::ALL {
        let name = placeholder.as_str();
        assert!(docs.contains(&format!("| `{name}` |")), "{name}");
        assert!(form.contains(&format!("'{name}'")), "{name}");
        assert_eq!(Placeholder::parse(name), Some(*placeholder));
    }
}

/// Values as they come from people and servers: with all that means something in one of the forms.
fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        r#"["\\{}:,&=%+\n\r\t\x00 a-z\u{2028}é😀]{0,200}"#,
        (0..20_000_usize).prop_map(|length| "\u{1}\"é".repeat(length)),
    ]
}

proptest! {
    #[test]
    fn no_value_becomes_a_part_of_the_json_around_it(value in values()) {
        let template = r#"{"a": "<{{monitor_name}}>", "b": [{{json}}, "{{error}}{{error}}"], "c": "{{text}}"}"#;
        let body = filled(template, BodyForm::Json, &value);
        prop_assert!(body.len() <= MAX_BODY_BYTES);
        let body: Value = serde_json::from_str(&body).unwrap();
        let names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        prop_assert_eq!(names, ["a", "b", "c"]);
        prop_assert_eq!(body["b"].as_array().unwrap().len(), 2);
        let text = body["c"].as_str().unwrap();
        match text.strip_suffix('…') {
            Some(start) if text != value => prop_assert!(value.starts_with(start)),
            _ => prop_assert_eq!(text, value),
        }
    }

    #[test]
    fn no_value_becomes_another_field_of_a_form(value in values()) {
        let form = filled("a={{monitor_name}}&b={{json}}&c={{text}}", BodyForm::Form, &value);
        prop_assert!(form.len() <= MAX_BODY_BYTES && form.is_ascii());
        let fields: Vec<_> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
        prop_assert_eq!(names, ["a", "b", "c"]);
        prop_assert_eq!(fields[1].1.as_str(), STANDARD);
        match fields[2].1.strip_suffix('…') {
            Some(start) if fields[2].1 != value => prop_assert!(value.starts_with(start)),
            _ => prop_assert_eq!(&fields[2].1, &value),
        }
    }

    /// Whatever is accepted as a template of JSON, is JSON with any value.
    #[test]
    fn what_is_accepted_is_json_with_any_value(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("{{text}}"), Just("{{json}}"), Just("\""), Just("\\"), Just("\\u00"), Just("{"), Just("}"),
                Just("["), Just("]"), Just(","), Just(":"), Just(" "), Just("\"a\""), Just("1"),
                Just("-"), Just("e"), Just("."), Just("\"{{error}}\""),
            ],
            1..8,
        ),
        value in values(),
    ) {
        let template = parts.concat();
        if Template::parse(&template, BodyForm::Json).is_ok() {
            let body = filled(&template, BodyForm::Json, &value);
            prop_assert!(serde_json::from_str::<Value>(&body).is_ok(), "{} {}", template, body);
        }
    }

    #[test]
    fn a_body_has_a_bound(value in values(), count in 1..1_500_usize, form in 0..3) {
        let (form, part) = match form {
            0 => (BodyForm::Json, "\"{{text}}\","),
            1 => (BodyForm::Form, "{{text}}"),
            _ => (BodyForm::Text, "{{text}}"),
        };
        let parts = part.repeat(count);
        let template = if form == BodyForm::Json { format!("[{parts} 1]") } else { parts };
        if template.len() <= MAX_TEMPLATE_BYTES {
            prop_assert!(filled(&template, form, &value).len() <= MAX_BODY_BYTES);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), form in 0usize..3) {
        let form = [BodyForm::Json, BodyForm::Form, BodyForm::Text][form];
        if let Err(error) = Template::parse(&text, form) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
