//! The project that is rehearsed: small tasks, times as short as the product allows.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::arguments::RehearseArguments;
use crate::error::Error;

/// What most requests ask for.
pub(super) const PATH: &str = "/pets";

/// What the others ask for: it takes a while, so that tasks always are answering something.
pub(super) const SLOW_PATH: &str = "/pets/slow";
const SLOW_MILLISECONDS: u32 = 100;

/// What the engine says of the expectations that it refuses.
pub(super) const REFUSAL: &str = "is no JSONPath";

/// One of so many requests is slow.
const SLOW_SHARE: usize = 8;

/// The stack's name: project and environment.
pub(super) const STACK: &str = "rehearsal-live";

/// What is deployed: MockServer's tasks differ in their memory, the engine's in their image.
#[derive(Clone, Copy, Debug)]
pub(super) enum Version {
    First = 1,
    Second = 2,
}

/// The files of the project.
pub(super) struct Project {
    pub(super) folder: PathBuf,
    tasks: u32,
    rate: u32,
    is_spot: bool,
    /// MockServer's image and its loader's.
    images: Option<[String; 2]>,
    /// The names that were ever written: what an answer may be.
    names: RefCell<BTreeSet<String>>,
}

impl Project {
    pub(super) fn new(
        folder: &Path,
        arguments: &RehearseArguments,
        images: Option<[String; 2]>,
    ) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
        Ok(Self {
            folder: folder.to_owned(),
            tasks: arguments.tasks,
            rate: arguments.rate(),
            is_spot: arguments.spot_order,
            images,
            names: RefCell::default(),
        })
    }

    /// Tasks after a scale-out: twice as many in a small fleet, a fifth more in a large one.
    pub(super) fn most_tasks(&self) -> u32 {
        self.tasks + (self.tasks / 5).max(self.tasks.min(2))
    }

    /// Writes the configuration, with a time to live from the next deployment on.
    pub(super) fn write(&self, ttl: &str, version: Version) -> Result<(), Error> {
        let (min, max) = (self.tasks, self.most_tasks());
        // Between the usual load and twice as much.
        let above = u64::from(self.rate) * 75 / u64::from(min);
        let add_percent = ((max - min) * 100).div_ceil(min);
        let remove_percent = ((max - min) * 100).div_ceil(max);
        let capacity = if self.is_spot { "spot" } else { "on-demand" };
        let (engine, cpu, memory) = match &self.images {
            None => (String::new(), 256, 512),
            Some([mock, loader]) => (
                format!(
                    "[engine]\nkind = \"mockserver\"\nimage = \"{mock}\"\nloader_image = \"{loader}\"\n\
                     mirror = true\nreload_every = \"5s\"\n\n"
                ),
                512,
                1024 * version as u32,
            ),
        };
        let text = format!(
            "name = \"rehearsal\"\nenvironment = \"live\"\nregion = \"us-east-1\"\n\
             expectations = \"expectations.json\"\n\n\
             {engine}[tasks]\ncpu = {cpu}\nmemory_mib = {memory}\nmin = {min}\nmax = {max}\ncapacity = \"{capacity}\"\n\n\
             [scaling]\npolicy = \"steps\"\nscale_out_cooldown = \"60s\"\nscale_in_cooldown = \"60s\"\n\
             requests_per_minute = [{{ above = {above}, add_percent = {add_percent} }}]\n\
             scale_in = {{ below = 60, remove_percent = {remove_percent}, for = \"1m\" }}\n\n\
             [ttl]\nduration = \"{ttl}\"\ncheck_every = \"1m\"\n\n\
             [network]\nmode = \"public\"\nzones = 2\n"
        );
        self.put("automock.toml", &text)
    }

    /// Writes the expectations, with a name in the answer that tells revisions apart.
    pub(super) fn write_expectations(&self, name: &str) -> Result<(), Error> {
        self.names.borrow_mut().insert(name.to_owned());
        let delay = json!({"timeUnit": "MILLISECONDS", "value": SLOW_MILLISECONDS});
        let expectations = json!([
            {
                "id": "list-pets",
                "httpRequest": {"method": "GET", "path": PATH},
                "httpResponse": {"statusCode": 200, "body": name}
            },
            {
                "id": "slow-pets",
                "httpRequest": {"method": "GET", "path": SLOW_PATH},
                "httpResponse": {"statusCode": 200, "body": name, "delay": delay}
            }
        ]);
        self.put("expectations.json", &expectations.to_string())
    }

    /// Those answers that no revision ever had.
    pub(super) fn strange<'a>(&self, bodies: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
        let names = self.names.borrow();
        bodies.filter(|body| !names.contains(*body)).collect()
    }

    /// Writes expectations that nothing finds fault with but the engine.
    pub(super) fn write_refused(&self) -> Result<(), Error> {
        let body = json!({"type": "JSON_PATH", "jsonPath": "$["});
        let expectations = json!([{
            "httpRequest": {"path": PATH, "body": body},
            "httpResponse": {"statusCode": 200, "body": "never"}
        }]);
        self.put("expectations.json", &expectations.to_string())
    }

    fn put(&self, name: &str, text: &str) -> Result<(), Error> {
        let path = self.folder.join(name);
        fs::write(&path, text).map_err(Error::file(&path))
    }
}

/// What the clients of the load ask for, in turn.
pub(super) fn paths() -> Vec<String> {
    let mut paths = vec![PATH.to_owned(); SLOW_SHARE - 1];
    paths.push(SLOW_PATH.to_owned());
    paths
}
