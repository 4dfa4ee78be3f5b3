//! The public contract, once: every operation of the API as a type, with what it takes, what it answers and who may
//! call it.
//!
//! [`document`] makes the OpenAPI document of it, which the gateway serves; the routes of gateway and user-service are
//! made from [`operations`]. Pure: nothing here knows a server or a client.

mod access;
mod account;
mod api_key;
mod audit;
mod channel;
mod document;
mod identity;
mod incident;
mod list;
mod monitor;
mod operation;
mod organisation;
mod page;
mod problem;
mod recipient;
mod result;
mod stream;
mod tag;
mod window;

pub use access::*;
pub use account::*;
pub use api_key::*;
pub use audit::*;
pub use channel::*;
pub use document::document;
pub use identity::*;
pub use incident::*;
pub use list::operations;
pub use monitor::*;
pub use operation::*;
pub use organisation::*;
pub use page::*;
pub use problem::{FieldError, ProblemDetails};
pub use recipient::*;
pub use result::*;
pub use stream::*;
pub use tag::*;
pub use window::*;

/// Where all operations stand.
pub const PREFIX: &str = "/api/v1";
