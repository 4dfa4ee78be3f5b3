//! From a topic to a consumer group's batches. An [`Intake`] reads, examines each record by itself, sends what
//! cannot be processed to the dead-letter topic, parks records of unknown monitors, and knows which offsets may be
//! stored. A group that works in one step implements [`Effect`] and is run by [`Intake::run`]; one that works in stages
//! takes its batches from [`Intake::next`] and stores their offsets itself after the last stage.

mod dead_letters;
mod examine;
mod parking;
mod progress;
mod reader;

pub use dead_letters::{DeadLetter, DeadLetters};
pub use examine::{AlertEvents, Examine, Reason, Received, Rejection, Results};
pub use parking::NoRoom;
pub use progress::Done;
pub use reader::{Batch, Effect, Intake, Limits, Offsets};
