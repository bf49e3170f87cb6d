//! Whole stacks in every network mode.

use automock_model::{AccountId, ExistingNetwork, Foundation, NetworkMode, Project};
use automock_ttl::record::{DomainNames, NewStack, Phase, StackNames, StackRecord, StateLocation};

use super::network::{self, Network};
use super::plan::Plan;
use super::{services, terraform};
use crate::simulation::Simulation;
use crate::state::State;
use crate::thing::{Body, Thing, Truth};
use crate::time::Moment;

/// The project of the stack that is torn down.
pub const STACK: &str = "petstore";

pub(super) const ACCOUNT: &str = "123456789012";

/// The five network modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One NAT gateway in each of two zones.
    Private,
    /// One NAT gateway.
    PrivateSingleNat,
    /// No NAT gateway, but VPC endpoints.
    PrivateEndpoints,
    /// Public addresses for tasks.
    Public,
    /// A network that was there before.
    Existing,
}

/// What is there of Terraform's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFile {
    /// It names everything that was made.
    Whole,
    /// Terraform died before it wrote down what it made last.
    Behind,
    /// There is none.
    Missing,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Private,
        Self::PrivateSingleNat,
        Self::PrivateEndpoints,
        Self::Public,
        Self::Existing,
    ];

    /// The word in the project's file.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.network().as_str()
    }

    /// The mode with a word.
    #[must_use]
    pub fn called(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.word() == word)
    }

    fn network(self) -> NetworkMode {
        match self {
            Self::Private => NetworkMode::Private,
            Self::PrivateSingleNat => NetworkMode::PrivateSingleNat,
            Self::PrivateEndpoints => NetworkMode::PrivateEndpoints,
            Self::Public => NetworkMode::Public,
            Self::Existing => NetworkMode::Existing(ExistingNetwork {
                vpc_id: network::EXISTING_VPC.to_owned(),
                load_balancer_subnet_ids: vec![network::EXISTING_SUBNETS[0].to_owned()],
                task_subnet_ids: vec![network::EXISTING_SUBNETS[1].to_owned()],
                assign_public_ip: true,
            }),
        }
    }
}

/// The record of a project's stack that was made at the beginning and ends after the time.
///
/// # Panics
/// When the name is none for a project.
#[must_use]
pub fn record(project: &str, ttl_seconds: u64) -> StackRecord {
    let project = Project::new(project.parse().expect("a name for a project"));
    let account: AccountId = ACCOUNT.parse().expect("twelve digits");
    let stack_id = project.stack_id();
    let foundation = Foundation::new(account.clone(), project.region.clone());
    let mut names = StackNames::of(&project, &account);
    names.domain = Some(DomainNames {
        name: format!("{}.example.com", project.name),
        zone: "example.com".to_owned(),
    });
    let stack = NewStack {
        state: StateLocation::S3 {
            bucket: foundation.bucket(),
            key: Foundation::stack_state_key(&stack_id),
            region: project.region.to_string(),
        },
        stack_id,
        project: project.name.clone(),
        environment: project.environment.clone(),
        region: project.region.to_string(),
        account,
        ttl_seconds: Some(ttl_seconds),
        warning_lead_seconds: 600,
        operation: None,
        automock_version: "0.1.0".to_owned(),
        names,
    };
    let mut record = StackRecord::new(stack, Moment::beginning());
    record
        .step(Phase::Active, Moment::beginning())
        .expect("what is being created may become active");
    record
}

/// Everything that a stack is made of.
#[must_use]
pub fn plan(record: &StackRecord, mode: Mode, truth: Truth) -> Plan {
    let mut plan = Plan::new(record.clone(), truth);
    services::reaper(&mut plan);
    let network = match mode {
        Mode::Existing => Network::existing(&mut plan),
        mode => network::make(&mut plan, mode),
    };
    services::make(&mut plan, &network);
    plan
}

/// Puts the first steps of a plan into the world, with the stack's record and state.
pub fn install(simulation: &Simulation, plan: &Plan, steps: usize, state: StateFile) {
    let made = &plan.steps[..steps.min(plan.steps.len())];
    let known = match state {
        StateFile::Whole => Some(made),
        StateFile::Behind => Some(&made[..made.len().saturating_sub(1)]),
        StateFile::Missing => None,
    };
    simulation.with(|world| {
        for (number, step) in made.iter().enumerate() {
            let is_known = known.is_some_and(|known| number < known.len());
            let things = step.things.iter().cloned();
            world.things.extend(things.map(|it| provable(it, is_known)));
        }
        if let Some(known) = known {
            let resources: Vec<_> = known.iter().flat_map(|step| step.state.clone()).collect();
            let key = Foundation::stack_state_key(&plan.record.stack_id);
            world.put_object(key, terraform::file(&resources));
        }
        put_record(world, &plan.record);
    });
}

fn provable(mut thing: Thing, is_known: bool) -> Thing {
    let proves_a_domain = matches!(&thing.body, Body::Record { rr_type, .. } if rr_type == "CNAME");
    if proves_a_domain && !is_known && thing.truth == Truth::Stack {
        thing.truth = Truth::Unprovable;
    }
    thing
}

/// Writes a record from outside.
///
/// # Panics
/// Never: what was read or made as a record can be written.
fn put_record(world: &mut State, record: &StackRecord) {
    let bytes = record.to_json().expect("a record can be written");
    world.put_object(Foundation::registry_key(&record.stack_id), bytes);
}
