//! The module call that runs the tasks.

use automock_model::{EngineKind, StopTiming};
use hcl::expr::Expression;
use hcl::structure::Block;

use crate::expr::{attributes, object, reference, text, texts};
use crate::modules::Module;
use crate::root::module_call::{ModuleCall, output};
use crate::root::scaling::scaling;
use crate::root::stack::{ENGINE_IMAGE, Stack};

/// The port on which the mock server answers inside a task.
const ENGINE_PORT: u16 = 1080;

impl Stack<'_> {
    pub(super) fn ecs_service(&self) -> Block {
        let tasks = &self.project.tasks;
        let access = &self.project.access;
        let observability = &self.project.observability;
        ModuleCall::new(Module::EcsService)
            .arg("name", text(&self.names.cluster))
            .arg("load_balancer_name", text(&self.names.load_balancer))
            .arg("target_group_name", text(&self.names.target_group))
            .arg("log_group_prefix", text(&self.names.log_group_prefix))
            .arg("region", text(&self.project.region))
            .arg("vpc_id", output(Module::Networking, "vpc_id"))
            .arg(
                "load_balancer_subnet_ids",
                output(Module::Networking, "load_balancer_subnet_ids"),
            )
            .arg(
                "task_subnet_ids",
                output(Module::Networking, "task_subnet_ids"),
            )
            .arg(
                "assign_public_ip",
                output(Module::Networking, "assign_public_ip"),
            )
            .arg(
                "execution_role_arn",
                output(Module::Iam, "execution_role_arn"),
            )
            .arg("task_role_arn", output(Module::Iam, "task_role_arn"))
            .arg(
                "config_bucket_name",
                output(Module::ConfigStorage, "bucket_name"),
            )
            .arg(
                "expectations_key",
                output(Module::ConfigStorage, "expectations_key"),
            )
            .arg("cpu", tasks.size.cpu_units())
            .arg("memory_mib", tasks.size.memory_mib())
            .arg("min_tasks", tasks.min)
            .arg("max_tasks", tasks.max)
            .arg("capacity", self.capacity())
            .arg("engine", self.engine())
            .optional("loader", self.loader())
            .arg(
                "deregistration_delay_seconds",
                self.stop_timing().deregistration_delay_seconds,
            )
            .arg("scaling", scaling(&self.project.scaling))
            .arg("mock_cidrs", texts(&access.mock))
            .arg("control_cidrs", texts(&access.control))
            .optional(
                "control_token",
                self.is_control_open()
                    .then(|| reference("var.control_token")),
            )
            .arg("https_enabled", self.project.domain.is_some())
            .optional("https", self.https())
            .arg("container_insights", observability.container_insights)
            .arg("log_retention_days", observability.log_retention_days)
            .arg("dashboard_enabled", observability.dashboard)
            .after(self.protection())
            .build()
    }

    fn capacity(&self) -> Expression {
        let split = self.project.tasks.capacity_split();
        object([
            ("on_demand_base", split.on_demand_base.into()),
            ("on_demand_weight", split.on_demand_weight.into()),
            ("spot_weight", split.spot_weight.into()),
        ])
    }

    fn engine(&self) -> Expression {
        let engine = &self.project.engine;
        let mut members = vec![
            ("kind", text(engine.kind.as_str())),
            ("image", self.engine_image()),
            ("port", ENGINE_PORT.into()),
        ];
        if engine.kind == EngineKind::AutoMock {
            let timing = self.stop_timing();
            members.extend([
                ("poll_seconds", engine.reload_every_seconds.into()),
                ("drain_seconds", timing.drain_seconds.into()),
                ("grace_seconds", timing.grace_seconds.into()),
            ]);
        }
        attributes(members)
    }

    fn stop_timing(&self) -> StopTiming {
        let project = self.project;
        StopTiming::of(
            project.engine.kind,
            project.tasks.capacity,
            self.options.longest_answer,
        )
    }

    /// The image that the project names, else AutoMock's own.
    fn engine_image(&self) -> Expression {
        let named = self.project.engine.mock.as_ref();
        match named.or(self.options.engine_image.as_ref()) {
            Some(image) => text(image.reference()),
            None => reference(&format!("var.{ENGINE_IMAGE}")),
        }
    }

    /// Only MockServer has one.
    fn loader(&self) -> Option<Expression> {
        let engine = &self.project.engine;
        let loader = engine.loader.as_ref()?;
        Some(object([
            ("image", text(loader.reference())),
            ("poll_seconds", engine.reload_every_seconds.into()),
        ]))
    }

    fn https(&self) -> Option<Expression> {
        self.project.domain.as_ref().map(|_| {
            object([
                ("certificate_arn", output(Module::Domain, "certificate_arn")),
                ("domain_name", output(Module::Domain, "domain_name")),
            ])
        })
    }
}
