//! Which providers there are: `GOOGLE_*`, `GITHUB_*` and `OIDC_PROVIDERS`.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use shared::settings::Reader;
use url::{Host, Url};

use crate::rules::admission::Admission;

/// Whose ID tokens name the domain of an organisation of Google's.
pub(super) const GOOGLE: &str = "https://accounts.google.com";

const GITHUB: &str = "https://github.com";
const GITHUB_API: &str = "https://api.github.com";

/// The longest id of a provider, in characters.
const MAX_ID: usize = 32;

/// What is asked for of a provider that speaks OpenID Connect.
const SCOPES: [&str; 2] = ["email", "profile"];

/// A provider, as the settings have it.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    pub(crate) protocol: Protocol,
    pub(crate) admission: Admission,
}

/// What a provider speaks.
#[derive(Clone, Debug)]
pub(crate) enum Protocol {
    OpenId { scopes: Vec<String> },
    GitHub { api: String },
}

/// An element of `OIDC_PROVIDERS`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    id: String,
    name: String,
    issuer: String,
    client_id: String,
    client_secret: SecretString,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    allowed_domains: Vec<String>,
    #[serde(default)]
    allowed_groups: Vec<String>,
}

/// Reads all of them. What is wrong is told by `env`, and nothing starts.
pub(crate) fn read(env: &mut Reader) -> Vec<ProviderSettings> {
    let mut all: Vec<_> = google(env).into_iter().chain(github(env)).collect();
    const NAME: &str = "OIDC_PROVIDERS";
    let meaning = "further providers to sign in with, as a JSON array of objects with id, name, issuer, client_id, \
                   client_secret and, if need be, scopes, allowed_domains and allowed_groups";
    let given = env.optional(NAME, meaning).unwrap_or_else(|| "[]".to_owned());
    let read: Result<Vec<Given>, _> =
        serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&given));
    match read {
        // The message of the parser may hold what was given, and that a secret.
        Err(error) => env.problem(
            NAME,
            &format!("is not valid JSON of the expected form, at {}", error.path()),
        ),
        Ok(given) => {
            for (n, given) in given.into_iter().enumerate() {
                match provider(given) {
                    Ok(provider) => all.push(provider),
                    Err((field, wrong)) => env.problem(NAME, &format!("[{n}].{field} {wrong}")),
                }
            }
        }
    }
    for (n, provider) in all.iter().enumerate() {
        if all[..n].iter().any(|other| other.id == provider.id) {
            env.problem(
                NAME,
                &format!(
                    "has the id {} twice; google and github are taken where they are set",
                    provider.id
                ),
            );
        }
    }
    all
}

fn provider(given: Given) -> Result<ProviderSettings, (&'static str, &'static str)> {
    let is_id = given.id.len() <= MAX_ID
        && given.id.starts_with(|c: char| c.is_ascii_lowercase())
        && given
            .id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !is_id {
        return Err((
            "id",
            "must be at most 32 lower-case letters, digits and hyphens, beginning with a letter",
        ));
    }
    if given.name.trim().is_empty() || given.name.chars().count() > 60 {
        return Err(("name", "must have 1 to 60 characters"));
    }
    let issuer = address(&given.issuer).map_err(|wrong| ("issuer", wrong))?;
    if given.client_id.is_empty() {
        return Err(("client_id", "is required"));
    }
    if given.client_secret.expose_secret().is_empty() {
        return Err(("client_secret", "is required"));
    }
    let scopes = match given.scopes.is_empty() {
        true => SCOPES.map(str::to_owned).to_vec(),
        false => given.scopes,
    };
    Ok(ProviderSettings {
        id: given.id,
        name: given.name.trim().to_owned(),
        issuer,
        client_id: given.client_id,
        client_secret: given.client_secret,
        protocol: Protocol::OpenId { scopes },
        admission: Admission::new(given.allowed_domains, given.allowed_groups),
    })
}

fn google(env: &mut Reader) -> Option<ProviderSettings> {
    let issuer = env.parsed(
        "GOOGLE_ISSUER",
        GOOGLE,
        "who issues Google's ID tokens; for tests",
        checked,
    );
    let domains = env.text(
        "GOOGLE_HOSTED_DOMAINS",
        "",
        "comma-separated domains of Google Workspace whose people may sign in with Google; all when empty",
    );
    let (client_id, client_secret) = client(
        env,
        (
            "GOOGLE_CLIENT_ID",
            "the OAuth client with which people sign in with Google; they cannot when it is empty",
        ),
        ("GOOGLE_CLIENT_SECRET", "its secret"),
    )?;
    Some(ProviderSettings {
        id: "google".to_owned(),
        name: "Google".to_owned(),
        issuer: issuer?,
        client_id,
        client_secret,
        protocol: Protocol::OpenId {
            scopes: SCOPES.map(str::to_owned).to_vec(),
        },
        admission: Admission::new(list(&domains), Vec::new()),
    })
}

fn github(env: &mut Reader) -> Option<ProviderSettings> {
    let url = env.parsed(
        "GITHUB_URL",
        GITHUB,
        "where GitHub is; another one for GitHub Enterprise",
        checked,
    );
    let meaning = "where GitHub's API is; GITHUB_URL followed by /api/v3 where only that is another one";
    let api = env.optional("GITHUB_API_URL", meaning);
    let (client_id, client_secret) = client(
        env,
        (
            "GITHUB_CLIENT_ID",
            "the OAuth app with which people sign in with GitHub; they cannot when it is empty",
        ),
        ("GITHUB_CLIENT_SECRET", "its secret"),
    )?;
    let issuer = url?;
    let api = match api {
        Some(api) => match address(&api) {
            Ok(api) => api,
            Err(wrong) => {
                env.problem("GITHUB_API_URL", wrong);
                return None;
            }
        },
        None if issuer == GITHUB => GITHUB_API.to_owned(),
        None => format!("{issuer}/api/v3"),
    };
    Some(ProviderSettings {
        id: "github".to_owned(),
        name: "GitHub".to_owned(),
        issuer,
        client_id,
        client_secret,
        protocol: Protocol::GitHub { api },
        admission: Admission::default(),
    })
}

/// A client's id and secret: both, or none.
fn client(
    env: &mut Reader,
    (id_name, id_meaning): (&'static str, &'static str),
    (secret_name, secret_meaning): (&'static str, &'static str),
) -> Option<(String, SecretString)> {
    let id = env.optional(id_name, id_meaning);
    let secret = env.optional(secret_name, secret_meaning);
    match (id, secret) {
        (Some(id), Some(secret)) => Some((id, secret.into())),
        (None, None) => None,
        (Some(_), None) => {
            env.problem(secret_name, &format!("is required where {id_name} is set"));
            None
        }
        (None, Some(_)) => {
            env.problem(id_name, &format!("is required where {secret_name} is set"));
            None
        }
    }
}

fn checked(text: &str) -> Result<String, String> {
    address(text).map_err(str::to_owned)
}

/// An address at which secrets may be sent, without a slash at its end only where it is the root: an issuer is compared
/// letter by letter.
fn address(text: &str) -> Result<String, &'static str> {
    const WRONG: &str = "must be an https URL without query (http only on this machine)";
    let url = Url::parse(text).map_err(|_| WRONG)?;
    let is_here = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_here);
    if !is_safe || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(WRONG);
    }
    Ok(text.trim().to_owned())
}

fn list(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_from(values: &[(&str, &str)]) -> Result<Vec<ProviderSettings>, String> {
        let mut env = Reader::from_values(values.iter().copied());
        let providers = read(&mut env);
        env.finish().map_err(|error| error.to_string())?;
        Ok(providers)
    }

    #[test]
    fn any_number_of_providers_is_read() {
        let oidc = r#"[{"id": "sso", "name": "Our SSO", "issuer": "https://id.example.org/realms/x",
                        "client_id": "uptime", "client_secret": "s", "allowed_groups": ["ops"]}]"#;
        let providers = read_from(&[
            ("GITHUB_CLIENT_ID", "id"),
            ("GITHUB_CLIENT_SECRET", "secret"),
            ("GITHUB_URL", "https://git.example.org"),
            ("GOOGLE_CLIENT_ID", "id"),
            ("GOOGLE_CLIENT_SECRET", "secret"),
            ("OIDC_PROVIDERS", oidc),
        ])
        .unwrap();
        let ids: Vec<_> = providers
            .iter()
            .map(|one| (one.id.as_str(), one.issuer.as_str()))
            .collect();
        assert_eq!(
            ids,
            [
                ("google", GOOGLE),
                ("github", "https://git.example.org"),
                ("sso", "https://id.example.org/realms/x")
            ]
        );
        assert!(
            matches!(&providers[1].protocol, Protocol::GitHub { api } if api == "https://git.example.org/api/v3")
        );
        assert!(!format!("{providers:?}").contains("secret\""), "{providers:?}");
        assert!(read_from(&[]).unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_is_named_without_its_secret() {
        let one = |field: &str, value: &str| {
            let mut given = serde_json::json!({"id": "sso", "name": "SSO", "issuer": "https://id.example.org",
                                               "client_id": "c", "client_secret": "hush"});
            given[field] = value.into();
            serde_json::json!([given]).to_string()
        };
        let cases = [
            (one("id", "Not An Id"), "[0].id must be"),
            (one("name", " "), "[0].name must have"),
            (
                one("issuer", "http://id.example.org"),
                "[0].issuer must be an https URL",
            ),
            (one("issuer", "id.example.org"), "[0].issuer must be an https URL"),
            (one("client_id", ""), "[0].client_id is required"),
            (one("client_secret", ""), "[0].client_secret is required"),
            (one("secret", "hush"), "at [0].secret"),
            (r#"[{"id": "sso"}]"#.to_owned(), "at [0]"),
            ("hush".to_owned(), "is not valid JSON"),
        ];
        for (given, wrong) in cases {
            let told = read_from(&[("OIDC_PROVIDERS", &given)]).unwrap_err();
            assert!(
                told.contains("OIDC_PROVIDERS") && told.contains(wrong),
                "{given}: {told}"
            );
            assert!(!told.contains("hush"), "{told}");
        }
        let told = read_from(&[("GOOGLE_CLIENT_ID", "id")]).unwrap_err();
        assert!(
            told.contains("GOOGLE_CLIENT_SECRET: is required where GOOGLE_CLIENT_ID is set"),
            "{told}"
        );
        let google = one("id", "google");
        let twice = [
            ("GOOGLE_CLIENT_ID", "a"),
            ("GOOGLE_CLIENT_SECRET", "b"),
            ("OIDC_PROVIDERS", &*google),
        ];
        assert!(read_from(&twice).unwrap_err().contains("has the id google twice"));
    }
}
