//! The command line and the environment.

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use automock_server::control::ControlOptions;
use automock_server::http::{IdentityError, ServerOptions};
use automock_server::journal::JournalLimits;
use automock_server::source::ObjectPrefix;
use clap::Parser;
use clap::builder::OsStringValueParser;
use ipnet::IpNet;

use crate::machine::Machine;
use crate::metrics::Destination;
use crate::network::NetworkArguments;
use crate::stop::Times;

/// Serves a mock HTTP API from MockServer expectations until it is told to stop.
///
/// Each option can be given as a variable of the environment. What is saved is served at once; what is
/// broken is told, and the old expectations stay.
#[derive(Debug, Parser)]
#[command(name = "automock-server", version)]
pub(crate) struct Arguments {
    /// File or folder with expectations, `s3://bucket/key`, `https://host/path`, or `-` for standard input;
    /// without it there are none until a client creates some
    #[arg(env = "AUTOMOCK_SOURCE", value_parser = OsStringValueParser::new())]
    source: Option<OsString>,

    /// Seconds between two looks at a source on the network
    #[arg(long, env = "AUTOMOCK_POLL_SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=600))]
    poll_seconds: u64,

    /// Where to confirm each revision that is served or refused: `s3://bucket/prefix`
    #[arg(long, env = "AUTOMOCK_CONFIRM", value_name = "PREFIX")]
    pub(crate) confirm: Option<ObjectPrefix>,

    /// Name to confirm with [default: the id of the ECS task]
    #[arg(long, env = "AUTOMOCK_TASK_ID", value_name = "NAME")]
    pub(crate) task_id: Option<String>,

    /// Address to listen on
    #[arg(long, env = "AUTOMOCK_HOST", default_value = "0.0.0.0")]
    host: IpAddr,

    /// Port to listen on; 0 takes any that is free
    #[arg(long, env = "AUTOMOCK_PORT", default_value_t = 1080)]
    port: u16,

    /// Threads that answer [default: as many as there are processors]
    #[arg(long, env = "AUTOMOCK_WORKERS")]
    workers: Option<NonZeroUsize>,

    /// Who may use the control API: networks such as 10.0.0.0/8, separated by commas; nobody by default
    #[arg(long, env = "AUTOMOCK_CONTROL_FROM", value_delimiter = ',')]
    control_from: Vec<IpNet>,

    /// Bearer token that each control request must carry
    #[arg(
        long,
        env = "AUTOMOCK_CONTROL_TOKEN",
        requires = "control_from",
        hide_env_values = true
    )]
    control_token: Option<String>,

    /// Path that answers GET as long as the server runs
    #[arg(long, env = "AUTOMOCK_LIVENESS_PATH")]
    liveness_path: Option<String>,

    /// Hosts that expectations may forward requests to, separated by commas; nobody by default
    #[arg(long, env = "AUTOMOCK_FORWARD_TO", value_delimiter = ',')]
    forward_to: Vec<String>,

    /// Memory for all request bodies together, in MiB; a body that does not fit now gets 503, one that never
    /// fits 413 [default: a quarter of the memory limit of the container or its task, or 256]
    #[arg(long, env = "AUTOMOCK_BODY_MEMORY_MIB", value_name = "MIB")]
    body_memory: Option<u32>,

    /// PEM file with authorities to trust besides those of the machine, where requests are forwarded over TLS.
    /// The image has none of its own; `SSL_CERT_FILE` names a bundle that takes their place
    #[arg(long, env = "AUTOMOCK_FORWARD_CA", value_name = "FILE")]
    forward_ca: Option<PathBuf>,

    #[command(flatten)]
    network: NetworkArguments,

    /// Requests that the journal keeps; counts are exact whatever this says
    #[arg(long, env = "AUTOMOCK_JOURNAL_REQUESTS", default_value_t = 1_000)]
    journal_requests: u64,

    /// Bytes that the journal keeps
    #[arg(long, env = "AUTOMOCK_JOURNAL_BYTES", default_value_t = automock_model::JOURNAL_BYTES)]
    journal_bytes: u64,

    /// Namespace of the metrics that are written to the log once a second, in CloudWatch's embedded format;
    /// none are written without it
    #[arg(long, env = "AUTOMOCK_METRICS_NAMESPACE")]
    metrics_namespace: Option<String>,

    /// Dimensions of these metrics, as in `Stack=pets,Service=mock`
    #[arg(
        long,
        env = "AUTOMOCK_METRICS_DIMENSIONS",
        value_delimiter = ',',
        value_parser = dimension,
        requires = "metrics_namespace"
    )]
    metrics_dimensions: Vec<(String, String)>,

    /// Seconds after SIGTERM in which readiness fails and everything is served, until load balancers have
    /// noticed; the grace follows
    #[arg(long, env = "AUTOMOCK_DRAIN_SECONDS", default_value_t = 0)]
    drain_seconds: u64,

    /// Seconds that requests in progress may take once no connection is accepted any more
    #[arg(long, env = "AUTOMOCK_GRACE_SECONDS", default_value_t = 8)]
    grace_seconds: u64,
}

impl Arguments {
    pub(crate) fn times(&self) -> Times {
        Times {
            drain: Duration::from_secs(self.drain_seconds),
            grace: Duration::from_secs(self.grace_seconds),
        }
    }

    pub(crate) fn poll(&self) -> Duration {
        Duration::from_secs(self.poll_seconds)
    }

    pub(crate) fn journal(&self) -> JournalLimits {
        JournalLimits {
            requests: self.journal_requests,
            bytes: self.journal_bytes,
        }
    }

    /// The memory that there is for expectations.
    pub(crate) fn room(&self, machine: &Machine) -> Option<u64> {
        machine.room(self.body_memory, self.journal_bytes)
    }

    pub(crate) fn metrics(&self) -> Option<Destination> {
        let namespace = self.metrics_namespace.clone()?;
        Some(Destination {
            namespace,
            dimensions: self.metrics_dimensions.clone(),
        })
    }

    /// Where expectations come from. A variable that is empty names nothing, which is how a container is started
    /// without the source that its image names.
    pub(crate) fn source(&self) -> Option<&Path> {
        self.source
            .as_deref()
            .filter(|source| !source.is_empty())
            .map(Path::new)
    }

    /// How the server is set up.
    ///
    /// # Errors
    /// When a certificate cannot be used.
    pub(crate) fn server(&self, machine: &Machine) -> Result<ServerOptions, IdentityError> {
        let mut options = ServerOptions::new(SocketAddr::new(self.host, self.port));
        options.workers = self.workers;
        options.grace = self.times().grace;
        options.forward.hosts.clone_from(&self.forward_to);
        options.forward.ca_file.clone_from(&self.forward_ca);
        self.network.apply(&mut options)?;
        options.control = ControlOptions {
            // An empty list of networks would stand for all of them.
            enabled: !self.control_from.is_empty(),
            sources: self.control_from.clone(),
            token: self.control_token.clone(),
            liveness_path: self.liveness_path.clone(),
            // A container has one port, and its orchestrator stops it.
            stop: false,
            bind: false,
            ..ControlOptions::default()
        };
        machine.limit(&mut options, self.body_memory);
        Ok(options)
    }
}

fn dimension(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err(format!(
            "{text:?} is not a name with a value, as in Stack=pets"
        )),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn control_is_closed_until_somebody_is_named() {
        let options = parse("automock-server mock.json")
            .unwrap()
            .server(&Machine::find())
            .unwrap();
        assert!(!options.control.enabled);
        let named = parse("automock-server --control-from 10.0.0.0/8,127.0.0.1/32 mock.json");
        let options = named.unwrap().server(&Machine::find()).unwrap();
        assert!(options.control.enabled);
        assert_eq!(options.control.sources.len(), 2);
        assert!(!options.control.stop && !options.control.bind);
        assert!(parse("automock-server --control-token secret mock.json").is_err());
    }

    #[test]
    fn an_empty_source_is_none() {
        for (line, source) in [
            ("automock-server", None),
            ("automock-server mock.json", Some("mock.json")),
            ("automock-server -", Some("-")),
        ] {
            assert_eq!(
                parse(line).unwrap().source(),
                source.map(Path::new),
                "{line}"
            );
        }
        let empty = Arguments::try_parse_from(["automock-server", ""]).unwrap();
        assert_eq!(empty.source(), None);
    }

    #[test]
    fn metrics_have_dimensions() {
        let line = "automock-server --metrics-namespace A --metrics-dimensions b=c,d=e=f mock.json";
        let destination = parse(line).unwrap().metrics().unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(destination.dimensions, [pair("b", "c"), pair("d", "e=f")]);
        assert_eq!(parse("automock-server mock.json").unwrap().metrics(), None);
        for wrong in ["b", "=c", "b="] {
            let line = format!(
                "automock-server --metrics-namespace A --metrics-dimensions {wrong} mock.json"
            );
            assert!(parse(&line).is_err(), "{wrong}");
        }
    }
}
