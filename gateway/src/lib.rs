//! The edge: public API, live updates, dashboard.
