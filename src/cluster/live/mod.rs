//! Live objects of a cluster: the tree below an app, whole objects for the diff, events, logs.
//!
//! May import: as the room. Values of Secrets are hidden in `object`, the only place that reads whole objects.
//! To extend: health rules of a further kind go into `health`; a kind with children into `tree::children`.

mod around;
mod edit;
mod event;
mod health;
mod log;
mod needs;
mod object;
mod release;
mod tree;

pub use around::LIMIT;
pub use health::{Assessment, assess};
pub use log::{LogStream, Run};
pub use release::Stored;
