//! TLS sessions that a monitor resumes instead of making a full handshake each time, where its user wants that.
//!
//! They are a part of the monitor: no other monitor's check can offer them, and they go with it, or with the revision. A
//! resumed handshake shows no certificate; what is known of it is from the last full one. So a full one is made every
//! [`FULL_EVERY`], when the certificate that was seen last would be a failure by now, and after every failure.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::{DAY_MS, Seen};
use crate::target::{Address, Host};

/// How long a certificate is taken for what it was in the last full handshake.
pub(super) const FULL_EVERY: Duration = Duration::from_secs(600);

/// Servers of a monitor whose sessions are kept: its own, and those that redirects lead to.
const MAX_SERVERS: usize = 4;

/// A longer chain of certificates is not kept, in bytes. Most have 2 to 5 KB.
const MAX_CHAIN: usize = 16 * 1024;

/// Servers whose sessions all monitors of a pinger keep; what finds no room makes full handshakes.
const ROOM: usize = 16_384;

/// Makes room for the sessions of all monitors.
pub(super) fn room() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(ROOM))
}

/// The sessions of one monitor.
#[derive(Debug)]
pub(in crate::probe) struct Sessions {
    /// A certificate that has not longer than this is looked at anew, in milliseconds.
    warn_ms: i64,
    /// The oldest first.
    servers: Mutex<Vec<Server>>,
}

#[derive(Debug)]
struct Server {
    host: Host,
    port: u16,
    session: Arc<Session>,
    _room: OwnedSemaphorePermit,
}

impl Sessions {
    /// Those of a monitor that fails when a certificate expires within so many days.
    pub(in crate::probe) fn new(warn_days: Option<u16>) -> Self {
        Self {
            warn_ms: i64::from(warn_days.unwrap_or(0)) * DAY_MS,
            servers: Mutex::default(),
        }
    }

    /// The session with a server, which may be empty; `None` when there is no room for another.
    pub(in crate::probe) fn with(&self, address: &Address, room: &Arc<Semaphore>) -> Option<Arc<Session>> {
        let mut servers = self.servers();
        let known = servers
            .iter()
            .find(|server| server.port == address.port && server.host == address.host);
        if let Some(server) = known {
            server
                .session
                .refresh(Instant::now(), shared::now(), self.warn_ms);
            return Some(Arc::clone(&server.session));
        }
        if servers.len() >= MAX_SERVERS {
            servers.remove(0);
        }
        let room = Arc::clone(room).try_acquire_owned().ok()?;
        let session = Arc::new(Session::default());
        servers.push(Server {
            host: address.host.clone(),
            port: address.port,
            session: Arc::clone(&session),
            _room: room,
        });
        Some(session)
    }

    /// The next handshakes are full ones.
    pub(in crate::probe) fn forget(&self) {
        for server in self.servers().iter() {
            server.session.forget();
        }
    }

    fn servers(&self) -> MutexGuard<'_, Vec<Server>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What may be resumed with one server: the latest session, which in TLS 1.3 is used once and followed by another.
#[derive(Debug, Default)]
pub(in crate::probe) struct Session(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// When the last full handshake was made, and when the certificate expires that it has shown.
    full: Option<(Instant, Option<Timestamp>)>,
    /// Its chain of certificates is too long.
    is_too_large: bool,
    group: Option<NamedGroup>,
    tls12: Option<Tls12ClientSessionValue>,
    tls13: Option<Tls13ClientSessionValue>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The rest opens connections.
        f.debug_struct("Kept")
            .field("full", &self.full)
            .finish_non_exhaustive()
    }
}

impl Kept {
    fn is_empty(&self) -> bool {
        self.tls12.is_none() && self.tls13.is_none()
    }

    fn clear(&mut self) {
        (self.tls12, self.tls13) = (None, None);
    }
}

/// Whether what was seen of a certificate still suffices.
fn suffices(full: (Instant, Option<Timestamp>), at: Instant, now: Timestamp, warn_ms: i64) -> bool {
    let (since, expires_at) = full;
    at.saturating_duration_since(since) < FULL_EVERY
        && expires_at.is_none_or(|expires_at| expires_at.millis_since(now) >= warn_ms.max(1))
}

impl Session {
    /// Whether the next handshake offers a session.
    pub(in crate::probe) fn is_offered(&self) -> bool {
        !self.kept().is_empty()
    }

    /// The next handshake is a full one.
    pub(in crate::probe) fn forget(&self) {
        self.kept().clear();
    }

    /// Notes what a full handshake has shown.
    pub(super) fn note_full(&self, seen: &Seen) {
        let mut kept = self.kept();
        kept.full = Some((Instant::now(), seen.expires_at));
        kept.is_too_large = seen.chain_bytes > MAX_CHAIN;
        if kept.is_too_large {
            kept.clear();
        }
    }

    fn refresh(&self, at: Instant, now: Timestamp, warn_ms: i64) {
        let mut kept = self.kept();
        if !kept.full.is_some_and(|full| suffices(full, at, now, warn_ms)) {
            kept.clear();
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// There is one for each server, so its name does not matter.
impl ClientSessionStore for Session {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        self.kept().group = Some(group);
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        self.kept().group
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.kept().tls12 = Some(value);
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.kept().tls12.clone()
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        self.kept().tls12 = None;
    }

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        let mut kept = self.kept();
        if !kept.is_too_large {
            kept.tls13 = Some(value);
        }
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.kept().tls13.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Address {
        Address::from_url(&url.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_certificate_is_looked_at_again_in_time() {
        let (since, now) = (Instant::now(), Timestamp::from_millis(1_000 * DAY_MS));
        let ends = |in_ms: i64| (since, Some(now.plus_millis(in_ms)));
        let within = since + FULL_EVERY - Duration::from_millis(1);
        for (full, at, warn_days, expected) in [
            (ends(30 * DAY_MS), since, 0, true),
            (ends(30 * DAY_MS), within, 0, true),
            (ends(30 * DAY_MS), since + FULL_EVERY, 0, false),
            (ends(30 * DAY_MS), within, 30, true),
            (ends(30 * DAY_MS - 1), within, 30, false),
            (ends(1), within, 0, true),
            // It may have been renewed since.
            (ends(0), within, 0, false),
            (ends(-DAY_MS), within, 0, false),
            ((since, None), within, 30, true),
            ((since, None), since + FULL_EVERY, 0, false),
        ] {
            let found = suffices(full, at, now, warn_days * DAY_MS);
            assert_eq!(found, expected, "{full:?} after {:?}", at - since);
        }
    }

    #[test]
    fn servers_are_kept_apart_and_no_more_than_a_few_are_kept() {
        let (sessions, room) = (Sessions::new(None), Arc::new(Semaphore::new(MAX_SERVERS + 1)));
        let with = |url: &str| sessions.with(&address(url), &room).unwrap();
        let first = with("https://a.example/");
        assert!(Arc::ptr_eq(&first, &with("https://a.example/other")));
        for other in [
            "https://a.example:8443/",
            "https://b.example/",
            "https://192.0.2.1/",
        ] {
            assert!(!Arc::ptr_eq(&first, &with(other)), "{other}");
        }
        assert_eq!(room.available_permits(), 1);
        with("https://c.example/");
        assert_eq!(room.available_permits(), 1, "the oldest gives its room back");
        assert!(!Arc::ptr_eq(&first, &with("https://a.example/")));

        let others = Sessions::new(None);
        assert!(others.with(&address("https://a.example/"), &room).is_some());
        assert!(others.with(&address("https://b.example/"), &room).is_none());
        drop(sessions);
        assert!(others.with(&address("https://b.example/"), &room).is_some());
        drop(others);
        assert_eq!(room.available_permits(), MAX_SERVERS + 1);
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let session = Session::default();
        let seen = |chain_bytes| Seen {
            expires_at: None,
            chain_bytes,
        };
        session.note_full(&seen(MAX_CHAIN));
        assert!(!session.kept().is_too_large && !session.is_offered());
        session.note_full(&seen(MAX_CHAIN + 1));
        assert!(session.kept().is_too_large);
    }
}
