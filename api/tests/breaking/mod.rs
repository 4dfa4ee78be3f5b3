//! What breaks a client: a path, a property or a value of an enum that is gone, and a field that a request must have
//! now.

use serde_json::Value;

/// What of `now` breaks a client of `before`.
pub(crate) fn changes(before: &Value, now: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (path, methods) in fields(&before["paths"]) {
        for (method, operation) in fields(methods) {
            let name = format!("{} {path}", method.to_uppercase());
            let operation_now = &now["paths"][path][method];
            if operation_now.is_null() {
                found.push(format!("{name} is gone"));
                continue;
            }
            parameters(&name, operation, operation_now, &mut found);
            for (status, answer) in fields(&operation["responses"]) {
                if status.starts_with('2') {
                    let answer_now = &operation_now["responses"][status];
                    if answer_now.is_null() {
                        found.push(format!("{name} no longer answers {status}"));
                    }
                    let pair = (content(answer), content(answer_now));
                    compare(
                        &format!("{name} {status}"),
                        pair,
                        (before, now),
                        Direction::Out,
                        &mut Vec::new(),
                        &mut found,
                    );
                }
            }
            let pair = (
                content(&operation["requestBody"]),
                content(&operation_now["requestBody"]),
            );
            if operation["requestBody"]["required"] != true
                && operation_now["requestBody"]["required"] == true
            {
                found.push(format!("{name} needs a body now"));
            }
            compare(
                &format!("{name} body"),
                pair,
                (before, now),
                Direction::In,
                &mut Vec::new(),
                &mut found,
            );
        }
    }
    found.sort();
    found.dedup();
    found
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    In,
    Out,
}

fn parameters(name: &str, before: &Value, now: &Value, found: &mut Vec<String>) {
    let of = |operation: &Value| -> Vec<(String, bool)> {
        let all = operation["parameters"].as_array().into_iter().flatten();
        all.map(|one| (format!("{} {}", one["in"], one["name"]), one["required"] == true))
            .collect()
    };
    let (before, now) = (of(before), of(now));
    for (parameter, _) in &before {
        if now.iter().all(|(known, _)| known != parameter) {
            found.push(format!("{name}: the parameter {parameter} is gone"));
        }
    }
    for (parameter, required) in &now {
        let was_required = before
            .iter()
            .any(|(known, required)| known == parameter && *required);
        if *required && !was_required {
            found.push(format!("{name}: the parameter {parameter} is required now"));
        }
    }
}

fn compare(
    at: &str,
    (before, now): (&Value, &Value),
    documents: (&Value, &Value),
    direction: Direction,
    seen: &mut Vec<String>,
    found: &mut Vec<String>,
) {
    if let Some(reference) = before["$ref"].as_str() {
        if seen.iter().any(|known| known == reference) {
            return;
        }
        seen.push(reference.to_owned());
    }
    let (before, now) = (resolved(before, documents.0), resolved(now, documents.1));
    for (name, property) in properties(before, documents.0) {
        let Some((_, property_now)) = properties(now, documents.1)
            .into_iter()
            .find(|(known, _)| *known == name)
        else {
            found.push(format!("{at}: {name} is gone"));
            continue;
        };
        compare(
            &format!("{at}.{name}"),
            (property, property_now),
            documents,
            direction,
            seen,
            found,
        );
    }
    let (required, required_now) = (required(before, documents.0), required(now, documents.1));
    let (needed, given, what) = match direction {
        Direction::In => (required_now, required, "is required now"),
        Direction::Out => (required, required_now, "can be left out now"),
    };
    let lacking = needed.into_iter().filter(|name| !given.contains(name));
    found.extend(lacking.map(|name| format!("{at}: {name} {what}")));
    let values_now: Vec<&Value> = now["enum"].as_array().into_iter().flatten().collect();
    for value in before["enum"].as_array().into_iter().flatten() {
        if !values_now.contains(&value) {
            found.push(format!("{at}: the value {value} is gone"));
        }
    }
    for (part, part_now) in [
        (&before["items"], &now["items"]),
        (&before["additionalProperties"], &now["additionalProperties"]),
    ] {
        if part.is_object() {
            compare(
                &format!("{at}[]"),
                (part, part_now),
                documents,
                direction,
                seen,
                found,
            );
        }
    }
    let choices = before["oneOf"].as_array().into_iter().flatten();
    let choices_now = now["oneOf"].as_array().into_iter().flatten();
    for (choice, choice_now) in choices.zip(choices_now.chain(std::iter::repeat(&Value::Null))) {
        compare(at, (choice, choice_now), documents, direction, seen, found);
    }
}

fn resolved<'a>(schema: &'a Value, document: &'a Value) -> &'a Value {
    match schema["$ref"]
        .as_str()
        .and_then(|reference| reference.strip_prefix('#'))
    {
        Some(pointer) => document.pointer(pointer).unwrap_or(&Value::Null),
        None => schema,
    }
}

fn content(part: &Value) -> &Value {
    fields(&part["content"])
        .next()
        .map_or(&Value::Null, |(_, content)| &content["schema"])
}

fn parts<'a>(schema: &'a Value, document: &'a Value) -> Vec<&'a Value> {
    let mut parts = vec![schema];
    for part in schema["allOf"].as_array().into_iter().flatten() {
        parts.extend(self::parts(resolved(part, document), document));
    }
    parts
}

fn properties<'a>(schema: &'a Value, document: &'a Value) -> Vec<(&'a str, &'a Value)> {
    parts(schema, document)
        .into_iter()
        .flat_map(|part| fields(&part["properties"]))
        .collect()
}

fn required<'a>(schema: &'a Value, document: &'a Value) -> Vec<&'a Value> {
    parts(schema, document)
        .into_iter()
        .flat_map(|part| part["required"].as_array().into_iter().flatten())
        .collect()
}

fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}

mod tests {
    use serde_json::{Value, json};

    use super::changes;

    fn document(body: Value, answer: Value) -> Value {
        json!({
            "paths": {"/things": {"post": {
                "parameters": [{"in": "query", "name": "q"}],
                "requestBody": {"content": {"application/json": {"schema": body}}},
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}},
            }}},
            "components": {"schemas": {"Thing": answer}},
        })
    }

    fn thing() -> Value {
        json!({"required": ["a"], "properties": {
            "a": {"enum": ["x", "y"]}, "b": {"type": "array", "items": {"properties": {"c": {}}}},
        }})
    }

    #[test]
    fn what_breaks_a_client_is_found_and_what_is_added_is_not() {
        let body = json!({"properties": {"a": {}}});
        let before = document(body.clone(), thing());
        assert_eq!(changes(&before, &before), Vec::<String>::new());

        let mut more = before.clone();
        more["components"]["schemas"]["Thing"]["properties"]["d"] = json!({});
        more["paths"]["/things"]["get"] = json!({});
        assert_eq!(changes(&before, &more), Vec::<String>::new());

        for (pointer, value, change) in [
            ("/paths", json!({}), "POST /things is gone"),
            (
                "/paths/~1things/post/parameters",
                json!([]),
                "POST /things: the parameter \"query\" \"q\" is gone",
            ),
            (
                "/components/schemas/Thing/properties/a/enum",
                json!(["x"]),
                "POST /things 200.a: the value \"y\" is gone",
            ),
            (
                "/components/schemas/Thing/required",
                json!([]),
                "POST /things 200: \"a\" can be left out now",
            ),
            (
                "/components/schemas/Thing/properties/b/items",
                json!({}),
                "POST /things 200.b[]: c is gone",
            ),
        ] {
            let mut now = before.clone();
            *now.pointer_mut(pointer).unwrap() = value;
            assert_eq!(changes(&before, &now), [change]);
        }
        let needs_more = document(json!({"required": ["a"], "properties": {"a": {}}}), thing());
        assert_eq!(
            changes(&before, &needs_more),
            ["POST /things body: \"a\" is required now"]
        );
    }
}
