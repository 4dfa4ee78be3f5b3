//! The source keeps to its structure: what may use what, how long a file may be, and which words are not used.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The services. They meet in domain's types, on the log, or over HTTP.
const SERVICES: [&str; 5] = ["pinger", "processor", "alerter", "gateway", "user-service"];

/// What services are made of: none of it uses a service.
const LIBRARIES: [&str; 9] = [
    "domain",
    "schedules",
    "alerting",
    "pages",
    "api",
    "shared",
    "intake",
    "migrations",
    "sla-files",
];

/// Crates that know no clock, no randomness and no client.
const PURE: [&str; 6] = ["domain", "schedules", "alerting", "pages", "sla-files", "api"];

/// What a pure crate may not depend on.
const IMPURE: [&str; 8] = [
    "tokio",
    "rand",
    "fred",
    "rdkafka",
    "hyper",
    "actix-web",
    "tokio-postgres",
    "shared",
];

/// Lines of a file of source, tests included.
const MAX_LINES: usize = 420;

/// Import circles between the modules of a crate that are still there; none is added.
const KNOWN_CIRCLES: [&str; 0] = [];

/// Names that the glossary of docs/ARCHITECTURE.md replaces.
const RETIRED: [&str; 19] = [
    "Told",
    "Hearer",
    "Teller",
    "Rests",
    "Essence",
    "Parcel",
    "Around",
    "Standing",
    "Facts",
    "Piece",
    "Shed",
    "Routed",
    "look_at_the_time",
    "meet_cluster",
    "step_aside",
    "go_on",
    "take_on",
    "forget_the_quiet",
    "greet_kafka",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The crates of the workspace, by the names of their folders.
fn crates() -> Vec<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let members = manifest.split("members = [").nth(1).unwrap();
    let members = members.split(']').next().unwrap();
    members.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn dependencies(krate: &str) -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join(krate).join("Cargo.toml")).unwrap();
    let section = manifest.split("\n[dependencies]\n").nth(1).unwrap_or_default();
    let section = section.split("\n[").next().unwrap();
    let names = section
        .lines()
        .filter_map(|line| line.split([' ', '.', '=']).next());
    names
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// The files of Rust below a folder, with what they hold.
fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

fn sources_of(krate: &str, folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    sources(&root().join(krate).join(folder), &mut found);
    found
}

/// The words of a text that could be names.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

#[test]
fn no_service_uses_another_and_rules_stay_pure() {
    for service in SERVICES {
        for other in SERVICES {
            assert!(!dependencies(service).contains(other), "{service} uses {other}");
        }
    }
    for library in LIBRARIES {
        for service in SERVICES {
            assert!(
                !dependencies(library).contains(service),
                "{library} uses {service}"
            );
        }
    }
    for pure in PURE {
        for impure in IMPURE {
            assert!(!dependencies(pure).contains(impure), "{pure} uses {impure}");
        }
    }
}

#[test]
fn the_layers_of_user_service_are_used_downwards_only() {
    for (layer, above) in [
        ("rules", &["api", "app", "live", "store"][..]),
        ("store", &["api", "app", "live"]),
    ] {
        for (path, text) in sources_of("user-service", &format!("src/{layer}")) {
            let used = used_modules(&text);
            for upper in above {
                let path = path.display();
                assert!(!used.contains(*upper), "{path} uses {upper}, which is above it");
            }
        }
    }
}

#[test]
fn every_query_of_an_organisations_rows_takes_a_scope() {
    for (path, text) in sources_of("user-service", "src/store") {
        let takes_an_organisation = text.contains(" org: OrgId") && !path.ends_with("scope.rs");
        let path = path.display();
        assert!(
            !takes_an_organisation,
            "{path} takes an organisation instead of a scope"
        );
    }
}

#[test]
fn every_query_of_monitors_asks_who_sees_them() {
    // Tables whose rows are of a monitor that not everybody sees.
    let of_monitors = [
        "monitors",
        "incidents",
        "incident_notes",
        "alert_events",
        "maintenance_windows",
        "monitor_tags",
        "silences",
        "drills",
        "drill_schedules",
        "tags",
    ];
    // Those that ask for nobody in particular, for the whole organisation, or for a monitor that was found before.
    let asked_by_others = [
        "acknowledge_links.rs",
        "alert_policy_size.rs",
        "alert_settings.rs",
        "alert_targets.rs",
        "alerting.rs",
        "audit_entries.rs",
        "automatic.rs",
        "baselines.rs",
        "business.rs",
        "components.rs",
        "definitions.rs",
        "deletions.rs",
        "drill_changes.rs",
        "erasure.rs",
        "escalation_policies.rs",
        "files.rs",
        "follow.rs",
        "heartbeats.rs",
        "labels.rs",
        "limits.rs",
        "measure.rs",
        "message_reports.rs",
        "monitor_changes.rs",
        "monitor_seal.rs",
        "of_persons.rs",
        "outages.rs",
        "query_plans.rs",
        "read.rs",
        "reconcile.rs",
        "told.rs",
        "undelivered.rs",
        "unreadable.rs",
        "write.rs",
    ];
    for (path, text) in sources_of("user-service", "src") {
        let file = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let reads = of_monitors.iter().find(|table| {
            ["FROM", "JOIN", "UPDATE"].iter().any(|word| {
                text.match_indices(&format!("{word} {table}")).any(|(at, found)| {
                    !text[at + found.len()..].starts_with(|c: char| c == '_' || c.is_alphanumeric())
                })
            })
        });
        let is_test = path.ends_with("tests.rs") || path.components().any(|part| part.as_os_str() == "tests");
        let asks =
            is_test || text.contains("sees(") || text.contains("is_seen(") || asked_by_others.contains(&file);
        assert!(
            reads.is_none() || asks,
            "{} reads {reads:?} and does not ask who sees it",
            path.display()
        );
    }
}

#[test]
fn no_file_is_too_long() {
    for krate in crates() {
        for folder in ["src", "tests"] {
            for (path, text) in sources_of(&krate, folder) {
                let lines = text.lines().count();
                let is_test = folder == "tests";
                assert!(
                    is_test || lines <= MAX_LINES,
                    "{} has {lines} lines",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn every_file_of_tests_is_compiled() {
    for krate in crates() {
        let manifest = fs::read_to_string(root().join(&krate).join("Cargo.toml")).unwrap();
        if !manifest.contains("autotests = false") {
            continue;
        }
        let tests = root().join(&krate).join("tests");
        let modules = fs::read_to_string(tests.join("main.rs")).unwrap();
        for entry in fs::read_dir(&tests).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let Some(module) = name.strip_suffix(".rs") else {
                continue;
            };
            let is_module = modules.lines().any(|line| line == format!("mod {module};"));
            let is_target = manifest.contains(&format!("path = \"tests/{name}\""));
            assert!(
                is_module || is_target,
                "{krate}/tests/main.rs lacks mod {module};"
            );
        }
    }
}

#[test]
fn no_retired_word_is_used() {
    let retired: BTreeSet<&str> = RETIRED.into_iter().collect();
    let this = root().join("testkit/tests/tidy.rs");
    for krate in crates() {
        for folder in ["src", "tests", "benches", "examples"] {
            for (path, text) in sources_of(&krate, folder) {
                let found = words(&text).find(|word| retired.contains(word));
                assert!(found.is_none() || path == this, "{}: {found:?}", path.display());
            }
        }
    }
}

#[test]
fn the_modules_of_a_crate_do_not_use_each_other_in_a_circle() {
    let mut circles = BTreeSet::new();
    for krate in crates() {
        let uses = module_uses(&krate);
        for module in uses.keys() {
            if reaches(&uses, module, module) {
                circles.insert(format!("{krate}::{module}"));
            }
        }
    }
    let known: BTreeSet<String> = KNOWN_CIRCLES.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(circles, known);
}

/// Which of a crate's outermost modules use which others, tests aside.
fn module_uses(krate: &str) -> BTreeMap<String, BTreeSet<String>> {
    let src = root().join(krate).join("src");
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let files = sources_of(krate, "src");
    let module_of = |path: &Path| {
        let first = path.strip_prefix(&src).unwrap().iter().next().unwrap();
        first.to_str().unwrap().trim_end_matches(".rs").to_owned()
    };
    let modules: BTreeSet<String> = files.iter().map(|(path, _)| module_of(path)).collect();
    for (path, text) in &files {
        let module = module_of(path);
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code: Vec<&str> = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        let code = code.join("\n");
        if ["lib", "main", "bin"].contains(&module.as_str()) || path.ends_with("tests.rs") {
            continue;
        }
        for name in used_modules(&code) {
            if name != module && modules.contains(&name) {
                uses.entry(module.clone()).or_default().insert(name);
            }
        }
    }
    uses
}

/// The outermost modules that code names after `crate::`, in groups as well.
fn used_modules(code: &str) -> BTreeSet<String> {
    let name = |text: &str| -> String {
        let text = text.trim_start();
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut used = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            used.insert(name(rest));
            continue;
        };
        let (mut depth, mut item) = (0, String::new());
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    used.insert(name(&item));
                    item.clear();
                    continue;
                }
                _ => {}
            }
            item.push(c);
        }
        used.insert(name(&item));
    }
    used
}

fn reaches(uses: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> bool {
    let (mut seen, mut ahead) = (BTreeSet::new(), vec![from]);
    while let Some(module) = ahead.pop() {
        for next in uses.get(module).into_iter().flatten() {
            if next == to {
                return true;
            }
            if seen.insert(next) {
                ahead.push(next);
            }
        }
    }
    false
}
