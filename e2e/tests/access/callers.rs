//! Who calls operations, and what comes of it by the operation's permission.

use std::fmt;

use api::{Actor, Listed, Principal, Role};
use domain::OrgId;
use e2e::fuzz::PASSWORD;
use e2e::{Api, secrets};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::token::TokenKey;

use crate::site::Site;

/// Roles that a key can have: it may never do more than an admin.
const OF_KEYS: [Role; 4] = [Role::Viewer, Role::Responder, Role::Editor, Role::Admin];

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Somebody without a credential.
    Nobody,
    /// A member whose token has expired.
    Expired,
    /// Somebody who has signed a token alone.
    Forger,
    /// A member who was removed.
    Removed,
    /// A program whose key was revoked.
    RevokedKey,
    /// The owner of another organisation.
    Stranger,
    /// An owner who has seen an older version.
    Late,
    /// A member.
    Member(Role),
    /// A program.
    Key(Role),
    /// An editor who is narrowed to a tag: a member, or a program.
    Narrowed { is_key: bool, to: Part },
}

/// The monitors that have one tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Those that operations are tried on.
    Inside,
    /// Others.
    Outside,
}

impl Part {
    const ALL: [Self; 2] = [Self::Inside, Self::Outside];

    /// The tag.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Inside => "payments",
            Self::Outside => "search",
        }
    }
}

/// What comes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// 401.
    NotKnown,
    /// 403.
    NotAllowed,
    /// 404: it is another organisation's.
    NotThere,
    /// 409: something that the caller does not see has the name already.
    Taken,
    /// 412: somebody else has changed it meanwhile.
    Changed,
    /// It is carried out.
    Done,
    /// The same as for nobody: the credential is not looked at.
    AsForNobody,
}

impl Caller {
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![
            Self::Nobody,
            Self::Expired,
            Self::Forger,
            Self::Removed,
            Self::RevokedKey,
            Self::Stranger,
            Self::Late,
        ];
        // Before those who may change the tags of what they are tried on.
        for to in Part::ALL {
            all.extend([false, true].map(|is_key| Self::Narrowed { is_key, to }));
        }
        all.extend(OF_KEYS.map(Self::Key));
        // An owner comes last, and finds what nobody before may have removed.
        all.extend(Role::ALL.map(Self::Member));
        all
    }

    /// What has to come of a call of the operation: nothing of it is written by hand.
    pub(crate) fn outcome(self, operation: &Listed) -> Outcome {
        let Some(needed) = operation.role else {
            return Outcome::AsForNobody;
        };
        let (role, is_key) = match self {
            Self::Nobody | Self::Expired | Self::Forger | Self::Removed | Self::RevokedKey => {
                return Outcome::NotKnown;
            }
            // A PUT makes what is not there.
            Self::Stranger if operation.method == api::Method::Put => (Role::Owner, false),
            Self::Stranger if operation.path.contains('{') => return Outcome::NotThere,
            Self::Late if operation.heeds_version => return Outcome::Changed,
            Self::Stranger | Self::Late => (Role::Owner, false),
            Self::Narrowed { .. } if operation.whole_organisation => return Outcome::NotAllowed,
            Self::Narrowed { to, .. } if to == Part::Outside && is_of_a_monitor(operation) => {
                return match operation.method {
                    api::Method::Put => Outcome::Taken,
                    _ => Outcome::NotThere,
                };
            }
            Self::Narrowed { is_key, .. } => (Role::Editor, is_key),
            Self::Member(role) => (role, false),
            Self::Key(role) => (role, true),
        };
        match role < needed || is_key && operation.people_only {
            true => Outcome::NotAllowed,
            false => Outcome::Done,
        }
    }
}

/// Whether the path names a monitor, or what there is of some.
fn is_of_a_monitor(operation: &Listed) -> bool {
    let of = [
        "/monitors/",
        "/incidents/",
        "/maintenance-windows/",
        "/silences/",
        "/drills/",
        "/drill-schedules/",
        "/sla-reports/",
    ];
    operation.path.contains('{') && of.iter().any(|begin| operation.path.starts_with(begin))
}

impl Outcome {
    /// Whether an answer is that.
    pub(crate) fn is(self, status: StatusCode) -> bool {
        match self {
            Self::NotKnown => status == StatusCode::UNAUTHORIZED,
            Self::NotAllowed => status == StatusCode::FORBIDDEN,
            Self::NotThere => status == StatusCode::NOT_FOUND,
            Self::Taken => status == StatusCode::CONFLICT,
            Self::Changed => status == StatusCode::PRECONDITION_FAILED,
            Self::Done => status.is_success(),
            Self::AsForNobody => false,
        }
    }
}

/// A credential, and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Credential {
    pub(crate) value: String,
    pub(crate) user: i64,
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bearer {}", self.value)
    }
}

/// An organisation with members and keys of each role.
pub(crate) struct Office<'a> {
    pub(crate) site: &'a Site,
    /// The owner, who makes what the others are tried on.
    pub(crate) owner: Api,
    pub(crate) org: i64,
    owner_id: i64,
    /// Another organisation.
    elsewhere: i64,
    keys: Vec<(Role, String)>,
    /// A monitor of each part, which nothing is tried on, and an editor's key that is narrowed to it.
    parts: Vec<(Part, i64, String)>,
    revoked: String,
    removed: Credential,
}

impl<'a> Office<'a> {
    /// The user's id of the owner.
    pub(crate) fn owner_id(&self) -> i64 {
        self.owner_id
    }

    pub(crate) async fn open(site: &'a Site) -> Self {
        let mut owner = Api::when_ready(site.base()).await;
        owner.register().await;
        let me = owner.get("/api/v1/me").await;
        let id = |value: &Value| value.as_i64().unwrap();
        let mut office = Self {
            site,
            org: id(&me["org"]["id"]),
            owner_id: id(&me["user"]["id"]),
            owner,
            elsewhere: site.account().await.known.first("orgs").unwrap().parse().unwrap(),
            keys: Vec::new(),
            parts: Vec::new(),
            revoked: String::new(),
            removed: Credential {
                value: String::new(),
                user: 0,
            },
        };
        for role in OF_KEYS {
            let (_, key) = office.key(role).await;
            office.keys.push((role, key));
        }
        for part in Part::ALL {
            let monitor = office.monitor(part).await;
            let narrowed = json!({"name": "CI", "role": Role::Editor, "only_tags": [part.tag()]});
            office
                .parts
                .push((part, monitor, office.make_key(narrowed).await.1));
        }
        let (revoked, key) = office.key(Role::Admin).await;
        office.revoked = key;
        office.removed = office.member(Role::Owner).await;
        office.end(&revoked).await;
        office
    }

    /// Revokes the key and removes the member, both of whom were known until then.
    async fn end(&self, revoked: &Value) {
        let ended = [&self.revoked, &self.removed.value].map(|value| self.owner.with(value));
        for api in &ended {
            api.get("/api/v1/summary").await;
        }
        for path in [
            format!("/api/v1/api-keys/{revoked}"),
            format!("/api/v1/orgs/{}/members/{}", self.org, self.removed.user),
        ] {
            self.owner
                .call(Method::DELETE, &path, None, StatusCode::NO_CONTENT)
                .await;
        }
        for api in &ended {
            testkit::eventually("what was ended is refused", e2e::PATIENCE, async || {
                api.try_get("/api/v1/summary").await.is_none().then_some(())
            })
            .await;
        }
    }

    /// A new key; its id, and itself.
    pub(crate) async fn key(&self, role: Role) -> (Value, String) {
        self.make_key(json!({"name": "CI", "role": role})).await
    }

    /// A new monitor.
    pub(crate) async fn monitor(&self, part: Part) -> i64 {
        let body = json!({"name": "Shop", "url": "https://a.example/", "tags": [part.tag()]});
        let made = self
            .owner
            .post("/api/v1/monitors", body, StatusCode::CREATED)
            .await;
        made["id"].as_i64().unwrap()
    }

    /// What is sent, so that it is of what somebody narrowed sees.
    pub(crate) fn within(&self, part: Part, operation: &str, body: &mut Value) {
        match operation {
            "CreateMonitor" | "PutMonitorByKey" => body["tags"] = json!([part.tag()]),
            "CreateMaintenanceWindow" | "PreviewMaintenanceWindow" | "CreateSilence" => {
                body["monitors"] = json!([self.part(part).1]);
            }
            "StartDrill" | "CreateDrillSchedule" => body["monitor_id"] = json!(self.part(part).1),
            "CreateSlaReport" | "PreviewSlaReport" | "BacktestMonitors" => {
                body["selection"] = json!({"monitors": [self.part(part).1]});
            }
            _ => {}
        }
    }

    fn part(&self, part: Part) -> &(Part, i64, String) {
        self.parts.iter().find(|(of, ..)| *of == part).unwrap()
    }

    async fn make_key(&self, body: Value) -> (Value, String) {
        let made = self
            .owner
            .post("/api/v1/api-keys", body, StatusCode::CREATED)
            .await;
        (
            made["api_key"]["id"].clone(),
            made["key"].as_str().unwrap().to_owned(),
        )
    }

    /// A new member.
    pub(crate) async fn member(&self, role: Role) -> Credential {
        self.member_of(self.org, role, None).await
    }

    /// A new member of an organisation, with the owner's password.
    async fn member_of(&self, org: i64, role: Role, part: Option<Part>) -> Credential {
        let sql = "WITH added AS (
                       INSERT INTO users (email, name, password_hash, email_verified_at)
                       SELECT $1, 'Bob', password_hash, now() FROM users WHERE id = $2 RETURNING id)
                   INSERT INTO memberships (org_id, user_id, role, narrowed) SELECT $3, id, $4, $5 FROM added
                   RETURNING user_id";
        let email = format!("{}@example.org", testkit::unique());
        let database = self.site.database();
        let row = database
            .query_one(
                sql,
                &[&email, &self.owner_id, &org, &role.as_str(), &part.is_some()],
            )
            .await;
        let user: i64 = row.unwrap().get(0);
        if let Some(part) = part {
            let sql = "INSERT INTO member_tags (org_id, user_id, tag_id)
                       SELECT org_id, $2, id FROM tags WHERE org_id = $1 AND name = $3";
            database.execute(sql, &[&org, &user, &part.tag()]).await.unwrap();
        }
        let principal = Principal {
            org_id: OrgId(org),
            actor: Actor::User(user),
            role,
            narrowed: part.is_some(),
        };
        token(principal, 0, &secret())
    }

    fn owners_token(&self, hours_ago: i64, secret: &str) -> Credential {
        let principal = Principal {
            org_id: OrgId(self.org),
            actor: Actor::User(self.owner_id),
            role: Role::Owner,
            narrowed: false,
        };
        token(principal, hours_ago, secret)
    }

    /// What a caller sends. A member is always a new one, for there are operations after which it is none any more.
    pub(crate) async fn credential(&self, caller: Caller) -> Option<Credential> {
        let program = |value: &str| Credential {
            value: value.to_owned(),
            user: self.owner_id,
        };
        Some(match caller {
            Caller::Nobody => return None,
            Caller::Expired => self.owners_token(2, &secret()),
            Caller::Forger => {
                let other = "another secret of at least thirty-two bytes";
                self.owners_token(0, other)
            }
            Caller::Removed => self.removed.clone(),
            Caller::RevokedKey => program(&self.revoked),
            Caller::Stranger => self.member_of(self.elsewhere, Role::Owner, None).await,
            Caller::Late => self.member(Role::Owner).await,
            Caller::Member(role) => self.member(role).await,
            Caller::Narrowed { is_key: true, to } => program(&self.part(to).2),
            Caller::Narrowed { is_key: false, to } => self.member_of(self.org, Role::Editor, Some(to)).await,
            Caller::Key(role) => {
                let found = self.keys.iter().find(|(of, _)| *of == role);
                program(&found.unwrap().1)
            }
        })
    }

    /// What is sent that changes how its sender signs in.
    pub(crate) fn own_secret(operation: &str) -> Option<Value> {
        Some(match operation {
            "ChangePassword" => {
                json!({"current_password": PASSWORD, "password": "quite another horse and staple"})
            }
            "ChangeEmail" => {
                json!({"current_password": PASSWORD, "email": format!("{}@example.org", testkit::unique())})
            }
            _ => return None,
        })
    }
}

fn token(principal: Principal, hours_ago: i64, secret: &str) -> Credential {
    let at = shared::now().plus_millis(-hours_ago * 3_600_000);
    let token = TokenKey::new(&secret.to_owned().into()).mint(&principal, None, at);
    Credential {
        value: token.unwrap(),
        user: principal.user_id(),
    }
}

fn secret() -> String {
    let found = secrets().into_iter().find(|(name, _)| *name == "JWT_SECRET");
    found.unwrap().1
}
