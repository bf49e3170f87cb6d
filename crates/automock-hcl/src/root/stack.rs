//! `main.tf` and `variables.tf` of a stack.

use std::collections::BTreeMap;

use automock_model::{AccountId, Names, NetworkMode, Project, Ttl};
use hcl::expr::{Expression, TemplateExpr};
use hcl::structure::{Block, BlockBuilder, Body};

use crate::expr::{call, list, map, object, reference, text, texts};
use crate::modules::Module;
use crate::quote::escape;
use crate::root::module_call::{ModuleCall, output};
use crate::{EXPECTATIONS_FILE, ReaperOptions, RenderOptions, environment};

/// The variable that takes the engine's image where nobody knows it.
pub(super) const ENGINE_IMAGE: &str = "engine_image";

/// The sources from which the blocks of a root are made.
pub(crate) struct Stack<'a> {
    pub(super) project: &'a Project,
    pub(super) options: &'a RenderOptions,
    pub(super) names: Names,
}

impl<'a> Stack<'a> {
    pub(crate) fn new(project: &'a Project, options: &'a RenderOptions) -> Self {
        Self {
            project,
            options,
            names: Names::new(project),
        }
    }

    /// The modules that the root calls.
    pub(crate) fn modules(&self) -> Vec<Module> {
        let mut modules = vec![
            Module::Networking,
            Module::ConfigStorage,
            Module::Iam,
            Module::EcsService,
        ];
        modules.extend(self.reaper().map(|_| Module::TtlCleanup));
        modules.extend(self.project.domain.as_ref().map(|_| Module::Domain));
        modules
    }

    /// `main.tf`
    pub(crate) fn main(&self) -> Body {
        let mut blocks = self.data_sources();
        blocks.extend(self.reaper().map(|reaper| self.ttl_cleanup(reaper)));
        blocks.extend([
            self.networking(),
            self.config_storage(),
            self.iam(),
            self.ecs_service(),
        ]);
        blocks.extend(self.domain());
        Body::from(blocks)
    }

    /// `variables.tf`, if there is anything to ask for.
    pub(crate) fn variables(&self) -> Option<Body> {
        let mut variables = Vec::new();
        if self.is_control_open() {
            let description = "What callers of the control API have to present.";
            variables.push(
                variable("control_token", description)
                    .add_attribute(("sensitive", true))
                    .build(),
            );
        }
        if self.project.engine.mock.is_none() && self.options.engine_image.is_none() {
            let description = "The engine's image, which `cargo xtask image` writes, in a registry \
                that tasks can pull from: repository@sha256:...";
            variables.push(variable(ENGINE_IMAGE, description).build());
        }
        (!variables.is_empty()).then(|| Body::from(variables))
    }

    pub(super) fn is_control_open(&self) -> bool {
        !self.project.access.control.is_empty()
    }

    /// The reaper, if the stack ends by itself.
    fn reaper(&self) -> Option<&'a ReaperOptions> {
        self.options
            .reaper
            .as_ref()
            .filter(|_| self.project.ttl.duration != Ttl::NONE)
    }

    /// What the costly modules wait for: a stack must be able to end before it costs anything.
    pub(super) fn protection(&self) -> Option<Module> {
        self.reaper().map(|_| Module::TtlCleanup)
    }

    fn existing_network(&self) -> Option<Expression> {
        let NetworkMode::Existing(network) = &self.project.network.mode else {
            return None;
        };
        Some(object([
            ("vpc_id", text(&network.vpc_id)),
            (
                "load_balancer_subnet_ids",
                texts(&network.load_balancer_subnet_ids),
            ),
            ("task_subnet_ids", texts(&network.task_subnet_ids)),
            ("assign_public_ip", network.assign_public_ip.into()),
        ]))
    }

    fn data_sources(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        if self.options.account_id.is_none() {
            let labels = ["aws_caller_identity", "current"];
            blocks.push(Block::builder("data").add_labels(labels).build());
        }
        if self.existing_network().is_none() {
            // Local Zones and Wavelength Zones have neither NAT gateways nor Fargate.
            let filter = Block::builder("filter")
                .add_attribute(("name", text("opt-in-status")))
                .add_attribute(("values", texts(["opt-in-not-required"])))
                .build();
            let zones = Block::builder("data")
                .add_labels(["aws_availability_zones", "available"])
                .add_attribute(("state", text("available")))
                .add_block(filter)
                .build();
            blocks.push(zones);
        }
        blocks
    }

    fn ttl_cleanup(&self, reaper: &ReaperOptions) -> Block {
        ModuleCall::new(Module::TtlCleanup)
            .arg("function_name", text(&self.names.reaper_function))
            .arg("rule_name", text(&self.names.reaper_rule))
            .arg("package_file", text(&reaper.package_file))
            .arg("package_sha256", text(&reaper.package_sha256))
            .arg("architecture", text(reaper.architecture.as_str()))
            .arg("role_arn", text(&reaper.role_arn))
            .arg("log_group_name", text(&reaper.log_group_name))
            .arg("check_every_minutes", self.project.ttl.check_every_minutes)
            .arg("environment", map(&self.reaper_environment(reaper)))
            .build()
    }

    fn reaper_environment(&self, reaper: &ReaperOptions) -> BTreeMap<String, String> {
        [
            (environment::PROJECT, self.project.name.to_string()),
            (
                environment::ENVIRONMENT,
                self.project.environment.to_string(),
            ),
            (environment::STATE_BUCKET, reaper.state_bucket.clone()),
            (environment::TOPIC_ARN, reaper.topic_arn.clone()),
            (environment::RULE, self.names.reaper_rule.clone()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }

    fn networking(&self) -> Block {
        let network = &self.project.network;
        let existing = self.existing_network();
        let call = ModuleCall::new(Module::Networking)
            .arg("name", text(&self.names.prefix))
            .arg("region", text(&self.project.region))
            .arg("mode", text(network.mode.as_str()));
        let call = match existing {
            Some(existing) => call.arg("existing", existing),
            None => call
                .arg("cidr", text(network.cidr))
                .arg("availability_zones", availability_zones(network.zones)),
        };
        call.after(self.protection()).build()
    }

    fn config_storage(&self) -> Block {
        ModuleCall::new(Module::ConfigStorage)
            .arg("bucket_name", self.config_bucket())
            .arg("expectations_file", text(EXPECTATIONS_FILE))
            .arg("expectations_key", text(&self.names.expectations_key))
            .build()
    }

    fn config_bucket(&self) -> Expression {
        self.with_account(|account| self.names.config_bucket(account))
    }

    /// The log groups that ECS may write to; they are created after the roles.
    fn log_group_arns(&self) -> Expression {
        let region = &self.project.region;
        let partition = region.partition().as_str();
        let has_loader = self.project.engine.loader.is_some();
        let loader = has_loader.then_some(&self.names.loader_log_group);
        let groups = [&self.names.mock_log_group].into_iter().chain(loader);
        list(groups.map(|group| {
            self.with_account(|account| {
                format!("arn:{partition}:logs:{region}:{account}:log-group:{group}")
            })
        }))
    }

    /// Text that contains the account, as a reference while the account is unknown.
    fn with_account(&self, text_for: impl Fn(&AccountId) -> String) -> Expression {
        if let Some(account) = &self.options.account_id {
            return text(text_for(account));
        }
        let placeholder = "000000000000";
        let account = placeholder.parse().expect("twelve digits are an account");
        let template = escape(&text_for(&account)).replace(
            placeholder,
            "${data.aws_caller_identity.current.account_id}",
        );
        TemplateExpr::QuotedString(template).into()
    }

    fn iam(&self) -> Block {
        let boundary = self.project.iam.permissions_boundary.as_ref();
        ModuleCall::new(Module::Iam)
            .arg("name", text(&self.names.prefix))
            .arg("execution_role_name", text(&self.names.execution_role))
            .arg("task_role_name", text(&self.names.task_role))
            .arg("path", text(&self.names.role_path))
            .optional("permissions_boundary", boundary.map(text))
            .arg(
                "config_bucket_arn",
                output(Module::ConfigStorage, "bucket_arn"),
            )
            .arg(
                "expectations_key",
                output(Module::ConfigStorage, "expectations_key"),
            )
            .arg("log_group_arns", self.log_group_arns())
            .build()
    }

    fn domain(&self) -> Option<Block> {
        let domain = self.project.domain.as_ref()?;
        let call = ModuleCall::new(Module::Domain)
            .arg("domain_name", text(&domain.name))
            .arg("zone_name", text(&domain.zone))
            .arg(
                "load_balancer_dns_name",
                output(Module::EcsService, "load_balancer_dns_name"),
            )
            .arg(
                "load_balancer_zone_id",
                output(Module::EcsService, "load_balancer_zone_id"),
            );
        Some(call.build())
    }
}

/// A text that has to be given.
fn variable(name: &str, description: &str) -> BlockBuilder {
    Block::builder("variable")
        .add_label(name)
        .add_attribute(("description", text(description)))
        .add_attribute(("type", reference("string")))
        .add_attribute(("nullable", false))
}

fn availability_zones(count: u32) -> Expression {
    let names = reference("data.aws_availability_zones.available.names");
    call("slice", [names, 0.into(), count.into()])
}
