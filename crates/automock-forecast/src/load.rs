//! The load that a stack is expected to carry, and what a request is like.

use automock_model::EngineKind;
use serde::Serialize;

/// Requests in a second: finite and not negative.
///
/// ```
/// # use automock_forecast::RequestsPerSecond;
/// assert_eq!(RequestsPerSecond::new(250.0).unwrap().get(), 250.0);
/// assert!(RequestsPerSecond::new(f64::NAN).is_err());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct RequestsPerSecond(f64);

/// A number of requests per second that no load has.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} is no number of requests per second; it is 0 to {max}", max = RequestsPerSecond::MAX)]
pub struct InvalidRate(f64);

impl RequestsPerSecond {
    /// A billion: far beyond what any fleet of 5,000 tasks serves.
    pub const MAX: f64 = 1e9;

    /// No load.
    pub const ZERO: Self = Self(0.0);

    /// Checks a number.
    ///
    /// # Errors
    /// It is not a number, negative or more than [`RequestsPerSecond::MAX`].
    pub fn new(rate: f64) -> Result<Self, InvalidRate> {
        let is_rate = (0.0..=Self::MAX).contains(&rate);
        is_rate.then_some(Self(rate)).ok_or(InvalidRate(rate))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// The nearest rate to a number.
    pub(crate) fn clamped(rate: f64) -> Self {
        Self(if rate.is_nan() {
            0.0
        } else {
            rate.clamp(0.0, Self::MAX)
        })
    }

    /// The same load times a factor, within the bounds.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self::clamped(self.0 * factor)
    }
}

/// How much MockServer writes to its log. The engine writes nothing for a request that it answers, and
/// has no levels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Nothing at all.
    Off,
    /// Warnings and errors: what the stack sets, and nothing per request.
    #[default]
    Warn,
    /// Each request with its answer.
    Info,
}

impl LogLevel {
    /// Bytes that one request adds to the log.
    ///
    /// At `INFO`, MockServer writes the received request, and then the request again with the
    /// matched expectation's answer, each with a frame of words, time and correlation id
    /// (<https://www.mock-server.com/mock_server/debugging_issues.html>). The frames are taken as
    /// 400 bytes each; CloudWatch adds 26 bytes to each of the two events
    /// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>).
    #[must_use]
    pub fn bytes_per_request(self, request_bytes: u32, response_bytes: u32) -> u64 {
        const FRAME_BYTES: u64 = 400;
        const EVENT_BYTES: u64 = 26;
        match self {
            Self::Off | Self::Warn => 0,
            Self::Info => {
                let bodies = 2 * u64::from(request_bytes) + u64::from(response_bytes);
                bodies + 2 * (FRAME_BYTES + EVENT_BYTES)
            }
        }
    }
}

/// The processors that the tasks run on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// `X86_64`, which the stack's task definition says.
    #[default]
    X86,
    /// `ARM64`.
    Arm,
}

/// What a stack is expected to carry.
///
/// [`Load::new`] has a guess for everything but the rate; each guess is a field to be replaced by
/// what one knows.
///
/// ```
/// # use automock_forecast::{Load, RequestsPerSecond};
/// let load = Load {
///     response_bytes: 20_000,
///     ..Load::new(RequestsPerSecond::new(500.0)?)
/// };
/// assert_eq!(load.requests_per_connection, 100);
/// # Ok::<(), automock_forecast::InvalidRate>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Load {
    /// Requests per second, as an average over the time in question.
    pub requests_per_second: RequestsPerSecond,
    /// Requests per second that all tasks together get at the most; `None` if the load grows with
    /// the tasks, each as busy as on average.
    pub peak: Option<RequestsPerSecond>,
    /// Bytes of a request with its headers.
    pub request_bytes: u32,
    /// Bytes of an answer with its headers.
    pub response_bytes: u32,
    /// Requests that a client sends over one connection before it opens another; 1 without
    /// keep-alive.
    pub requests_per_connection: u32,
    /// How long a client keeps a connection.
    pub connection_seconds: u32,
    /// Tasks that run on average; `None` for the project's minimum.
    pub tasks: Option<u32>,
    /// Tasks that scaling starts in an hour, beyond those at the start.
    pub launches_per_hour: u32,
    /// How much the mock server logs.
    pub log_level: LogLevel,
    /// The processors of the tasks.
    pub architecture: Architecture,
    /// Ephemeral storage of a task in GB. The stack asks for none beyond the 20 GB that Fargate
    /// includes.
    pub ephemeral_storage_gb: u32,
    /// Size of the mock server's image as it is pulled, compressed; `None` for the usual one of its
    /// kind, see [`Load::mock_image_mib`].
    pub mock_image_mib: Option<u32>,
    /// Size of the image of MockServer's loader as it is pulled, compressed.
    pub loader_image_mib: u32,
    /// Size of the expectations file.
    pub expectations_bytes: u64,
}

impl Load {
    /// A load of small JSON answers over connections that are kept: 500 bytes in, 2,000 bytes out,
    /// 100 requests per connection, connections of a minute. The loader's image is taken as
    /// 130 MiB, about what the public registry shows for the AWS CLI.
    #[must_use]
    pub fn new(requests_per_second: RequestsPerSecond) -> Self {
        Self {
            requests_per_second,
            peak: None,
            request_bytes: 500,
            response_bytes: 2_000,
            requests_per_connection: 100,
            connection_seconds: 60,
            tasks: None,
            launches_per_hour: 0,
            log_level: LogLevel::default(),
            architecture: Architecture::default(),
            ephemeral_storage_gb: 20,
            mock_image_mib: None,
            loader_image_mib: 130,
            expectations_bytes: 1_000_000,
        }
    }

    /// A stack that nobody calls.
    #[must_use]
    pub fn idle() -> Self {
        Self::new(RequestsPerSecond::ZERO)
    }

    /// Size of the mock server's image as it is pulled, compressed, in MiB.
    ///
    /// What is not said is taken as 6 MiB for AutoMock's engine, whose image has one layer of 5.4 MiB
    /// (`cargo xtask image`), and as 180 MiB for MockServer, about what Docker Hub shows for
    /// `mockserver/mockserver`.
    #[must_use]
    pub fn mock_image_mib(&self, kind: EngineKind) -> u32 {
        self.mock_image_mib.unwrap_or(match kind {
            EngineKind::AutoMock => 6,
            EngineKind::MockServer => 180,
        })
    }

    /// Bytes that one request adds to the log.
    #[must_use]
    pub fn log_bytes_per_request(&self) -> u64 {
        self.log_level
            .bytes_per_request(self.request_bytes, self.response_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_are_rates() {
        for bad in [f64::NAN, f64::INFINITY, -1.0, 1e10] {
            assert!(RequestsPerSecond::new(bad).is_err(), "{bad}");
        }
        let rate = RequestsPerSecond::new(10.0).unwrap();
        assert!((rate.times(1.5).get() - 15.0).abs() < f64::EPSILON);
        assert!((rate.times(f64::INFINITY).get() - RequestsPerSecond::MAX).abs() < 1.0);
        assert!(RequestsPerSecond::ZERO.times(f64::INFINITY).get().abs() < f64::EPSILON);
    }

    #[test]
    fn only_info_logs_requests() {
        assert_eq!(LogLevel::Warn.bytes_per_request(500, 2000), 0);
        assert_eq!(LogLevel::Info.bytes_per_request(500, 2000), 3852);
    }
}
