//! `cargo xtask bench task`: a task whose engine fetches its expectations itself, beside one with a loader.
//!
//! The second is the definition that AutoMock had before: the loader copies the object into a volume, and the
//! engine, which starts once there is a file, reads it from there. Both have the same engine, a quarter of a
//! processor and 512 MiB, as the smallest task has, and the same object in an emulated S3.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use automock_testkit::Emulator;
use clap::Args;
use serde_json::{Value, json};

use super::machine::Machine;
use super::median;
use crate::commands::image::{self, ImageArguments};
use crate::error::Error;
use crate::mockserver::{self, Image, PublicRegistry};
use crate::namespace::{self, Ability};
use crate::podman::Podman;
use crate::printer;
use crate::workspace::Workspace;

const BUCKET: &str = "mocks";
const KEY: &str = "expectations.json";
const PORT: u16 = 1080;

/// Share of a processor, in the period and the quota of the kernel's scheduler.
const PERIOD: u32 = 100_000;
const QUOTA: u32 = 25_000;
const MEMORY: &str = "512m";

/// How often ECS tried the loader's health check, and how often the loader looked for changes.
const HEALTH_CHECK: Duration = Duration::from_secs(5);
const LOADER_POLL_SECONDS: &str = "30";

const PATIENCE: Duration = Duration::from_mins(2);

/// Options of `cargo xtask bench task`.
#[derive(Debug, Clone, Args)]
pub(crate) struct TaskArguments {
    /// How often each of the two tasks starts.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) runs: u32,
    /// Seconds for which each of them is watched at rest.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u64).range(10..))]
    pub(crate) rest_seconds: u64,
    /// An image of the engine that was built before [default: builds one].
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) image: Option<PathBuf>,
    /// Prints the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Definition {
    WithLoader,
    Alone,
}

/// Prepares outside, where the network is, and measures in a network of its own.
pub(crate) fn run(workspace: &Workspace, arguments: &TaskArguments) -> Result<(), Error> {
    if let Some(run) = namespace::run_inside() {
        return measure(workspace, arguments, &run);
    }
    if let Ability::Processes(reason) = namespace::ability(workspace) {
        return Err(Error::Measurement(format!(
            "containers are needed: {reason}"
        )));
    }
    let target = workspace.root().join("target");
    automock_testkit::setup_venv(&target)?;
    automock_testkit::setup_image_registry(&target)?;
    mockserver::prepare(workspace, &[Image::Loader])?;
    if arguments.image.is_none() {
        image::run(workspace, &ImageArguments::default())?;
    }
    namespace::reenter(workspace)
}

fn measure(workspace: &Workspace, arguments: &TaskArguments, run: &str) -> Result<(), Error> {
    let scratch = std::env::temp_dir().join(format!("automock-{run}"));
    let podman = Podman::new(scratch.join("store"))?;
    let public = PublicRegistry::start(workspace, &podman, &[Image::Loader])?;
    let layout = image::destination(workspace, arguments.image.as_deref());
    let bench = Bench {
        engine: podman.ask(["pull", "--quiet", &format!("oci:{}", layout.display())])?,
        loader: public.name(Image::Loader),
        script: script(workspace)?,
        emulator: Emulator::start()?,
        volume: scratch.join("volume"),
        group: Group::make(run)?,
        podman,
    };
    bench.put_expectations()?;
    let mut seconds = [Vec::new(), Vec::new()];
    let definitions = [Definition::WithLoader, Definition::Alone];
    for run in 0..=arguments.runs {
        for (definition, found) in definitions.into_iter().zip(&mut seconds) {
            let took = bench.start(definition)?;
            bench.stop()?;
            printer::progress(format_args!("    {definition:?} ready after {took:.2} s"));
            // The first start of each brings the images into the page cache.
            if run > 0 {
                found.push(took);
            }
        }
    }
    let mut rest = [0.0; 2];
    for (definition, share) in definitions.into_iter().zip(&mut rest) {
        bench.start(definition)?;
        thread::sleep(HEALTH_CHECK);
        *share = bench
            .group
            .share(Duration::from_secs(arguments.rest_seconds))?;
        bench.stop()?;
    }
    let engine = layers(&fs::read_to_string(manifest_of(&layout)?).map_err(Error::file(&layout))?);
    let loader = layers(&public.manifest(Image::Loader).unwrap_or_default());
    drop(bench);
    drop(fs::remove_dir_all(&scratch));
    show(
        arguments,
        seconds.map(median),
        rest,
        [engine + loader, engine],
    );
    Ok(())
}

fn show(arguments: &TaskArguments, seconds: [f64; 2], rest: [f64; 2], bytes: [u64; 2]) {
    let machine = Machine::find();
    let ratio = seconds[0] / seconds[1];
    if arguments.json {
        let of = |index: usize| {
            json!({
                "image_bytes": bytes[index],
                "seconds_to_ready": seconds[index],
                "share_of_a_processor_at_rest": rest[index],
            })
        };
        printer::result(json!({
            "machine": machine.to_string(),
            "runs": arguments.runs,
            "rest_seconds": arguments.rest_seconds,
            "with_loader": of(0),
            "alone": of(1),
        }));
        return;
    }
    printer::result(format_args!(
        "{machine}; medians of {} starts",
        arguments.runs
    ));
    printer::result("                           with a loader         alone");
    printer::result(format_args!(
        "  images, compressed       {:>9} bytes   {:>9} bytes",
        bytes[0], bytes[1]
    ));
    printer::result(format_args!(
        "  start to ready           {:>9.2} s       {:>9.2} s       ({ratio:.1} times as fast)",
        seconds[0], seconds[1]
    ));
    printer::result(format_args!(
        "  processor at rest        {:>9.2} %       {:>9.2} %       (of one processor)",
        rest[0] * 100.0,
        rest[1] * 100.0
    ));
}

/// Everything that both tasks are made of.
struct Bench {
    podman: Podman,
    engine: String,
    loader: String,
    script: String,
    emulator: Emulator,
    volume: PathBuf,
    group: Group,
}

impl Bench {
    /// One expectation, in the bucket, by the AWS CLI.
    fn put_expectations(&self) -> Result<(), Error> {
        fs::create_dir_all(&self.volume).map_err(Error::file(&self.volume))?;
        let path = self.volume.join(KEY);
        let text = r#"[{"httpRequest":{"path":"/pet"},"httpResponse":{"body":"cat"}}]"#;
        fs::write(&path, text).map_err(Error::file(&path))?;
        let aws = |arguments: &[&str]| {
            let mut all = vec!["run".to_owned(), "--rm".to_owned()];
            all.extend(limits());
            all.extend(self.aws_variables());
            all.extend(self.mount("/automock", false));
            all.extend([self.loader.clone(), "s3api".to_owned()]);
            all.extend(arguments.iter().map(|&word| word.to_owned()));
            self.podman.run(all)
        };
        aws(&["create-bucket", "--bucket", BUCKET])?;
        let file = format!("/automock/{KEY}");
        aws(&[
            "put-object",
            "--bucket",
            BUCKET,
            "--key",
            KEY,
            "--body",
            &file,
        ])
    }

    /// Starts a task and gives the seconds until it is ready.
    fn start(&self, definition: Definition) -> Result<f64, Error> {
        let object = format!("s3://{BUCKET}/{KEY}");
        let file = format!("/automock/{KEY}");
        let path = self.volume.join(KEY);
        drop(fs::remove_file(&path));
        let started = Instant::now();
        match definition {
            Definition::Alone => {
                self.container("mock", &self.engine, &[("AUTOMOCK_SOURCE", &object)], &[])?;
            }
            Definition::WithLoader => {
                let variables = [
                    ("AUTOMOCK_BUCKET", BUCKET),
                    ("AUTOMOCK_KEY", KEY),
                    ("AUTOMOCK_FILE", &file),
                    ("AUTOMOCK_POLL_SECONDS", LOADER_POLL_SECONDS),
                ];
                let command = ["-c".to_owned(), self.script.clone()];
                self.container("loader", &self.loader, &variables, &command)?;
                loop {
                    thread::sleep(HEALTH_CHECK);
                    if fs::metadata(&path).is_ok_and(|found| found.len() > 0) {
                        break;
                    }
                    self.give_up(started, "the loader's file")?;
                }
                self.container("mock", &self.engine, &[("AUTOMOCK_SOURCE", &file)], &[])?;
            }
        }
        while !is_ready() {
            self.give_up(started, "an answer")?;
            thread::sleep(Duration::from_millis(10));
        }
        Ok(started.elapsed().as_secs_f64())
    }

    fn give_up(&self, started: Instant, what: &str) -> Result<(), Error> {
        if started.elapsed() < PATIENCE {
            return Ok(());
        }
        let store = self.podman.store().display();
        Err(Error::Measurement(format!(
            "{what} never came; the containers were in {store}"
        )))
    }

    fn container(
        &self,
        name: &str,
        image: &str,
        variables: &[(&str, &str)],
        command: &[String],
    ) -> Result<(), Error> {
        let mut all: Vec<String> = ["run", "--detach", "--name", name].map(Into::into).into();
        all.extend(limits());
        all.extend(["--cgroup-parent".to_owned(), self.group.parent()]);
        all.extend(self.aws_variables());
        all.extend(self.mount("/automock", name == "mock"));
        for (name, value) in variables {
            all.extend(["--env".to_owned(), format!("{name}={value}")]);
        }
        if !command.is_empty() {
            all.extend(["--entrypoint".to_owned(), "/bin/bash".to_owned()]);
        }
        all.push(image.to_owned());
        all.extend_from_slice(command);
        self.podman.run(all)
    }

    fn stop(&self) -> Result<(), Error> {
        self.podman.run(["rm", "--all", "--force", "--time", "0"])
    }

    fn mount(&self, path: &str, is_read_only: bool) -> [String; 2] {
        let volume = self.volume.display();
        let mode = if is_read_only { "ro" } else { "rw" };
        ["--volume".to_owned(), format!("{volume}:{path}:{mode}")]
    }

    fn aws_variables(&self) -> Vec<String> {
        let own = self.emulator.env();
        own.iter()
            .flat_map(|(name, value)| ["--env".to_owned(), format!("{name}={value}")])
            .collect()
    }
}

/// What every container here has; all of them share the network of this process, and so their loopback.
fn limits() -> Vec<String> {
    [
        "--network",
        "host",
        "--no-hosts",
        "--pull",
        "never",
        "--ulimit",
        "nofile=1024:4096",
        "--ulimit",
        "nproc=4096:4096",
        "--log-driver",
        "k8s-file",
    ]
    .map(Into::into)
    .into()
}

/// The loader's script, as the module gives it to the task.
fn script(workspace: &Workspace) -> Result<String, Error> {
    let path = workspace
        .root()
        .join("terraform/modules/ecs-service/files/loader.sh");
    fs::read_to_string(&path).map_err(Error::file(&path))
}

fn is_ready() -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], PORT)))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream
            .write_all(b"GET /__automock/ready HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// The manifest of the one image in a layout.
fn manifest_of(layout: &Path) -> Result<PathBuf, Error> {
    let path = layout.join("index.json");
    let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
    let index: Value = serde_json::from_str(&text).unwrap_or_default();
    let digest = index["manifests"][0]["digest"].as_str().unwrap_or_default();
    Ok(layout.join("blobs").join(digest.replace(':', "/")))
}

/// What a pull transfers.
fn layers(manifest: &str) -> u64 {
    let manifest: Value = serde_json::from_str(manifest).unwrap_or_default();
    let layers = manifest["layers"].as_array().into_iter().flatten();
    layers.filter_map(|layer| layer["size"].as_u64()).sum()
}

/// The control group of a whole task.
struct Group {
    name: String,
    folders: Vec<PathBuf>,
    is_unified: bool,
}

impl Group {
    fn make(run: &str) -> Result<Self, Error> {
        let name = format!("automock-{run}-bench");
        let root = Path::new("/sys/fs/cgroup");
        let is_unified = root.join("cgroup.controllers").exists();
        let controllers: &[&str] = if is_unified {
            &[""]
        } else {
            &["cpu", "cpuacct", "memory"]
        };
        let folders: Vec<_> = controllers
            .iter()
            .map(|it| root.join(it).join(&name))
            .collect();
        for folder in &folders {
            fs::create_dir_all(folder).map_err(Error::file(folder))?;
        }
        let settings: &[(&str, String)] = if is_unified {
            &[
                ("cpu.max", format!("{QUOTA} {PERIOD}")),
                ("memory.max", MEMORY.to_owned()),
            ]
        } else {
            &[
                ("cpu.cfs_period_us", PERIOD.to_string()),
                ("cpu.cfs_quota_us", QUOTA.to_string()),
                ("memory.limit_in_bytes", MEMORY.to_owned()),
            ]
        };
        for (file, value) in settings {
            let is_memory = file.starts_with("memory");
            let folder = if is_memory {
                folders.last()
            } else {
                folders.first()
            };
            let path = folder.map(|it| it.join(file)).unwrap_or_default();
            fs::write(&path, value).map_err(Error::file(&path))?;
        }
        Ok(Self {
            name,
            folders,
            is_unified,
        })
    }

    fn parent(&self) -> String {
        format!("/{}", self.name)
    }

    /// How much of one processor it takes for a while.
    fn share(&self, time: Duration) -> Result<f64, Error> {
        let before = self.used_seconds()?;
        thread::sleep(time);
        Ok((self.used_seconds()? - before) / time.as_secs_f64())
    }

    fn used_seconds(&self) -> Result<f64, Error> {
        let (index, file, unit) = if self.is_unified {
            (0, "cpu.stat", 1e6)
        } else {
            (1, "cpuacct.usage", 1e9)
        };
        let path = self.folders[index].join(file);
        let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
        let number = text
            .split_whitespace()
            .find_map(|word| word.parse::<f64>().ok());
        Ok(number.unwrap_or(f64::NAN) / unit)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for folder in &self.folders {
            drop(fs::remove_dir(folder));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layers_of_an_image_are_what_a_pull_transfers() {
        let manifest = r#"{"config": {"size": 7}, "layers": [{"size": 30}, {"size": 12}]}"#;
        assert_eq!(layers(manifest), 42);
        assert_eq!(layers(""), 0);
    }
}
