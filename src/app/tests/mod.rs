//! Flows through `update`: what comes in, what goes out.

mod deck;
mod flows;
mod relations;
mod rollback;
mod safety;
mod truth;
