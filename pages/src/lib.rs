//! What a status page says, and its forms: HTML, feeds, JSON, badges. Nothing here does IO, reads a clock or throws dice.

pub mod badge;
pub mod document;
pub mod feed;
pub mod html;
pub mod state;
pub mod statuspage;
pub mod view;

pub use document::Document;
pub use state::ComponentState;
pub use view::View;
