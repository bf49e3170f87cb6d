//! The Lambda function that ends a stack when its time is up.
//!
//! Each stack carries one such function, and an EventBridge rule that calls it every few minutes.
//! A call is one tick of the [reaper](automock_ttl::reaper): it looks what is due and does as much
//! as the time allows; the next tick goes on. Everything that is decided is decided there. This
//! crate reads the environment, makes the clients of AWS, writes the logs, and says in JSON what
//! came of it.
//!
//! The binary `bootstrap` is what the runtime `provided.al2023` starts. [`run`] is all it does.
//!
//! # The contract with Lambda
//!
//! - A configuration that can't work is an init error with a type, such as
//!   `MissingVariable`, before the first event.
//! - An event is only logged, so `{}` from a person's hand does the same as one of EventBridge.
//! - The result is an [`Outcome`], such as `{"stack":"petstore-dev","outcome":"idle"}`.
//! - A tick that fails is an error of the invocation, with a type such as `Objects` and the whole
//!   chain of causes. A panic ends the packaged process after its words are in the log. Lambda
//!   counts both and tries again.
//! - Logs are lines of JSON on standard output, one per event. They name resources and AWS's
//!   answers, and no secrets.
//!
//! # Ticks in another program
//!
//! A [`Function`] needs no Lambda. A program that runs somewhere else, on a schedule of its own,
//! can do the ticks of a stack as well:
//!
//! ```no_run
//! use automock_lambda::{Function, Outcome, Settings};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let settings = Settings {
//!     stack: "petstore-dev".parse()?,
//!     state_bucket: "automock-123456789012-us-east-1".to_owned(),
//!     topic_arn: "arn:aws:sns:us-east-1:123456789012:automock".to_owned(),
//!     path_style: false,
//! };
//! let function = Function::connect(settings).await?;
//! let tick = function.tick("nightly-2026-01-02", None).await?;
//! println!("{}", Outcome::new(function.stack(), &tick));
//! # Ok(())
//! # }
//! ```

mod error;
mod function;
mod line;
mod logs;
mod outcome;
mod runtime;
mod settings;

pub use error::{StartError, TickError};
pub use function::Function;
pub use outcome::Outcome;
pub use runtime::run;
pub use settings::{Settings, SettingsError};
