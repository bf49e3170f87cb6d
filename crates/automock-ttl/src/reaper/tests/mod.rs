//! The reaper in a world of memory and virtual time: whole lives, crashes, faults, races.

mod crashes;
mod held;
mod lives;
mod port;
mod races;
mod world;
