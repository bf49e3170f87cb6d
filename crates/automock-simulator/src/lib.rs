//! AWS's rules of deletion in virtual time, to try teardowns on.
//!
//! A teardown of minutes runs here in milliseconds, and always in the same way for the same seed.
//! The reaper of `automock_ttl` runs as it is; what it sees of AWS is simulated, call by call.
//!
//! # The world
//!
//! A [`State`](state::State) is everything there is at a moment: [`Thing`](thing::Thing)s with
//! their tags and what is special about their kind, small objects of the foundation's bucket, and
//! mails that went out. Each thing knows whose it is *in truth*, which no call shows; whoever
//! changes a foreign one leaves a violation behind.
//!
//! [`build`] makes whole stacks as the Terraform modules do, in each network mode, or any first
//! part of one; and decoys, which have to survive.
//!
//! [`cloud`] has AWS's rules, one function for each call: what it does and what it answers, with
//! AWS's codes, when something else has to go first, when it is gone already, when it only begins
//! to go. [`delays`] says how long that takes.
//!
//! # A call
//!
//! The ports of `automock_ttl` are implemented for [`Client`](simulation::Client). A removal that
//! is several calls in the adapter to AWS is as many calls here, and a look is one call for each
//! list. Before and after each call something can go wrong: AWS throttles or fails, the answer
//! gets lost ([`faults`]), or the process dies, which means that its future is never polled again.
//!
//! # A life
//!
//! [`Scene`](life::Scene) is a world before the first tick, and opening it makes a
//! [`Life`](life::Life): EventBridge's rule wakes the function while both exist, Lambda stops a
//! run at its deadline and tries it again when it died or failed, and [`check`] says afterwards
//! what is wrong with the world.
//!
//! ```
//! use automock_simulator::build::Mode;
//! use automock_simulator::life::Scene;
//! use automock_simulator::simulation::Settings;
//!
//! let life = Scene::new(Mode::Private).open(Settings::calm(7));
//! life.wake_by_rule();
//! life.run_for_hours(3);
//! assert_eq!(life.problems(), Vec::<String>::new());
//! ```
//!
//! Time is an executor of its own, [`time`], that jumps from one event to the next.

pub mod build;
pub mod check;
pub mod cloud;
pub mod delays;
pub mod faults;
mod lease;
pub mod life;
pub mod parallel;
mod ports;
pub mod random;
pub mod schedule;
pub mod simulation;
pub mod state;
pub mod thing;
pub mod time;
