//! From a project and the settings of a run to the files of a workspace.

use std::fs;
use std::path::Path;

use automock_hcl::{
    AppliedBy, Architecture, Backend, EXPECTATIONS_FILE, ReaperOptions, RenderOptions, WriteReport,
    render,
};
use automock_model::{AccountId, Expectations, Foundation, Project};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::aws::Session;
use crate::engine_image::{EngineImage, Mirror};
use crate::reaper_package;
use crate::settings::{ControlToken, Settings, StateLocation};
use crate::workspace::ExtraFile;

/// Name of the reaper's package inside a workspace.
pub(crate) const REAPER_FILE: &str = "reaper.zip";

/// What [`render_to`] needs.
#[derive(Clone, Copy, Debug)]
pub struct RenderRequest<'a> {
    /// The project.
    pub project: &'a Project,
    /// Its expectations.
    pub expectations: &'a Expectations,
    /// The settings, of which only the state's location matters.
    pub settings: &'a Settings,
}

/// Writes a workspace that needs no account to be written: names and bucket are left to terraform.
///
/// # Errors
///
/// When the folder can't be written.
pub fn render_to(request: &RenderRequest<'_>, dir: &Path) -> Result<WriteReport, Error> {
    let options = RenderOptions {
        backend: backend(request.project, request.settings, None, false),
        applied_by: AppliedBy::Terraform,
        longest_answer: request.expectations.longest_answer().wait,
        ..RenderOptions::default()
    };
    let report = render(request.project, &options).write_to(dir)?;
    let path = dir.join(EXPECTATIONS_FILE);
    fs::write(
        &path,
        request.expectations.compose(request.project.engine.kind),
    )
    .map_err(Error::io("write", path))?;
    Ok(report)
}

/// Renders a stack's workspace for a known account.
pub(crate) fn stack_workspace(
    project: &Project,
    expectations: &Expectations,
    settings: &Settings,
    session: &Session,
    parts: &Parts,
) -> automock_hcl::Workspace {
    let account = session.account_id();
    let foundation = Foundation::new(account.clone(), project.region.clone());
    let options = RenderOptions {
        backend: backend(project, settings, Some(account), session.path_style()),
        path_style: session.path_style(),
        account_id: Some(account.clone()),
        reaper: parts.reaper.as_ref().map(|it| reaper(&foundation, it)),
        engine_image: parts
            .engine
            .as_ref()
            .map(|it| it.in_repository(&foundation)),
        longest_answer: expectations.longest_answer().wait,
        applied_by: AppliedBy::Automock,
    };
    match &parts.mirror {
        Some(mirror) => render(&mirror.apply(project, &foundation), &options),
        None => render(project, &options),
    }
}

/// Where the state of a project's stack lives.
pub(crate) fn backend(
    project: &Project,
    settings: &Settings,
    account: Option<&AccountId>,
    path_style: bool,
) -> Backend {
    match settings.state {
        StateLocation::Local => Backend::Local {
            path: Settings::local_state_file().display().to_string(),
        },
        StateLocation::S3 => Backend::S3 {
            bucket: account
                .map(|account| Foundation::new(account.clone(), project.region.clone()).bucket()),
            key: Foundation::stack_state_key(&project.stack_id()),
            region: project.region.to_string(),
            lock_table: None,
            path_style,
        },
    }
}

/// The reaper's package, checked.
#[derive(Debug)]
pub(crate) struct ReaperPackage {
    pub(crate) bytes: Vec<u8>,
    pub(crate) architecture: Architecture,
}

impl ReaperPackage {
    fn read(path: &Path) -> Result<Self, Error> {
        let bytes = fs::read(path).map_err(Error::io("read", path))?;
        let architecture =
            reaper_package::architecture(&bytes).map_err(|source| Error::ReaperPackage {
                path: path.to_owned(),
                source,
            })?;
        Ok(Self {
            bytes,
            architecture,
        })
    }
}

fn reaper(foundation: &Foundation, package: &ReaperPackage) -> ReaperOptions {
    ReaperOptions {
        role_arn: foundation.reaper_role_arn(),
        log_group_name: Foundation::REAPER_LOG_GROUP.to_owned(),
        topic_arn: foundation.topic_arn(),
        package_file: REAPER_FILE.to_owned(),
        package_sha256: BASE64.encode(Sha256::digest(&package.bytes)),
        state_bucket: foundation.bucket(),
        architecture: package.architecture,
    }
}

/// What a stack is made of beside its configuration, where the project needs it.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) reaper: Option<ReaperPackage>,
    pub(crate) engine: Option<EngineImage>,
    pub(crate) mirror: Option<Mirror>,
}

/// Reads the parts that the project needs, and refuses what could not work.
///
/// # Errors
///
/// When a time to live meets local state, or a part is missing, unreadable or nothing that AWS
/// starts, or control access is open without a token.
pub(crate) fn check_settings(project: &Project, settings: &Settings) -> Result<Parts, Error> {
    if !project.access.control.is_empty() {
        let acceptable = settings
            .control_token
            .as_ref()
            .is_some_and(ControlToken::is_acceptable);
        if !acceptable {
            return Err(Error::NoControlToken);
        }
    }
    Ok(Parts {
        reaper: reaper_package(project, settings)?,
        engine: engine_image(project, settings)?,
        mirror: None,
    })
}

fn reaper_package(project: &Project, settings: &Settings) -> Result<Option<ReaperPackage>, Error> {
    if project.ttl.duration.seconds().is_none() {
        return Ok(None);
    }
    if settings.state == StateLocation::Local {
        return Err(Error::TtlNeedsFoundation);
    }
    let path = settings
        .reaper_package
        .as_ref()
        .ok_or(Error::NoReaperPackage)?;
    ReaperPackage::read(path).map(Some)
}

fn engine_image(project: &Project, settings: &Settings) -> Result<Option<EngineImage>, Error> {
    if project.engine.mock.is_some() {
        return Ok(None);
    }
    let path = settings.engine_image.as_ref().ok_or(Error::NoEngineImage)?;
    let image = EngineImage::read(path).map_err(|source| Error::EngineImage {
        path: path.clone(),
        source,
    })?;
    Ok(Some(image))
}

/// The files of a workspace that are not rendered.
pub(crate) fn extra_files<'a>(
    project: &Project,
    expectations: &Expectations,
    parts: &'a Parts,
) -> Vec<ExtraFile<'a>> {
    let mut files = vec![ExtraFile {
        name: EXPECTATIONS_FILE,
        bytes: expectations
            .compose(project.engine.kind)
            .into_bytes()
            .into(),
    }];
    files.extend(parts.reaper.as_ref().map(|package| ExtraFile {
        name: REAPER_FILE,
        bytes: (&package.bytes).into(),
    }));
    files
}
