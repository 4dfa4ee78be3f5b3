//! HTTP, as a server and between services: operations as they are called and answered, problems, who calls, and the
//! deadlines of connections.

pub mod bare_answers;
pub mod call;
pub mod client;
pub mod client_address;
pub mod connections;
pub mod cookie;
pub mod guarded;
pub mod idempotency;
pub mod identity;
pub mod panics;
pub mod per_address;
pub mod problem;
pub mod request;
pub mod request_id;
pub mod routes;
