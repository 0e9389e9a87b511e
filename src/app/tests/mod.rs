//! Flows through `update`: what comes in, what goes out.

mod deck;
mod rollback;
mod safety;
mod truth;
