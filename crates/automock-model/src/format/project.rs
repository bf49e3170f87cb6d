//! The file as a whole: its top level, reading and writing.

use toml::de::DeTable;

use super::engine::Surroundings;
use super::reader::{Fault, Reader, Sink};
use super::spec::{Field, Kind, Literal, Table};
use super::writer::Writer;
use super::{access, domain, engine, iam, network, observability, scaling, tags, tasks, ttl};
use crate::ids::{InvalidId, tidy_label};
use crate::region::{LISTED_REGIONS, Region, RegionError};
use crate::suggest::did_you_mean;
use crate::{Environment, Problem, Problems, Project, ProjectName};

pub(crate) static SPEC: Table = Table {
    doc: "An AutoMock project: a mock HTTP API on AWS.",
    fields: &[
        Field::required(
            "name",
            Kind::Text {
                pattern: Some("^[a-z][a-z0-9-]{1,38}[a-z0-9]$"),
            },
            "\"petstore\"",
            "The project's name: 3 to 40 characters of a-z, 0-9 and \"-\".",
        ),
        Field::default(
            "environment",
            Kind::Text {
                pattern: Some("^[a-z]([a-z0-9-]{0,14}[a-z0-9])?$"),
            },
            Literal::Text("dev"),
            "The environment: 1 to 16 characters of a-z, 0-9 and \"-\". Each environment of a \
             project is a stack of its own.",
        ),
        Field::default(
            "region",
            Kind::Text {
                pattern: Some("^[a-z]{2,4}(-[a-z]+){1,2}-[0-9]{1,2}$"),
            },
            Literal::Text("us-east-1"),
            "The AWS region.",
        ),
        Field::default(
            "allow_unlisted_region",
            Kind::Bool,
            Literal::Bool(false),
            "Whether a region is accepted that AutoMock does not list, because it is new.",
        ),
        Field::default(
            "expectations",
            Kind::Text { pattern: None },
            Literal::Text("expectations.json"),
            "The expectations file, relative to this file.",
        ),
        Field::table("tasks", &tasks::SPEC),
        Field::table("scaling", &scaling::SPEC),
        Field::table("ttl", &ttl::SPEC),
        Field::table("network", &network::SPEC),
        Field::table("domain", &domain::SPEC),
        Field::table("access", &access::SPEC),
        Field::table("engine", &engine::SPEC),
        Field::table("iam", &iam::SPEC),
        Field::table("observability", &observability::SPEC),
        Field::optional(
            "tags",
            Kind::Map {
                max: tags::MAX_TAGS,
            },
            "{ team = \"payments\" }",
            "Extra tags for every resource of the stack.",
        ),
    ],
};

impl Project {
    /// Reads `automock.toml`.
    ///
    /// # Errors
    /// Everything that is wrong with the file, in its order; or the one place where it stops being
    /// TOML.
    ///
    /// ```
    /// # use automock_model::Project;
    /// let project = Project::from_toml("name = \"petstore\"\n[tasks]\nmax = 20").unwrap();
    /// assert_eq!(project.tasks.min, 10);
    ///
    /// let problems = Project::from_toml("name = \"petstore\"\n[tasks]\nmaxx = 20").unwrap_err();
    /// let problem = &problems.as_slice()[0];
    /// assert_eq!(problem.path, "tasks.maxx");
    /// assert_eq!(problem.suggestion.as_deref(), Some("did you mean \"max\"?"));
    /// assert_eq!(problem.line, Some(3));
    /// ```
    pub fn from_toml(text: &str) -> Result<Self, Problems> {
        let sink = Sink::new(text, &SPEC);
        let table = DeTable::parse(text).map_err(|error| syntax_problem(text, &error))?;
        let project = read(&Reader::root(&sink, table.get_ref()));
        match (project, Problems::from_vec(sink.into_problems())) {
            (_, Some(problems)) => Err(problems),
            (Some(project), None) => Ok(project),
            (None, None) => unreachable!("a value is only missing after a problem was reported"),
        }
    }

    /// Writes the project as an `automock.toml` that [`Project::from_toml`] reads back. Defaults
    /// are written out.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut writer = Writer::default();
        write(self, &mut writer);
        writer.into_text()
    }
}

pub(super) fn read(reader: &Reader<'_>) -> Option<Project> {
    let name = reader.text("name", parse_label::<ProjectName>);
    let environment = reader.text("environment", parse_label::<Environment>);
    let region = read_region(reader);
    let expectations = reader.text("expectations", parse_relative_path);
    let tasks_reader = reader.section("tasks");
    let tasks = tasks_reader.as_ref().and_then(tasks::read);
    let scaling = reader.section("scaling").and_then(|r| scaling::read(&r));
    let ttl = reader.section("ttl").and_then(|r| ttl::read(&r));
    let network = reader.section("network").and_then(|r| network::read(&r));
    if let (Some(reader), Some(tasks), Some(network)) = (&tasks_reader, &tasks, &network) {
        tasks::check_room(reader, tasks, network);
    }
    let domain = reader.optional("domain", |reader, key| {
        reader.section(key).and_then(|r| domain::read(&r))
    });
    let access = reader.section("access").and_then(|r| access::read(&r));
    let around = Surroundings {
        region: region.as_ref(),
        mode: network.as_ref().map(|network| &network.mode),
    };
    let engine = reader
        .section("engine")
        .and_then(|r| engine::read(&r, &around));
    let iam = reader
        .section("iam")
        .and_then(|r| iam::read(&r, region.as_ref()));
    let observability = reader
        .section("observability")
        .and_then(|r| observability::read(&r));
    let tags = tags::read(reader);
    Some(Project {
        name: name?,
        environment: environment?,
        region: region?,
        expectations: expectations?,
        tasks: tasks?,
        scaling: scaling?,
        ttl: ttl?,
        network: network?,
        domain: domain.ok()?,
        access: access?,
        engine: engine?,
        iam: iam?,
        observability: observability?,
        tags: tags?,
    })
}

fn write(project: &Project, writer: &mut Writer) {
    writer.set("name", project.name.as_str());
    writer.set("environment", project.environment.as_str());
    writer.set("region", project.region.as_str());
    if !project.region.is_listed() {
        writer.set("allow_unlisted_region", true);
    }
    writer.set("expectations", project.expectations.as_str());
    tasks::write(&project.tasks, writer);
    scaling::write(&project.scaling, writer);
    ttl::write(&project.ttl, writer);
    network::write(&project.network, writer);
    if let Some(domain) = &project.domain {
        domain::write(domain, writer);
    }
    access::write(&project.access, writer);
    engine::write(&project.engine, writer);
    iam::write(&project.iam, writer);
    observability::write(&project.observability, writer);
    tags::write(&project.tags, writer);
}

fn syntax_problem(text: &str, error: &toml::de::Error) -> Problem {
    let reason = one_sentence(error.message());
    let problem = Problem::new("", reason);
    match error.span() {
        Some(span) => problem.at(text, span.start),
        None => problem,
    }
}

fn one_sentence(message: &str) -> String {
    format!(
        "the file is not valid TOML here: {}",
        message.replace('\n', "; ")
    )
}

fn parse_label<T: std::str::FromStr<Err = InvalidId>>(text: &str) -> Result<T, Fault> {
    text.parse().map_err(|error: InvalidId| {
        let tidy = tidy_label(text).filter(|tidy| tidy.parse::<T>().is_ok());
        Fault::new(error.reason).hint(tidy.map(|tidy| format!("write {tidy:?}")))
    })
}

fn read_region(reader: &Reader<'_>) -> Option<Region> {
    let allow_unlisted = reader.bool("allow_unlisted_region");
    let region = reader.text("region", |text| {
        Region::new(text).map_err(|error| region_fault(text, &error))
    })?;
    if region.is_listed() || allow_unlisted? {
        return Some(region);
    }
    let new = "if the region is new, set allow_unlisted_region = true";
    let hint = match did_you_mean(region.as_str(), LISTED_REGIONS) {
        Some(near) => format!("{near} {new}"),
        None => new.to_owned(),
    };
    reader.report(
        "region",
        Fault::new("is not a region that AutoMock knows").hint(hint),
    );
    None
}

fn region_fault(text: &str, error: &RegionError) -> Fault {
    let hint = match error {
        RegionError::Partition => None,
        RegionError::Shape => did_you_mean(text, LISTED_REGIONS)
            .or_else(|| Some("write a region such as \"us-east-1\"".to_owned())),
    };
    Fault::new(error.to_string()).hint(hint)
}

fn parse_relative_path(text: &str) -> Result<String, Fault> {
    let has_drive = text.as_bytes().get(1) == Some(&b':');
    if text.trim().is_empty() {
        return Err(
            Fault::new("is empty").hint("name a file, such as \"expectations.json\"".to_owned())
        );
    }
    if text.contains(char::is_control) {
        return Err(Fault::new("has control characters"));
    }
    if text.starts_with(['/', '\\', '~']) || has_drive {
        return Err(Fault::new("is not relative to this file")
            .hint("write a relative path, so that the project works on every machine".to_owned()));
    }
    Ok(text.to_owned())
}
