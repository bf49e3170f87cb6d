//! What the live rehearsal plays on: emulator, registry, images, project and the `automock` program.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use automock_testkit::{Emulator, ImageRegistry, LiveOptions, LiveState};
use serde_json::Value;

use super::arguments::RehearseArguments;
use super::project::Project;
use super::second_image;
use super::timeline::Timeline;
use crate::commands::image;
use crate::commands::package;
use crate::error::Error;
use crate::mockserver::{Image, PublicRegistry};
use crate::podman::Podman;
use crate::process::Tool;
use crate::terraform::Terraform;
use crate::workspace::Workspace;

/// Beyond so many tasks of a quarter of a processor, a machine with two could not run what they pay for.
const TASKS_WITH_QUOTA: u32 = 8;

/// How long the nodes of a load balancer take to hear of a deregistration.
const PROPAGATION_SECONDS: u32 = 2;

/// An account with a live fleet, and a project.
pub(super) struct LiveStage {
    pub(super) emulator: Emulator,
    /// Serves the images; ends with the stage.
    _registry: ImageRegistry,
    automock: PathBuf,
    pub(super) project: Project,
    /// Two images of the same engine; none of MockServer, which the deployment finds itself.
    pub(super) images: Option<[PathBuf; 2]>,
    /// Where it finds it; ends with the stage.
    _public: Option<PublicRegistry>,
    variables: Vec<(OsString, OsString)>,
}

impl LiveStage {
    pub(super) fn set(
        workspace: &Workspace,
        arguments: &RehearseArguments,
        run: &str,
        has_containers: bool,
    ) -> Result<Self, Error> {
        let terraform = Terraform::prepare(workspace)?;
        let emulator = Emulator::start()?;
        let registry = ImageRegistry::start()?;
        let folder = workspace.scratch().join("live-rehearsal");
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(Error::file(&folder))?;
        }
        // Sockets and podman's folders have short paths, so theirs begin with a short one.
        let fleet = std::env::temp_dir().join(format!("automock-{run}"));
        let public = if arguments.is_mockserver() {
            let podman = Podman::new(fleet.join("publish"))?;
            Some(PublicRegistry::start(workspace, &podman, &Image::BOTH)?)
        } else {
            None
        };
        let named = public
            .as_ref()
            .map(|it| Image::BOTH.map(|image| it.name(image)));
        let project = Project::new(&folder.join("project"), arguments, named)?;
        let options = LiveOptions {
            run: run.to_owned(),
            containers: has_containers,
            cpu_quota: project.most_tasks() <= TASKS_WITH_QUOTA,
            spot_deregistration_seconds: (!arguments.spot_order).then_some(PROPAGATION_SECONDS),
        };
        emulator.start_live(&options, &registry, &fleet)?;
        let images = if arguments.is_mockserver() {
            None
        } else {
            let first = image::destination(workspace, arguments.image.as_deref());
            let second = folder.join("second-image");
            second_image::relabel(&first, &second)?;
            Some([first, second])
        };
        let automock = match &arguments.automock {
            Some(program) => std::path::absolute(program).map_err(Error::file(program))?,
            None => workspace.binary("automock"),
        };
        let package = package::destination(workspace, arguments.reaper_package.as_deref());
        let mut variables = terraform.environment().to_vec();
        let own = emulator.env();
        variables.extend(own.iter().map(|(name, value)| (name.into(), value.into())));
        variables.extend([
            ("AUTOMOCK_REAPER_PACKAGE".into(), package.into()),
            ("AUTOMOCK_IMAGE_REGISTRY".into(), registry.url().into()),
        ]);
        Ok(Self {
            emulator,
            _registry: registry,
            automock,
            project,
            images,
            _public: public,
            variables,
        })
    }

    /// Deploys the project: the first image or the second.
    pub(super) fn deploy(&self, timeline: &mut Timeline<'_>, image: usize) -> Result<Value, Error> {
        let mut arguments = vec!["deploy", "--yes"];
        let image = self
            .images
            .as_ref()
            .map(|all| all[image].display().to_string());
        if let Some(image) = &image {
            arguments.extend(["--engine-image", image]);
        }
        self.automock(timeline, &arguments)
    }

    /// Runs a command as a person would, and gives what it says to programs.
    pub(super) fn automock(
        &self,
        timeline: &mut Timeline<'_>,
        arguments: &[&str],
    ) -> Result<Value, Error> {
        let tool = self.command(timeline, arguments);
        let text = timeline.while_it_runs(|| tool.capture())?;
        serde_json::from_str(&text).map_err(|error| Error::Malformed {
            path: format!("what `automock {}` wrote", arguments.join(" ")),
            reason: error.to_string(),
        })
    }

    /// Runs a command that is to fail: its exit code, and what it says.
    pub(super) fn automock_fails(
        &self,
        timeline: &mut Timeline<'_>,
        arguments: &[&str],
    ) -> Result<(Option<i32>, String), Error> {
        let tool = self.command(timeline, arguments);
        let (status, text) = timeline.while_it_runs(|| tool.collect())?;
        Ok((status.code(), text))
    }

    fn command(&self, timeline: &Timeline<'_>, arguments: &[&str]) -> Tool {
        let shown: Vec<_> = arguments.iter().map(|word| short(word)).collect();
        timeline.say(format_args!("$ automock {}", shown.join(" ")));
        Tool::new(&self.automock, &self.project.folder)
            .args(arguments)
            .args(["--output", "json", "--quiet"])
            .envs(&self.variables)
    }

    /// Where the stack's load balancer listens.
    pub(super) fn address(&self) -> Result<SocketAddr, Error> {
        let state = self.emulator.live(u64::MAX)?;
        let balancer = state.load_balancers.first();
        let address = balancer.and_then(|it| format!("{}:80", it.address).parse().ok());
        address.ok_or_else(|| Error::Rehearsal("there is no load balancer".into()))
    }
}

/// A path of this machine says nothing to a reader.
fn short(word: &str) -> String {
    let path = std::path::Path::new(word);
    match path.file_name().and_then(OsStr::to_str) {
        Some(name) if path.is_absolute() => format!("…/{name}"),
        _ => word.to_owned(),
    }
}

/// How many tasks get traffic.
pub(super) fn healthy(state: &LiveState) -> u32 {
    let count = state.tasks.iter().filter(|task| task.is_healthy()).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}
