//! all-in-one
