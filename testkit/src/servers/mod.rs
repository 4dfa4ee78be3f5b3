//! Servers of a test's own, for tests that stop them: each on a port of its own, which it keeps when it is
//! started again, together with its data.

mod kafka;
mod postgres;
mod process;
mod redis;

pub use kafka::OwnKafka;
pub use postgres::OwnPostgres;
pub use redis::OwnRedis;
