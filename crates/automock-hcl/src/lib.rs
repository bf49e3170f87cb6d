//! Renders an AutoMock project to a complete Terraform workspace.
//!
//! ```
//! use automock_hcl::{Backend, RenderOptions, render};
//! use automock_model::Project;
//!
//! let project = Project::new("petstore".parse()?);
//! let options = RenderOptions {
//!     backend: Backend::Local { path: "terraform.tfstate".into() },
//!     ..RenderOptions::default()
//! };
//! let workspace = render(&project, &options);
//!
//! // Files are plain text in memory …
//! assert!(workspace.text("outputs.tf").unwrap_or_default().contains("output \"url\""));
//! assert!(workspace.text("modules/ecs-service/main.tf").is_some());
//!
//! // … and have an identity: the same project always gives the same bytes.
//! assert_eq!(workspace.digest(), render(&project, &options).digest());
//! # Ok::<(), automock_model::InvalidId>(())
//! ```
//!
//! # A tour
//!
//! [`render`] decides and [`Workspace::write_to`] writes; nothing else here touches the disk.
//!
//! - The *modules* are the `.tf` files of the repository's `terraform/modules`. The library
//!   carries them and copies those that a stack needs into its workspace, so a rendered
//!   workspace is complete and can be read, kept and run without AutoMock.
//! - The *root* that wires the modules is generated. All settings of a project end up in it as
//!   literals; there are no `.tfvars` files. The one exception is the control token, which is
//!   a secret and therefore a variable, `control_token`. It only exists while the control API is
//!   open.
//! - Nothing in a workspace depends on the time, so a second plan has no changes.
//! - With a [reaper](ReaperOptions), networking and ECS service wait for it: a stack that costs
//!   money can already end by itself.
//! - [`render_foundation`] does the same for what the stacks of one account and region share, and
//!   [`render_teardown`] makes a root in which `terraform destroy` removes a stack without its
//!   project.
//!
//! Text from a project never becomes an expression: `${` in a tag stays `${` in that tag.

mod expr;
mod format;
mod modules;
mod options;
mod quote;
mod render;
mod root;
mod teardown;
mod workspace;

#[cfg(test)]
#[path = "../tests/support/terraform.rs"]
mod terraform;

pub use automock_model::environment;
pub use options::{
    AppliedBy, Architecture, Backend, FoundationOptions, ReaperOptions, RenderOptions,
};
pub use render::{render, render_foundation};
pub use teardown::{TeardownOptions, render_teardown};
pub use workspace::{MANIFEST_FILE, Workspace, WriteError, WriteReport};

/// The tag that tells where a stack's state is kept, for stacks of which the foundation's bucket
/// has no record. Such a stack must not be taken for one that was forgotten.
pub const STATE_TAG: &str = "automock:state";

/// The value of [`STATE_TAG`] for a state that is kept in a file.
pub const LOCAL_STATE: &str = "local";

/// The value of [`STATE_TAG`] for a workspace that was rendered for a person's own terraform.
pub const RENDERED_STATE: &str = "rendered";

/// The file with the expectations that a stack's workspace expects beside its own files.
pub const EXPECTATIONS_FILE: &str = "expectations.json";
