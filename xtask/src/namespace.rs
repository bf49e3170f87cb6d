//! A network of one's own: everything in it reaches everything else in it, and nothing outside.

use std::env;
use std::process;

use crate::error::Error;
use crate::printer;
use crate::process::Tool;
use crate::workspace::Workspace;

/// Names the run to the process inside.
const VARIABLE: &str = "AUTOMOCK_NAMESPACE_RUN";

/// What runs containers and their network, and the packages of Debian that have it.
const PROGRAMS: [&str; 5] = ["podman", "runc", "haproxy", "ip", "nsenter"];
const INSTALL: &str = "apt-get install -y podman runc haproxy iproute2";

/// What this machine can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ability {
    Containers,
    /// Why not.
    Processes(String),
}

/// The run that this process belongs to, if it is the one inside.
pub(crate) fn run_inside() -> Option<String> {
    env::var(VARIABLE).ok()
}

/// Looks for the programs and for the right to use them.
pub(crate) fn ability(workspace: &Workspace) -> Ability {
    let missing: Vec<_> = PROGRAMS
        .into_iter()
        .filter(|name| !is_there(name))
        .collect();
    if !missing.is_empty() {
        return Ability::Processes(format!(
            "{} not installed: `{INSTALL}` installs what containers need",
            missing.join(", ")
        ));
    }
    let name = format!("am{}", process::id());
    let made = ip(workspace, &["netns", "add", &name]).run_silently();
    drop(ip(workspace, &["netns", "del", &name]).run_silently());
    match made {
        Ok(()) => Ability::Containers,
        Err(_) => Ability::Processes("only root may make network namespaces".to_owned()),
    }
}

/// Whether a program is on the path.
pub(crate) fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Runs this process once more, in a new network namespace, which ends with it.
pub(crate) fn reenter(workspace: &Workspace) -> Result<(), Error> {
    let run = format!("am{}", process::id() % 100_000);
    ip(workspace, &["netns", "add", &run]).run()?;
    let inside = || {
        ip(workspace, &["-n", &run, "link", "set", "lo", "up"]).run()?;
        let program = env::current_exe().map_err(Error::file("/proc/self/exe".as_ref()))?;
        // `ip netns exec` would mount another /sys, without the control groups that containers need.
        Tool::new("nsenter", workspace.root())
            .args([format!("--net=/run/netns/{run}")])
            .args([program])
            .args(env::args_os().skip(1))
            .envs(&[(VARIABLE.into(), run.clone().into())])
            .run()
    };
    let outcome = inside();
    if ip(workspace, &["netns", "del", &run])
        .run_silently()
        .is_err()
    {
        printer::progress(format_args!(
            "warning: the network namespace {run} is still there; `ip netns del {run}` removes it"
        ));
    }
    outcome
}

fn ip(workspace: &Workspace, arguments: &[&str]) -> Tool {
    Tool::new("ip", workspace.root()).args(arguments)
}
