//! The real binary on a pseudo-terminal (and without one), judged by what an emulator shows and by what the terminal was told.

mod command;
mod deck;
mod screen;
mod status;
mod terminal;
