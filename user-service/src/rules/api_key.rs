//! What a new API key may be.

use api::{ApiKeyInput, Role};
use domain::Timestamp;
use domain::monitor::FieldError;
use ipnet::IpNet;

use super::{networks, only_tags, text};

/// Networks of one key.
const MAX_NETWORKS: usize = 20;

/// The longest life of a key that expires: longer is for ever, and ought to be said so.
const MAX_LIFE_MS: i64 = 10 * 366 * 86_400_000;

/// A key that is to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewKey {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) only_tags: Option<Vec<String>>,
    pub(crate) networks: Vec<IpNet>,
    pub(crate) expires_at: Option<Timestamp>,
}

/// The key that somebody of the role `creator` asks for at `now`.
///
/// # Errors
/// What is wrong with its fields.
pub(crate) fn valid(input: ApiKeyInput, creator: Role, now: Timestamp) -> Result<NewKey, Vec<FieldError>> {
    let (name, networks) = (
        text::name(&input.name),
        networks::valid("networks", &input.networks, MAX_NETWORKS),
    );
    let role = role(input.role, creator);
    let only_tags = only_tags::valid(input.only_tags, input.role);
    let expires_at = match input.expires_at {
        Some(at) if at <= now => Err(FieldError::new("expires_at", "must be in the future")),
        Some(at) if at.millis_since(now) > MAX_LIFE_MS => Err(FieldError::new(
            "expires_at",
            "must be within ten years; leave it out for a key that does not expire",
        )),
        at => Ok(at),
    };
    match (name, role, only_tags, networks, expires_at) {
        (Ok(name), Ok(role), Ok(only_tags), Ok(networks), Ok(expires_at)) => Ok(NewKey {
            name,
            role,
            only_tags,
            networks,
            expires_at,
        }),
        (name, role, only_tags, networks, expires_at) => {
            let wrong = [
                name.err(),
                role.err(),
                only_tags.err(),
                networks.err(),
                expires_at.err(),
            ];
            Err(wrong.into_iter().flatten().collect())
        }
    }
}

fn role(given: Role, creator: Role) -> Result<Role, FieldError> {
    let most = creator.min(Role::Admin);
    match given <= most {
        true => Ok(given),
        false => {
            let message = format!("must be at most {}", most.as_str());
            Err(FieldError::new("role", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_255_200_000);

    fn input(role: Role) -> ApiKeyInput {
        ApiKeyInput {
            name: " CI ".to_owned(),
            role,
            only_tags: None,
            networks: Vec::new(),
            expires_at: None,
        }
    }

    fn wrong(input: ApiKeyInput, creator: Role) -> Vec<String> {
        let wrong = valid(input, creator, NOW).unwrap_err();
        wrong.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_key_may_do_at_most_what_its_creator_may_and_never_owns() {
        assert_eq!(valid(input(Role::Admin), Role::Owner, NOW).unwrap().name, "CI");
        assert!(valid(input(Role::Admin), Role::Admin, NOW).is_ok());
        assert_eq!(wrong(input(Role::Owner), Role::Owner), ["role"]);
        assert_eq!(wrong(input(Role::Admin), Role::Editor), ["role"]);
    }

    #[test]
    fn networks_are_read_as_people_write_them() {
        let with = |networks: &[&str]| ApiKeyInput {
            networks: networks.iter().map(|text| (*text).to_owned()).collect(),
            ..input(Role::Viewer)
        };
        let key = valid(
            with(&[
                "192.0.2.9/24",
                " ::ffff:192.0.2.0/120",
                "198.51.100.7",
                "2001:db8::/32",
            ]),
            Role::Admin,
            NOW,
        );
        let networks: Vec<_> = key.unwrap().networks.iter().map(ToString::to_string).collect();
        assert_eq!(networks, ["192.0.2.0/24", "198.51.100.7/32", "2001:db8::/32"]);
        for text in ["", "example.org", "192.0.2.0/33", "1.2.3"] {
            assert_eq!(wrong(with(&[text]), Role::Admin), ["networks"], "{text}");
        }
        assert_eq!(wrong(with(&["192.0.2.1"; 21]), Role::Admin), ["networks"]);
    }

    #[test]
    fn a_key_expires_in_the_future_or_not_at_all() {
        let until = |millis| ApiKeyInput {
            expires_at: Some(NOW.plus_millis(millis)),
            ..input(Role::Viewer)
        };
        assert!(valid(until(1), Role::Admin, NOW).is_ok());
        for millis in [0, -1, MAX_LIFE_MS + 1] {
            assert_eq!(wrong(until(millis), Role::Admin), ["expires_at"], "{millis}");
        }
    }
}
