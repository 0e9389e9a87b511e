//! The only writer of the state.
