//! Keys in, effects out: the state driven as the loop drives it, without any terminal, cluster or repository.

mod ages;
mod also;
mod deck;
mod dialogs;
mod drift;
mod events;
mod filter;
mod following;
mod following_on;
mod landing;
mod lists;
mod matrix;
mod options;
mod outage;
mod quiet;
mod random;
mod refusals;
mod rights;
mod rollback;
mod rollback_check;
mod rollback_keeps;
mod rollback_refused;
mod rollback_ways;
mod table;
mod timeline;
mod views;
