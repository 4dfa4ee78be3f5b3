//! The edge: public API, live updates, dashboard.

shared::service_main!(gateway);
