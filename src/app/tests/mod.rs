//! Flows through `update`: what comes in, what goes out.

mod deck;
mod flows;
mod rollback;
mod safety;
mod truth;
