//! What a forecast reckons with: the load, and what is simulated.

use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use automock_forecast::{
    Load, LogLevel, Profile, RequestsPerSecond, Resolution, Scenario, ShapeError, Simulation,
    Summary,
};
use automock_model::Project;
use clap::ValueEnum;

use crate::cost::rate;
use crate::failure::Failure;
use crate::printer::Printer;

/// How long is simulated at least, unless `--seconds` says so: an hour, the least that a gateway is
/// billed for.
const LEAST_SECONDS: u32 = 3_600;

/// A week.
const MOST_SECONDS: u32 = 604_800;

/// What is asked of the mock.
#[derive(Clone, Debug, clap::Args)]
pub struct LoadArgs {
    /// Requests per second, on average; those that are simulated when left out
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub load: Option<RequestsPerSecond>,

    /// Tasks that run on average; those that are simulated, or the fewest of the project, when left out
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub tasks: Option<u32>,

    /// Bytes of a request, head included
    #[arg(long, value_name = "BYTES", default_value_t = Load::idle().request_bytes)]
    pub request_bytes: u32,

    /// Bytes of an answer, head included
    #[arg(long, value_name = "BYTES", default_value_t = Load::idle().response_bytes)]
    pub response_bytes: u32,

    /// Requests over one connection before a client opens another
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = Load::idle().requests_per_connection,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub requests_per_connection: u32,

    /// What a task with MockServer logs; the engine logs no request that it answers
    #[arg(long, value_enum, default_value_t)]
    pub log: LogChoice,
}

/// What a task logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogChoice {
    /// Nothing
    Off,
    /// Nothing for a request
    #[default]
    Warn,
    /// Each request with its answer
    Info,
}

impl LoadArgs {
    /// The load as far as it is given.
    pub(super) fn given(&self) -> Load {
        Load {
            tasks: self.tasks,
            request_bytes: self.request_bytes,
            response_bytes: self.response_bytes,
            requests_per_connection: self.requests_per_connection,
            log_level: match self.log {
                LogChoice::Off => LogLevel::Off,
                LogChoice::Warn => LogLevel::Warn,
                LogChoice::Info => LogLevel::Info,
            },
            ..Load::new(self.load.unwrap_or_default())
        }
    }

    /// The load, with what a simulation shows where nothing is given.
    pub(super) fn with_simulated(&self, simulation: &Simulation, peak: f64) -> Load {
        let summary = &simulation.summary;
        let rate = |rate: f64| RequestsPerSecond::new(rate).unwrap_or_default();
        let mean = summary.served / f64::from(summary.seconds.max(1));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some thousand at most"
        )]
        let tasks = summary.average_tasks.ceil().max(1.0) as u32;
        let given = self.given();
        Load {
            requests_per_second: self.load.unwrap_or(rate(mean)),
            peak: Some(rate(peak)),
            tasks: Some(given.tasks.unwrap_or(tasks)),
            launches_per_hour: later_launches(summary),
            ..given
        }
    }

    /// # Errors
    ///
    /// When more tasks are given than the project has.
    pub(super) fn check(&self, project: &Project) -> Result<(), Failure> {
        match self.tasks {
            Some(tasks) if tasks > project.tasks.max => Err(Failure::TooManyTasks {
                tasks,
                max: project.tasks.max,
            }),
            _ => Ok(()),
        }
    }
}

/// Tasks that scaling started in an hour, on average.
fn later_launches(summary: &Summary) -> u32 {
    let tasks = summary.average_tasks;
    let later = (f64::from(summary.launches) - tasks).max(0.0);
    let hours = f64::from(summary.seconds.max(1)) / 3_600.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "no more than a fleet can start"
    )]
    let per_hour = (later / hours).round() as u32;
    per_hour
}

/// A load over time.
#[derive(Clone, Debug)]
pub enum Offered {
    /// By a file.
    File(PathBuf),
    /// By a shape.
    Shape(Profile),
}

impl FromStr for Offered {
    type Err = ShapeError;

    fn from_str(text: &str) -> Result<Self, ShapeError> {
        let path = PathBuf::from(text);
        // What is no file and looks like a shape is a slip in one.
        if Profile::is_shape(text) || text.contains(':') && !path.exists() {
            return text.parse().map(Self::Shape);
        }
        Ok(Self::File(path))
    }
}

impl Offered {
    fn read(&self) -> Result<Profile, Failure> {
        let path = match self {
            Self::Shape(profile) => return Ok(profile.clone()),
            Self::File(path) => path,
        };
        let text = fs::read_to_string(path).map_err(|error| Failure::read(path, error))?;
        Profile::from_csv(&text).map_err(|source| Failure::Profile {
            path: path.clone(),
            source,
        })
    }
}

/// A load over time, and how it is simulated.
#[derive(Clone, Debug, clap::Args)]
pub struct ProfileArgs {
    /// Simulate this load: a CSV file of seconds and requests per second, or `constant:500`,
    /// `ramp:100:2000:10m` (from, to, duration), `steps:0=60,5m=2400` (time=rate),
    /// `spike:100:2000:5m:30s` (base, peak, time, duration)
    #[arg(long, value_name = "PROFILE", group = "simulated")]
    pub profile: Option<Offered>,

    /// How many seconds of `--profile` to simulate; all of it, and an hour at least, when left out
    #[arg(
        long,
        value_name = "SECONDS",
        requires = "profile",
        conflicts_with = "rps",
        value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_SECONDS))
    )]
    pub seconds: Option<u32>,

    /// How many of a hundred Spot tasks AWS takes back in an hour
    #[arg(
        long,
        value_name = "PERCENT",
        requires = "profile",
        conflicts_with = "rps",
        value_parser = clap::value_parser!(u8).range(..=100)
    )]
    pub spot_interruptions: Option<u8>,

    /// Simulate target tracking with metrics of 20 seconds, which AWS offers and the stack doesn't ask
    /// for
    #[arg(long, requires = "profile", conflicts_with = "rps")]
    pub high_resolution: bool,
}

impl ProfileArgs {
    /// The scenario of a profile, where there is one.
    pub(super) fn scenario(
        &self,
        project: &Project,
        load: &Load,
        per_vcpu: Option<RequestsPerSecond>,
        printer: Printer,
    ) -> Result<Option<Scenario>, Failure> {
        let Some(offered) = &self.profile else {
            return Ok(None);
        };
        let per_vcpu = per_vcpu.ok_or(Failure::NoCapacity)?;
        let profile = offered.read()?;
        let end = profile.end();
        let whole = end.saturating_add(1).clamp(LEAST_SECONDS, MOST_SECONDS);
        let seconds = self.seconds.unwrap_or(whole);
        if seconds < end {
            printer.warning(format_args!(
                "{seconds} s are simulated, and the load goes on until {end} s"
            ));
        }
        let mut scenario = Scenario::new(project.clone(), load.clone(), profile, seconds, per_vcpu);
        if self.high_resolution {
            scenario.resolution = Resolution::High;
        }
        let percent = self.spot_interruptions.unwrap_or_default();
        scenario.spot_interruptions_per_hour = f64::from(percent) / 100.0;
        Ok(Some(scenario))
    }
}
