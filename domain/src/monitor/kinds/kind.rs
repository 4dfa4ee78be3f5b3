//! What each kind of monitor has to say of itself.

use crate::field_error::Errors;

/// A kind of monitor. The type is what is stored of it.
pub(super) trait Kind: Sized {
    /// Its name: the tag of what is stored, the field of its options, the scheme of its addresses (HTTP has two of its
    /// own), and the label of its metrics.
    const NAME: &'static str;

    /// Its options as a user sends them.
    type Input;

    /// Validates address and options. Each problem is added to `errors`, those of the options also when the address is
    /// not valid; `None` only when there are some.
    fn parse(url: &str, input: Self::Input, errors: &mut Errors) -> Option<Self>;

    /// The options that [`Kind::parse`] reads back.
    fn into_input(self) -> Self::Input;

    /// The address that [`Kind::parse`] reads back.
    fn url(&self) -> String;

    /// The host that is checked, or the name that is queried.
    fn host(&self) -> String;

    /// The shortest timeout of one attempt, in milliseconds, with which it can be up, and why; `None` where any will do.
    fn least_timeout_ms(&self) -> Option<(u32, String)> {
        None
    }

    /// Visits each secret among the options, with its name.
    fn each_secret(_input: &mut Self::Input, _visit: &mut dyn FnMut(&str, &mut String)) {}

    /// Visits each text that is sent to the target.
    fn each_sent(_input: &mut Self::Input, _visit: &mut dyn FnMut(&mut String)) {}
}
