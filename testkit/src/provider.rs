//! A provider to sign in with, of an implementation that others use: `testkit/provider`, which runs in Node.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::body::Bytes;
use shared::http::client::ServiceClient;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long it may take to start.
const STARTED_WITHIN: Duration = Duration::from_secs(30);

/// Pages that somebody sees who signs in, and redirects between them.
const MOST_PAGES: usize = 20;

/// What a provider speaks.
#[derive(Clone, Copy, Debug)]
pub enum Speaks {
    /// OpenID Connect.
    OpenId,
    /// What GitHub Enterprise speaks.
    GitHub,
}

/// A running provider with the client [`CLIENT_ID`](Self::CLIENT_ID); it stops when it is dropped.
#[derive(Debug)]
pub struct RealProvider {
    /// Its issuer, and where it is.
    pub url: String,
    redirect_uri: String,
    _process: Child,
}

impl RealProvider {
    /// The client's id.
    pub const CLIENT_ID: &str = "uptime";
    /// The client's secret.
    pub const CLIENT_SECRET: &str = "a secret of the client";

    /// Starts one that sends people back to `redirect_uri`.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(speaks: Speaks, redirect_uri: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("provider");
        let has_packages = folder.join("node_modules/oidc-provider").exists();
        assert!(has_packages, "npm ci --prefix testkit/provider has not run");
        let kind = match speaks {
            Speaks::OpenId => "oidc",
            Speaks::GitHub => "github",
        };
        let mut process = Command::new("node")
            .arg(folder.join("provider.mjs"))
            .args([kind, redirect_uri])
            // It ends when this does.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("node is there");
        let stdout = process.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(STARTED_WITHIN, lines.next_line()).await;
        let url = line.expect("it starts in time").expect("it says where it is");
        Self {
            url: url.expect("it runs"),
            redirect_uri: redirect_uri.to_owned(),
            _process: process,
        }
    }

    /// Signs in as `login` at `url`, and agrees; answers the query with which the browser is sent back.
    ///
    /// # Panics
    /// When the provider does something else.
    pub async fn sign_in(&self, url: &str, login: &str) -> String {
        let client = ServiceClient::new(Duration::from_secs(10));
        let mut cookies = BTreeMap::new();
        let mut request = (Method::GET, url.to_owned(), String::new());
        for _ in 0..MOST_PAGES {
            let (method, url, form) = request;
            let sent: Vec<String> = cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let built = Request::builder()
                .method(method)
                .uri(&url)
                .header("cookie", sent.join("; "))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Full::from(form));
            let answer = client.send(built.expect("it is a request")).await;
            let answer = answer.expect("the provider answers");
            keep_cookies(&mut cookies, &answer);
            let location = answer.headers().get("location");
            request = match location.and_then(|value| value.to_str().ok()) {
                Some(location) => match location.strip_prefix(&self.redirect_uri) {
                    Some(query) => return query.to_owned(),
                    None => (Method::GET, self.absolute(location), String::new()),
                },
                None => self.filled_in(&answer, login),
            };
        }
        panic!("the provider asks on and on");
    }

    fn absolute(&self, location: &str) -> String {
        match location.starts_with('/') {
            true => format!("{}{location}", self.url),
            false => location.to_owned(),
        }
    }

    /// What the form of a page sends.
    fn filled_in(&self, page: &Response<Bytes>, login: &str) -> (Method, String, String) {
        let html = String::from_utf8_lossy(page.body()).into_owned();
        let action = html
            .split("action=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let action = action.unwrap_or_else(|| panic!("answered {} without a form: {html}", page.status()));
        let form = match html.contains("name=\"login\"") {
            true => format!("prompt=login&login={}&password=x", login.replace('+', "%2B")),
            false => "prompt=consent".to_owned(),
        };
        (Method::POST, self.absolute(action), form)
    }
}

fn keep_cookies(cookies: &mut BTreeMap<String, String>, answer: &Response<Bytes>) {
    for cookie in answer.headers().get_all("set-cookie") {
        let text = cookie.to_str().unwrap_or_default();
        let pair = text.split(';').next().and_then(|pair| pair.split_once('='));
        match pair {
            Some((name, "")) => drop(cookies.remove(name)),
            Some((name, value)) => drop(cookies.insert(name.to_owned(), value.to_owned())),
            None => {}
        }
    }
}
