//! The command of operators: the same, for rules that are reviewed like code.

use std::path::PathBuf;

use serde_json::{Value, json};
use user_service::{Backtest, BacktestError};

use super::{FROM, Played, UNTIL, at, figures};

/// A file with this content.
fn file(content: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("{}.json", testkit::unique()));
    std::fs::write(&path, content).unwrap();
    path
}

/// What the command tells, and how it ends.
async fn run(played: &Played, command: Backtest) -> (String, Result<(), BacktestError>) {
    let mut out = Vec::new();
    let ended = command.run(&played.service.stores.settings(&[]), &mut out).await;
    (String::from_utf8(out).unwrap(), ended)
}

#[tokio::test]
async fn a_file_is_tried_and_fails_when_outages_are_missed() {
    let played = Played::start().await;
    let ada = played.service.register().await;
    let (monitor, _) = played.scene(&ada, at(FROM)).await;
    let candidates = json!([{"name": "As now"}, {"name": "Three in a row", "rule": {"down_after": 3}}]);
    let rules = file(&json!({"from": FROM, "until": UNTIL, "candidates": candidates}).to_string());
    let command = Backtest {
        organisation: ada.org,
        file: rules.clone(),
        monitor: Some(monitor),
        tag: None,
        policy: None,
        fail_on_missed: false,
        json: false,
    };
    let (told, ended) = run(&played, command.clone()).await;
    ended.unwrap();
    let rows: Vec<Vec<&str>> = told
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows[1],
        ["as", "sent", "2", "2", "4", "0", "1", "s", "1", "s", "0", "0"]
    );
    assert_eq!(
        rows[2],
        ["As", "now", "2", "2", "4", "0", "1", "s", "1", "s", "0", "0"]
    );
    assert_eq!(rows[3][..6], ["Three", "in", "a", "row", "1", "1"]);
    let failing = Backtest {
        fail_on_missed: true,
        json: true,
        monitor: None,
        ..command.clone()
    };
    let (told, ended) = run(&played, failing).await;
    assert!(matches!(ended, Err(BacktestError::Missed(1))), "{ended:?}");
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(figures(&told["candidates"][1]), [1, 1, 2, 1, 0]);

    let wrong = file(&json!({"candidates": [{"rule": {"down_after": 0}}]}).to_string());
    let unknown = file(r#"{"candidates": [{"nope": 1}]}"#);
    for (command, named) in [
        (
            Backtest {
                file: wrong.clone(),
                ..command.clone()
            },
            "candidates.0.rule.down_after must be 1 to 100",
        ),
        (
            Backtest {
                file: unknown.clone(),
                ..command.clone()
            },
            "nope",
        ),
        (
            Backtest {
                organisation: -1,
                ..command.clone()
            },
            "no such organisation",
        ),
        (
            Backtest {
                monitor: Some(-1),
                ..command.clone()
            },
            "no such monitor",
        ),
    ] {
        let (_, ended) = run(&played, command).await;
        let why = ended.unwrap_err().to_string();
        assert!(why.contains(named), "{why}");
    }
    for file in [rules, wrong, unknown] {
        std::fs::remove_file(file).unwrap();
    }
}
