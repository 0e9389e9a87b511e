//! One file a family of stories.

mod act;
mod binary;
mod breakages;
mod conformance;
mod links;
mod rights;
mod rollback;
mod watch;
