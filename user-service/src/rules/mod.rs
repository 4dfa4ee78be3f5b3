//! What is valid, and what follows from what: pure, without a clock, a store or a request.

pub(crate) mod admission;
pub(crate) mod api_key;
pub(crate) mod channel;
pub(crate) mod mail_content;
pub(crate) mod mailed_token;
pub(crate) mod maintenance_window;
pub(crate) mod measured;
pub(crate) mod member;
pub(crate) mod monitor_patch;
pub(crate) mod note;
pub(crate) mod password;
pub(crate) mod recipient_link;
pub(crate) mod recipients;
pub(crate) mod series_bucket;
pub(crate) mod series_grid;
pub(crate) mod sign_in;
pub(crate) mod skipped_slots;
pub(crate) mod slack_interaction;
pub(crate) mod slack_signature;
pub(crate) mod tag;
pub(crate) mod text;
pub(crate) mod time_range;
pub(crate) mod uptime_window;
