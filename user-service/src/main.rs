//! user-service as a process of its own, and what an operator runs after a restore.

shared::service_main!(user_service, user_service::Command);
