//! Room for the TLS sessions that the monitors of a pinger keep.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// Servers whose sessions all monitors of a pinger keep; what finds no room makes full handshakes. Most take 5 KB, but the
/// servers choose how long their tickets are: with one of 64 KiB and the longest chain of certificates it is 80 KiB.
const PLACES: usize = 2_048;

/// Room for the sessions of all monitors.
#[derive(Debug)]
pub(super) struct Room {
    places: Semaphore,
    free: metrics::Gauge,
}

/// Room for the sessions with one server, which is given back with it.
#[derive(Debug)]
pub(super) struct Place(Arc<Room>);

impl Room {
    pub(super) fn new() -> Arc<Self> {
        metrics::describe_gauge!(
            "uptime_pinger_tls_session_places_free",
            "Servers whose TLS sessions could still be kept, of monitors with `tls_resumption`; at 0 others make full \
             handshakes"
        );
        Self::of(PLACES)
    }

    pub(super) fn of(places: usize) -> Arc<Self> {
        // Those of all pingers of this process are added up.
        let free = metrics::gauge!("uptime_pinger_tls_session_places_free");
        free.increment(places as f64);
        Arc::new(Self {
            places: Semaphore::new(places),
            free,
        })
    }

    /// Takes a place, if there is one.
    pub(super) fn take(self: &Arc<Self>) -> Option<Place> {
        self.places.try_acquire().ok()?.forget();
        self.free.decrement(1.0);
        Some(Place(Arc::clone(self)))
    }

    #[cfg(test)]
    pub(super) fn free(&self) -> usize {
        self.places.available_permits()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.places.add_permits(1);
        self.0.free.increment(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_much_room_is_free_is_measured() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let room = metrics::with_local_recorder(&recorder, || Room::of(2));
        let places = [room.take(), room.take()];
        assert!(places.iter().all(Option::is_some) && room.take().is_none());
        let free = |count: u8| {
            let scraped = recorder.handle().render();
            let line = format!("uptime_pinger_tls_session_places_free {count}");
            assert!(scraped.contains(&line), "{scraped}");
        };
        free(0);
        drop(places);
        free(2);
    }
}
