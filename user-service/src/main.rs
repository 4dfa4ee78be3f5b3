//! user-service's program, and the commands of operators.

shared::service_main!(user_service, user_service::Command);
