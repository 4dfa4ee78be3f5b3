//! From a topic to a consumer group's batches. An [`Intake`] reads, examines each record by itself, sends what
//! cannot be processed to the dead-letter topic, lets what is early wait, and knows which offsets may be stored. What
//! is done with a batch is the group's own affair: a sequential group is an [`Effect`], one that works in stages
//! takes its batches by [`Intake::next`] and stores their offsets itself when the last stage is done.

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
