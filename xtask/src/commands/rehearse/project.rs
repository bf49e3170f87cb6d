//! The project that is rehearsed: small tasks, times as short as the product allows.

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

/// One of so many requests is slow.
const SLOW_SHARE: usize = 8;

/// The stack's name: project and environment.
pub(super) const STACK: &str = "rehearsal-live";

/// The files of the project.
pub(super) struct Project {
    pub(super) folder: PathBuf,
    tasks: u32,
    rate: u32,
    is_spot: bool,
}

impl Project {
    pub(super) fn new(folder: &Path, arguments: &RehearseArguments) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
        Ok(Self {
            folder: folder.to_owned(),
            tasks: arguments.tasks,
            rate: arguments.rate,
            is_spot: arguments.spot_order,
        })
    }

    /// Tasks after a scale-out: twice as many in a small fleet, a fifth more in a large one.
    pub(super) fn most_tasks(&self) -> u32 {
        self.tasks + (self.tasks / 5).max(self.tasks.min(2))
    }

    /// Writes the configuration, with a time to live from the next deployment on.
    pub(super) fn write(&self, ttl: &str) -> Result<(), Error> {
        let (min, max) = (self.tasks, self.most_tasks());
        // Between the usual load and twice as much.
        let above = u64::from(self.rate) * 75 / u64::from(min);
        let add_percent = ((max - min) * 100).div_ceil(min);
        let remove_percent = ((max - min) * 100).div_ceil(max);
        let capacity = if self.is_spot { "spot" } else { "on-demand" };
        let text = format!(
            "name = \"rehearsal\"\nenvironment = \"live\"\nregion = \"us-east-1\"\n\
             expectations = \"expectations.json\"\n\n\
             [tasks]\ncpu = 256\nmemory_mib = 512\nmin = {min}\nmax = {max}\ncapacity = \"{capacity}\"\n\n\
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
