//! Turns the log into history: PostgreSQL and Redis.
