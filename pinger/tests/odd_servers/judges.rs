//! Other clients, and what they say of a server.

use std::process::Stdio;
use std::sync::Arc;

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::corpus::{Case, End, TEXT};

/// How long a client may take for one server, in seconds.
const SECONDS: u32 = 3;

/// Whether a program is there.
pub async fn has(program: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}

fn method(case: &Case) -> &str {
    case.http["method"].as_str().unwrap_or("GET")
}

/// What curl says of each server, with the options that make it most like a browser.
pub async fn curl(servers: &[(Arc<Case>, String)]) -> Vec<bool> {
    let judging = servers.iter().map(|(case, url)| curl_says(case, url));
    futures_util::stream::iter(judging).buffered(8).collect().await
}

async fn curl_says(case: &Case, url: &str) -> bool {
    let seconds = SECONDS.to_string();
    let mut command = Command::new("curl");
    command.args([
        "-q",
        "-sS",
        "-k",
        "-L",
        "--fail",
        "--max-redirs",
        "10",
        "--compressed",
        "-N",
        "-b",
        "",
    ]);
    command.args([
        "--noproxy",
        "*",
        "--proto-redir",
        "=http,https",
        "--max-time",
        &seconds,
    ]);
    if method(case) == "POST" {
        command.args(["--data", ""]);
    }
    let output = command.arg(url).output().await.unwrap();
    let found = memchr::memmem::find(&output.stdout, TEXT.as_bytes()).is_some();
    // Whoever looks for a text stops when it is there, and of an endless body the beginning suffices.
    let is_timeout = output.status.code() == Some(28);
    let came = output.status.success() || (case.end == End::Never && is_timeout && !output.stdout.is_empty());
    came && (found || !case.searched)
}

const SCRIPT: &str = r"
const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const judge = async ({ url, method, text, searched, endless }) => {
  try {
    const answer = await fetch(url, { method, signal: AbortSignal.timeout(3000) });
    if (!answer.ok && answer.status >= 400) return false;
    if (endless && !searched) return true;
    const label = /charset=([\w-]+)/i.exec(answer.headers.get('content-type') ?? '')?.[1] ?? 'utf-8';
    const decoder = new TextDecoder(label);
    let body = '';
    for await (const piece of answer.body ?? []) {
      body += decoder.decode(piece, { stream: true });
      if (endless && body.includes(text)) return true;
    }
    body += decoder.decode();
    return !searched || body.includes(text);
  } catch {
    return false;
  }
};
Promise.all(cases.map(judge)).then((verdicts) => {
  process.stdout.write(JSON.stringify(verdicts), () => process.exit(0));
});
";

/// What Node's fetch says of each server.
pub async fn node(servers: &[(Arc<Case>, String)]) -> Vec<bool> {
    let cases: Vec<Value> = servers
        .iter()
        .map(|(case, url)| {
            json!({
                "url": url, "method": method(case), "text": TEXT, "searched": case.searched,
                "endless": case.end == End::Never
            })
        })
        .collect();
    let mut child = Command::new("node")
        .args(["-e", SCRIPT])
        .env("NODE_TLS_REJECT_UNAUTHORIZED", "0")
        .env("NODE_NO_WARNINGS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(Value::from(cases).to_string().as_bytes())
        .await
        .unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}
