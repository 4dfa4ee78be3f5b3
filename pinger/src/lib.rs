//! Checks monitors at their slots and publishes the results.
