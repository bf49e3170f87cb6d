//! A root that removes a stack, whatever the project looks like by now.

use automock_model::{AccountId, Region};

use crate::render::add;
use crate::root::common;
use crate::{Backend, Workspace};

/// What [`render_teardown`] needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeardownOptions {
    /// Where Terraform keeps the stack's state.
    pub backend: Backend,
    /// The region of the stack.
    pub region: Region,
    /// The account of the stack; the provider refuses any other.
    pub account_id: AccountId,
    /// Whether the provider addresses S3 buckets by path; see
    /// [`RenderOptions::path_style`](crate::RenderOptions::path_style).
    pub path_style: bool,
}

/// Renders a workspace without any resource.
///
/// `terraform destroy` in it removes everything that the state names, in the order that the state
/// remembers. It needs neither the project file nor the modules that the stack was made with, so
/// a stack can be removed after both have changed or gone.
///
/// ```
/// use automock_hcl::{Backend, TeardownOptions, render_teardown};
/// use automock_model::Region;
///
/// let workspace = render_teardown(&TeardownOptions {
///     backend: Backend::Local { path: "terraform.tfstate".into() },
///     region: Region::new("eu-west-1")?,
///     account_id: "123456789012".parse()?,
///     path_style: false,
/// });
/// assert!(workspace.text("main.tf").is_none());
/// assert!(workspace.text("providers.tf").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn render_teardown(options: &TeardownOptions) -> Workspace {
    let account = Some(&options.account_id);
    let no_tags = std::collections::BTreeMap::new();
    let provider = common::providers(&options.region, account, options.path_style, &no_tags);
    let mut workspace = Workspace::default();
    add(&mut workspace, "versions.tf", &common::versions());
    add(
        &mut workspace,
        "backend.tf",
        &common::backend(&options.backend),
    );
    add(&mut workspace, "providers.tf", &provider);
    workspace
}
