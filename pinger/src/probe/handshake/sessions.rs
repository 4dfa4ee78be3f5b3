//! TLS sessions that a monitor resumes instead of making a full handshake each time, where its user wants that.
//!
//! They are a part of the monitor: no other monitor's check can offer them, and they go with it, or with the revision. A
//! resumed handshake shows no certificate; what is known of it is from the last full one. So a full one is made every
//! [`FULL_EVERY`], when the certificate that was seen last would be a failure by now, and after every failure.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::Timestamp;
use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;

use super::room::{Place, Room};
use super::{DAY_MS, Seen};
use crate::target::{Address, Host};

/// How long a certificate is taken for what it was in the last full handshake, from one attempt's start to another's: ten
/// minutes, less what checks start early or late, so that with an interval of ten minutes each check sees it.
const FULL_EVERY: Duration = Duration::from_secs(590);

/// Servers of a monitor whose sessions are kept: its own, and those that redirects lead to.
const MAX_SERVERS: usize = 4;

/// A longer chain of certificates is not kept, in bytes. Most have 2 to 5 KB.
const MAX_CHAIN: usize = 16 * 1024;

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
}

impl Sessions {
    /// Those of a monitor that fails when a certificate expires within so many days.
    pub(in crate::probe) fn new(warn_days: Option<u16>) -> Self {
        Self {
            warn_ms: i64::from(warn_days.unwrap_or(0)) * DAY_MS,
            servers: Mutex::default(),
        }
    }

    /// The session with a server, which may be empty. An attempt that began at `begun` is about to use it.
    pub(super) fn with(&self, address: &Address, begun: Instant, room: &Arc<Room>) -> Arc<Session> {
        let mut servers = self.servers();
        let known = servers
            .iter()
            .find(|server| server.port == address.port && server.host == address.host);
        if let Some(server) = known {
            server.session.refresh(begun, shared::now(), self.warn_ms);
            return Arc::clone(&server.session);
        }
        if servers.len() >= MAX_SERVERS {
            servers.remove(0);
        }
        let session = Arc::new(Session::new(room));
        servers.push(Server {
            host: address.host.clone(),
            port: address.port,
            session: Arc::clone(&session),
        });
        session
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
#[derive(Debug)]
pub(in crate::probe) struct Session {
    room: Arc<Room>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// When the attempt began that made the last full handshake, and when the certificate expires that it has shown.
    full: Option<(Instant, Option<Timestamp>)>,
    /// Its chain of certificates is too long.
    is_too_large: bool,
    group: Option<NamedGroup>,
    /// At most one of the two is kept, for each may hold a ticket of 64 KiB.
    tls12: Option<Tls12ClientSessionValue>,
    tls13: Option<Tls13ClientSessionValue>,
    /// From the first session until they are forgotten: a server that gives none takes no room.
    place: Option<Place>,
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
        (self.tls12, self.tls13, self.place) = (None, None, None);
    }

    /// Whether another session may be kept.
    fn has_place(&mut self, room: &Arc<Room>) -> bool {
        if self.place.is_none() && !self.is_too_large {
            self.place = room.take();
        }
        self.place.is_some()
    }
}

/// Whether what was seen of a certificate still suffices.
fn suffices(full: (Instant, Option<Timestamp>), at: Instant, now: Timestamp, warn_ms: i64) -> bool {
    let (since, expires_at) = full;
    at.saturating_duration_since(since) < FULL_EVERY
        && expires_at.is_none_or(|expires_at| expires_at.millis_since(now) >= warn_ms.max(1))
}

impl Session {
    fn new(room: &Arc<Room>) -> Self {
        Self {
            room: Arc::clone(room),
            kept: Mutex::default(),
        }
    }

    /// Whether the next handshake offers a session.
    pub(in crate::probe) fn is_offered(&self) -> bool {
        !self.kept().is_empty()
    }

    /// The next handshake is a full one.
    pub(in crate::probe) fn forget(&self) {
        self.kept().clear();
    }

    /// Notes what a full handshake has shown in an attempt that began at `begun`.
    pub(super) fn note_full(&self, begun: Instant, seen: &Seen) {
        let mut kept = self.kept();
        kept.full = Some((begun, seen.expires_at));
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
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut kept = self.kept();
        if kept.has_place(&self.room) {
            (kept.tls12, kept.tls13) = (Some(value), None);
        }
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.kept().tls12.clone()
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        self.kept().tls12 = None;
    }

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        let mut kept = self.kept();
        if kept.has_place(&self.room) {
            (kept.tls12, kept.tls13) = (None, Some(value));
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
    fn an_interval_of_ten_minutes_sees_the_certificate_each_time() {
        let (session, room) = (Sessions::new(None), Room::of(1));
        let begun = Instant::now();
        let address = address("https://a.example/");
        let server = session.with(&address, begun, &room);
        server.note_full(begun, &seen(1));
        assert!(server.kept().has_place(&room));
        let late = Duration::from_secs(5);
        session.with(&address, begun + Duration::from_secs(600) - late, &room);
        assert!(server.kept().place.is_none(), "it is forgotten");
    }

    #[test]
    fn servers_are_kept_apart_and_no_more_than_a_few_are_kept() {
        let (sessions, room) = (Sessions::new(None), Room::of(1));
        let begun = Instant::now();
        let with = |url: &str| sessions.with(&address(url), begun, &room);
        let first = with("https://a.example/");
        assert!(Arc::ptr_eq(&first, &with("https://a.example/other")));
        for other in [
            "https://a.example:8443/",
            "https://b.example/",
            "https://192.0.2.1/",
        ] {
            assert!(!Arc::ptr_eq(&first, &with(other)), "{other}");
        }
        with("https://c.example/");
        assert_eq!(sessions.servers().len(), MAX_SERVERS);
        assert!(
            !Arc::ptr_eq(&first, &with("https://a.example/")),
            "the oldest goes"
        );
    }

    #[test]
    fn a_place_is_taken_by_the_first_session_and_given_back_with_the_last() {
        let room = Room::of(1);
        let [one, other] = [(); 2].map(|()| Session::new(&room));
        assert_eq!(room.free(), 1, "no session was given yet");
        for _ in 0..2 {
            assert!(one.kept().has_place(&room));
            assert_eq!(room.free(), 0);
        }
        assert!(!other.kept().has_place(&room));
        one.forget();
        assert!(other.kept().has_place(&room));
        drop(other);
        assert_eq!(room.free(), 1);
    }

    fn seen(chain_bytes: usize) -> Seen {
        Seen {
            expires_at: None,
            chain_bytes,
        }
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let room = Room::of(1);
        let session = Session::new(&room);
        let begun = Instant::now();
        session.note_full(begun, &seen(MAX_CHAIN));
        assert!(session.kept().has_place(&room));
        session.note_full(begun, &seen(MAX_CHAIN + 1));
        assert!(!session.kept().has_place(&room));
        assert_eq!(room.free(), 1);
    }
}
