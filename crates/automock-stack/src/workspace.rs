//! The Terraform workspace of a stack on disk: rendered, initialised, ready to run.

use std::borrow::Cow;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use automock_tf::command::{BackendMode, InitOptions};
use automock_tf::event::Events as TfEvents;
use automock_tf::{Binary, Cancel, Cause, Environment, Terraform};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::events::Events;
use crate::plan::PLAN_FILE;
use crate::settings::Settings;

/// Remembers inside `.terraform` what the folder was initialised for.
const INIT_STAMP: &str = ".terraform/automock-init";

/// Finds terraform and checks its version.
pub(crate) async fn locate_terraform(settings: &Settings) -> Result<Terraform, Error> {
    let binary = settings.terraform.clone().map_or(Binary::Any, Binary::At);
    let mut environment = Environment::inherit(settings.environment.clone());
    if let Some(token) = &settings.control_token {
        environment = environment.variable("control_token", token.expose());
    }
    Ok(Terraform::locate(&binary, environment).await?)
}

/// What terraform leaves when it can't store its state.
const ERRORED_STATE: &str = "errored.tfstate";

/// A workspace folder and the terraform that runs in it; nobody else works there while it exists.
#[derive(Debug)]
pub(crate) struct StackWorkspace {
    dir: PathBuf,
    terraform: Terraform,
    init_key: String,
    _lock: File,
}

/// A plan on disk. It holds the values of the configuration, secrets among them, and is removed
/// when nobody needs it any more.
#[derive(Debug)]
pub(crate) struct PlanFile(PathBuf);

impl Drop for PlanFile {
    fn drop(&mut self) {
        // One that was never written, or is gone already, is as good as removed.
        let _ = fs::remove_file(&self.0);
    }
}

/// A file of the workspace that is not rendered: expectations, the reaper's package.
pub(crate) struct ExtraFile<'a> {
    pub(crate) name: &'a str,
    pub(crate) bytes: Cow<'a, [u8]>,
}

impl StackWorkspace {
    /// Writes the rendered files; touches no file that has not changed.
    pub(crate) fn write(
        terraform: &Terraform,
        dir: PathBuf,
        rendered: &automock_hcl::Workspace,
        extra: &[ExtraFile<'_>],
    ) -> Result<Self, Error> {
        let lock = lock_folder(&dir)?;
        let errored = dir.join(ERRORED_STATE);
        if errored.exists() {
            return Err(Error::UnsavedState { path: errored });
        }
        rendered.write_to(&dir)?;
        for file in extra {
            write_if_changed(&dir.join(file.name), &file.bytes)?;
        }
        Ok(Self {
            init_key: init_key(terraform, rendered),
            dir,
            terraform: terraform.clone(),
            _lock: lock,
        })
    }

    /// The plan that the next `plan` will write.
    pub(crate) fn plan_file(&self) -> PlanFile {
        PlanFile(self.dir.join(PLAN_FILE))
    }

    pub(crate) fn terraform(&self) -> automock_tf::Workspace {
        self.terraform.workspace(&self.dir)
    }

    /// Runs `terraform init` unless the folder is initialised for exactly these files.
    pub(crate) async fn init(&self, events: &Events) -> Result<(), Error> {
        let stamp = self.dir.join(INIT_STAMP);
        if fs::read_to_string(&stamp).is_ok_and(|found| found == self.init_key) {
            return Ok(());
        }
        self.force_init(events).await
    }

    /// Runs `terraform init` in any case.
    pub(crate) async fn force_init(&self, events: &Events) -> Result<(), Error> {
        events.step("initialising terraform");
        // The backend block is AutoMock's own: when it changed, the old one is of no interest.
        let options = InitOptions::default().backend_mode(BackendMode::Reconfigure);
        self.terraform()
            .init(&options, &TfEvents::none(), &Cancel::never())
            .await
            .map_err(Error::terraform("initialise the workspace"))?;
        let stamp = self.dir.join(INIT_STAMP);
        fs::write(&stamp, &self.init_key).map_err(Error::io("write", stamp))
    }
}

/// Makes the data folder private and takes the workspace folder for this process; the operating
/// system gives it back when the process ends.
fn lock_folder(dir: &Path) -> Result<File, Error> {
    let data = dir.parent().unwrap_or(dir);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(Error::io("create", data))?;
    write_if_changed(&data.join(".gitignore"), b"*\n")?;
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    let path = data.join(name);
    let file = File::create(&path).map_err(Error::io("create", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::FolderBusy {
            path: dir.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(Error::io("lock", path)(error)),
    }
}

/// Whether terraform asks for an `init` that the stamp did not foresee: somebody cleaned up.
pub(crate) fn needs_init(error: &automock_tf::Error) -> bool {
    matches!(error.cause(), Some(Cause::InitRequired))
}

/// What an initialisation depends on: the terraform binary, the backend, the providers and the set
/// of modules. Values in the root may change without another `init`.
fn init_key(terraform: &Terraform, rendered: &automock_hcl::Workspace) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(text);
        hash.update([0]);
    };
    add(&terraform.binary.display().to_string());
    add(&terraform.version.to_string());
    for file in ["backend.tf", "versions.tf"] {
        add(rendered.text(file).unwrap_or_default());
    }
    for (path, _) in rendered.files() {
        if path.starts_with("modules/") {
            add(path);
        }
    }
    let digest = hash.finalize();
    BASE64.encode(digest)
}

fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).map_err(Error::io("write", path))
}
