//! user-service's program, and the command for after a restore.

shared::service_main!(user_service, user_service::Command);
