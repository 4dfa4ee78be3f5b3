//! What a status page says, and its forms: HTML, feeds, JSON, badges. Nothing here does IO, reads a clock or throws dice.

pub mod address;
pub mod badge;
mod colour;
pub mod document;
pub mod feed;
pub mod html;
pub mod icalendar;
pub mod markdown;
mod names;
pub mod state;
pub mod statuspage;
mod text;
pub mod view;
pub mod words;

pub use document::Document;
pub use state::ComponentState;
pub use view::View;
