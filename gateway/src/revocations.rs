//! Credentials that are not accepted any more before they expire: their session has ended, the member has another role,
//! the member has or lacks the second factor that is demanded, or the API key was revoked. user-service is asked for what
//! is new, so that a request costs two look-ups in memory.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use api::Role;
use domain::revocation::{MemberRole, Revocations as Page};
use domain::{ApiKeyId, OrgId};
use shared::http::client::CallError;
use shared::shutdown::CancellationToken;
use shared::token::ACCESS_TOKEN_SECONDS;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::Edge;
use crate::credential::Credential;

/// How often user-service is asked.
const EVERY: Duration = Duration::from_secs(1);

/// How long to wait when it does not answer.
const RETRY: Duration = Duration::from_secs(5);

/// How long a revocation is kept: as long as a token that it concerns, with room for clocks that differ.
const KEPT: Duration = Duration::from_secs(ACCESS_TOKEN_SECONDS.unsigned_abs() + 300);

/// What a member may do, and whether with everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) role: Role,
    pub(crate) narrowed: bool,
}

/// What was revoked.
#[derive(Default)]
pub(crate) struct Revocations {
    known: RwLock<Known>,
    /// Is told when more is known.
    changed: watch::Sender<()>,
    /// Something was revoked by a request of ours.
    expected: Notify,
}

#[derive(Default)]
struct Known {
    sessions: HashMap<Uuid, Instant>,
    members: HashMap<(i64, OrgId), (Member, Instant)>,
    api_keys: HashMap<ApiKeyId, Instant>,
    /// When it was last looked for what need not be kept.
    swept: Option<Instant>,
}

/// What a user is in an organisation.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Member {
    /// None of who is no member any more.
    access: Option<Access>,
    lacks_second_factor: bool,
}

impl Known {
    fn include(&self, credential: &Credential) -> bool {
        let principal = &credential.principal;
        let has_ended = credential
            .session
            .is_some_and(|session| self.sessions.contains_key(&session));
        let newer = self.members.get(&(principal.user_id(), principal.org_id));
        let newer = newer.map(|(member, _)| *member);
        let said = Access {
            role: principal.role,
            narrowed: principal.narrowed,
        };
        has_ended
            || match principal.key() {
                None => newer.is_some_and(|newer| {
                    newer.access != Some(said) || newer.lacks_second_factor != credential.lacks_second_factor
                }),
                // A key has rights of its own, which are at most those of its creator.
                Some(key) => {
                    let is_more =
                        |creator: Access| creator.role < said.role || (creator.narrowed && !said.narrowed);
                    self.api_keys.contains_key(&key)
                        || newer.is_some_and(|newer| newer.access.is_none_or(is_more))
                }
            }
    }

    /// What a user may do in an organisation, if it has changed lately; inner none of who is no member any more.
    fn access_of(&self, user_id: i64, org: OrgId) -> Option<Option<Access>> {
        self.members.get(&(user_id, org)).map(|(member, _)| member.access)
    }

    /// Answers whether anything of the page is new.
    fn learn(&mut self, page: Page, now: Instant) -> bool {
        let until = now + KEPT;
        let mut is_new = false;
        for session in page.sessions {
            // What comes again is not kept longer for that.
            self.sessions.entry(session).or_insert_with(|| {
                is_new = true;
                until
            });
        }
        for MemberRole {
            user_id,
            org_id,
            role,
            narrowed,
            lacks_second_factor,
        } in page.members
        {
            // A role that is not known here is none that a token may have.
            let role = role.and_then(|name| name.parse().ok());
            let access = role.map(|role| Access { role, narrowed });
            let member = Member {
                access,
                lacks_second_factor,
            };
            let before = self.members.insert((user_id, org_id), (member, until));
            is_new |= before.is_none_or(|(before, _)| before != member);
        }
        for key in page.api_keys {
            self.api_keys.entry(key).or_insert_with(|| {
                is_new = true;
                until
            });
        }
        if self
            .swept
            .is_none_or(|swept| now.duration_since(swept) >= KEPT / 10)
        {
            self.swept = Some(now);
            self.sessions.retain(|_, until| *until > now);
            self.members.retain(|_, (_, until)| *until > now);
            self.api_keys.retain(|_, until| *until > now);
        }
        is_new
    }
}

impl Revocations {
    /// Whether the credential is not accepted any more.
    pub(crate) fn include(&self, credential: &Credential) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.include(credential)
    }

    /// What a user may do in an organisation, if it has changed lately; inner none of who is no member any more.
    pub(crate) fn access_of(&self, user_id: i64, org: OrgId) -> Option<Option<Access>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.access_of(user_id, org)
    }

    /// Tells when to look again whether a credential is still accepted.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Has user-service be asked at once.
    pub(crate) fn expect(&self) {
        self.expected.notify_one();
    }

    fn learn(&self, page: Page) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = known.learn(page, Instant::now());
        drop(known);
        if is_new {
            self.changed.send_replace(());
        }
    }
}

/// Learns what is revoked until `stopping`.
pub(crate) async fn follow(edge: Arc<Edge>, stopping: CancellationToken) {
    let revocations = &edge.revocations;
    let (mut cursor, mut is_away) = (String::new(), false);
    loop {
        let asked = tokio::select! {
            asked = ask(&edge, &cursor) => asked,
            () = stopping.cancelled() => return,
        };
        let pause = match asked {
            Ok(page) => {
                page.cursor.clone_into(&mut cursor);
                revocations.learn(page);
                EVERY
            }
            Err(error) => {
                if !is_away {
                    tracing::warn!(%error, "what is revoked is not known for the moment");
                }
                RETRY
            }
        };
        if is_away && pause == EVERY {
            tracing::info!("what is revoked is known again");
        }
        is_away = pause == RETRY;
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = revocations.expected.notified() => {}
            () = stopping.cancelled() => return,
        }
    }
}

async fn ask(edge: &Edge, cursor: &str) -> Result<Page, CallError> {
    let settings = &edge.settings;
    let after = if cursor.is_empty() { "0" } else { cursor };
    let url = format!("{}/internal/revocations?after={after}", settings.user_service_url);
    edge.upstream
        .get_json(&url, settings.internal_keys.current())
        .await
}

#[cfg(test)]
mod tests {
    use api::{Actor, Principal};

    use super::*;

    const SESSION: Uuid = Uuid::from_u128(1);

    fn token(session: Option<Uuid>, role: Role) -> Credential {
        Credential {
            principal: Principal {
                org_id: OrgId(7),
                actor: Actor::User(3),
                role,
                narrowed: false,
            },
            session,
            lacks_second_factor: false,
            expires_at: None,
        }
    }

    fn member(user_id: i64, role: Option<&str>) -> Page {
        let role = role.map(ToOwned::to_owned);
        let (cursor, org_id) = (String::new(), OrgId(7));
        Page {
            cursor,
            members: vec![MemberRole {
                user_id,
                org_id,
                role,
                narrowed: false,
                lacks_second_factor: false,
            }],
            ..Page::default()
        }
    }

    fn ended(session: Uuid) -> Page {
        Page {
            sessions: vec![session],
            ..Page::default()
        }
    }

    #[test]
    fn a_token_ends_with_its_session_and_no_other() {
        let (mut known, now) = (Known::default(), Instant::now());
        assert!(known.learn(ended(SESSION), now));
        assert!(!known.learn(ended(SESSION), now), "it is known already");
        assert!(known.include(&token(Some(SESSION), Role::Owner)));
        assert!(!known.include(&token(Some(Uuid::from_u128(2)), Role::Owner)));
        assert!(!known.include(&token(None, Role::Owner)));
    }

    #[test]
    fn a_token_with_another_role_than_its_member_has_is_not_accepted() {
        let (mut known, now) = (Known::default(), Instant::now());
        let editor = token(Some(SESSION), Role::Editor);
        assert!(known.learn(member(4, None), now) && !known.include(&editor));
        assert!(known.learn(member(3, Some("viewer")), now));
        assert!(known.include(&editor));
        assert!(
            !known.include(&token(Some(SESSION), Role::Viewer)),
            "the next token"
        );
        assert!(known.learn(member(3, None), now));
        assert!(known.include(&token(Some(SESSION), Role::Viewer)));
        assert!(known.learn(member(3, Some("editor")), now));
        assert!(!known.include(&editor), "the role that it had");
        assert!(known.learn(member(3, Some("emperor")), now));
        assert!(known.include(&editor));
    }

    #[test]
    fn a_token_that_says_another_thing_of_tags_than_its_member_is_not_accepted() {
        let (mut known, now) = (Known::default(), Instant::now());
        let wide = token(Some(SESSION), Role::Viewer);
        let mut narrow = wide;
        narrow.principal.narrowed = true;
        let mut page = member(3, Some("viewer"));
        page.members[0].narrowed = true;
        assert!(known.learn(page, now));
        assert!(known.include(&wide) && !known.include(&narrow));
        assert!(known.include(&key(6, Role::Viewer)), "a key of that member");
        let mut narrow_key = key(6, Role::Viewer);
        narrow_key.principal.narrowed = true;
        assert!(!known.include(&narrow_key));
        assert!(known.learn(member(3, Some("viewer")), now));
        assert!(!known.include(&wide) && known.include(&narrow));
    }

    #[test]
    fn a_token_ends_when_a_second_factor_is_demanded_or_turned_on() {
        let (mut known, now) = (Known::default(), Instant::now());
        let [has, lacks] = [false, true].map(|lacks_second_factor| Credential {
            lacks_second_factor,
            ..token(Some(SESSION), Role::Editor)
        });
        let demanded = |lacks_second_factor| {
            let mut page = member(3, Some("editor"));
            page.members[0].lacks_second_factor = lacks_second_factor;
            page
        };
        assert!(known.learn(demanded(true), now));
        assert!(known.include(&has) && !known.include(&lacks));
        assert!(!known.include(&key(6, Role::Editor)), "keys are not concerned");
        assert!(known.learn(demanded(false), now));
        assert!(!known.include(&has) && known.include(&lacks));
    }

    fn key(id: i64, role: Role) -> Credential {
        let id = ApiKeyId(id);
        let mut key = token(None, role);
        key.principal.actor = Actor::Key { id, creator: 3 };
        key
    }

    #[test]
    fn a_key_ends_when_it_is_revoked_and_with_its_creators_rights() {
        let (mut known, now) = (Known::default(), Instant::now());
        let revoked = Page {
            api_keys: vec![ApiKeyId(5)],
            ..Page::default()
        };
        assert!(known.learn(revoked, now));
        assert!(known.include(&key(5, Role::Viewer)) && !known.include(&key(6, Role::Viewer)));
        known.learn(member(3, Some("editor")), now);
        assert!(!known.include(&key(6, Role::Viewer)) && !known.include(&key(6, Role::Editor)));
        assert!(known.include(&key(6, Role::Admin)));
        known.learn(member(3, None), now);
        assert!(known.include(&key(6, Role::Viewer)));
    }

    #[test]
    fn what_concerns_no_token_any_more_is_forgotten() {
        let (mut known, now) = (Known::default(), Instant::now());
        known.learn(ended(SESSION), now);
        known.learn(member(3, None), now);
        known.learn(ended(Uuid::from_u128(2)), now + KEPT / 2);
        known.learn(Page::default(), now + KEPT);
        assert_eq!((known.sessions.len(), known.members.len()), (1, 0));
    }
}
