//! Reading a state.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Deserialize;
use serde::de::Error as _;
use serde_json::Value;

use super::{State, StateOutput, StateResource};
use crate::address::{Address, InstanceKey};
use crate::plan::Mode;

/// The version of the state's format that Terraform writes since 0.12.
const FORMAT: u64 = 4;

impl State {
    /// Reads what `terraform state pull` prints; none if it prints nothing.
    ///
    /// # Errors
    ///
    /// Fails on JSON that is not a state of version 4.
    pub fn from_reader(mut reader: impl BufRead) -> serde_json::Result<Option<Self>> {
        let is_empty = reader
            .fill_buf()
            .map_err(serde_json::Error::io)?
            .trim_ascii()
            .is_empty();
        if is_empty {
            return Ok(None);
        }
        let raw: RawState = serde_json::from_reader(reader)?;
        if raw.version != FORMAT {
            return Err(serde_json::Error::custom(format!(
                "state format {} is not supported",
                raw.version
            )));
        }
        Ok(Some(raw.into()))
    }
}

#[derive(Deserialize)]
struct RawState {
    version: u64,
    #[serde(default)]
    terraform_version: String,
    #[serde(default)]
    serial: u64,
    #[serde(default)]
    lineage: String,
    #[serde(default)]
    outputs: BTreeMap<String, RawOutput>,
    #[serde(default)]
    resources: Vec<RawResource>,
}

#[derive(Deserialize)]
struct RawOutput {
    #[serde(default)]
    sensitive: bool,
}

#[derive(Deserialize)]
struct RawResource {
    module: Option<String>,
    mode: Mode,
    #[serde(rename = "type")]
    resource_type: String,
    name: String,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    instances: Vec<RawInstance>,
}

#[derive(Deserialize)]
struct RawInstance {
    index_key: Option<InstanceKey>,
    status: Option<String>,
    deposed: Option<String>,
    #[serde(default)]
    attributes: RawAttributes,
    #[serde(default)]
    sensitive_attributes: Vec<Vec<Value>>,
    #[serde(default)]
    dependencies: Vec<Address>,
}

/// The attributes that are of use; the others are not even kept in memory.
#[derive(Default, Deserialize)]
struct RawAttributes {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    arn: Value,
}

impl From<RawState> for State {
    fn from(raw: RawState) -> Self {
        Self {
            terraform_version: raw.terraform_version,
            serial: raw.serial,
            lineage: raw.lineage,
            outputs: raw
                .outputs
                .into_iter()
                .map(|(name, output)| StateOutput {
                    name,
                    sensitive: output.sensitive,
                })
                .collect(),
            resources: raw
                .resources
                .into_iter()
                .flat_map(RawResource::instances)
                .collect(),
        }
    }
}

impl RawResource {
    fn instances(mut self) -> Vec<StateResource> {
        let instances = std::mem::take(&mut self.instances);
        instances
            .into_iter()
            .map(|instance| self.object(instance))
            .collect()
    }

    fn object(&self, instance: RawInstance) -> StateResource {
        let text = |name: &str, value: &Value| {
            let open = !instance.marks(name);
            value.as_str().filter(|_| open).map(str::to_owned)
        };
        StateResource {
            address: self.address(instance.index_key.as_ref()),
            module_address: self.module.clone(),
            mode: self.mode.clone(),
            resource_type: self.resource_type.clone(),
            name: self.name.clone(),
            provider: self.provider.clone(),
            id: text("id", &instance.attributes.id),
            arn: text("arn", &instance.attributes.arn),
            tainted: instance.status.as_deref() == Some("tainted"),
            index: instance.index_key,
            deposed: instance.deposed,
            depends_on: instance.dependencies,
        }
    }

    fn address(&self, key: Option<&InstanceKey>) -> Address {
        let module = self
            .module
            .as_ref()
            .map(|module| format!("{module}."))
            .unwrap_or_default();
        let data = if self.mode == Mode::Data { "data." } else { "" };
        let key = key.map(ToString::to_string).unwrap_or_default();
        Address::new(format!(
            "{module}{data}{}.{}{key}",
            self.resource_type, self.name
        ))
    }
}

impl RawInstance {
    /// Whether the state marks the attribute as sensitive: `[{"type":"get_attr","value":"id"}]`.
    fn marks(&self, name: &str) -> bool {
        self.sensitive_attributes
            .iter()
            .any(|path| matches!(&path[..], [step] if step["value"] == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = r#"{"version":4,"terraform_version":"1.11.4","serial":7,"lineage":"l","outputs":{"url":{"value":"x"}},
        "resources":[
          {"module":"module.net[\"a\"]","mode":"managed","type":"aws_subnet","name":"s","provider":"p","instances":[
            {"index_key":0,"attributes":{"id":"subnet-1","arn":"arn:1","tags":{"a":"b"}},"dependencies":["module.net.aws_vpc.v"]},
            {"index_key":0,"deposed":"ab12","status":"tainted","attributes":{"id":"subnet-0","arn":null}}]},
          {"mode":"data","type":"aws_region","name":"now","provider":"p","instances":[{"attributes":{"id":"r"}}]},
          {"mode":"managed","type":"x","name":"y","provider":"p","instances":[
            {"index_key":"k","attributes":{"id":"hush"},"sensitive_attributes":[[{"type":"get_attr","value":"id"}]]}]}]}"#;

    fn state() -> State {
        State::from_reader(STATE.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn every_object_has_its_address() {
        let addresses: Vec<_> = state()
            .resources
            .iter()
            .map(|r| r.address.to_string())
            .collect();
        let subnet = r#"module.net["a"].aws_subnet.s[0]"#;
        assert_eq!(
            addresses,
            [subnet, subnet, "data.aws_region.now", r#"x.y["k"]"#]
        );
        assert_eq!(state().managed().count(), 3);
    }

    #[test]
    fn leftovers_are_told_apart() {
        let resources = state().resources;
        assert_eq!(
            (resources[0].deposed.as_deref(), resources[0].tainted),
            (None, false)
        );
        assert_eq!(
            (resources[1].deposed.as_deref(), resources[1].tainted),
            (Some("ab12"), true)
        );
        assert_eq!(resources[0].arn.as_deref(), Some("arn:1"));
        assert_eq!(resources[1].arn, None);
    }

    #[test]
    fn a_sensitive_id_is_left_out() {
        assert_eq!(state().resources[3].id, None);
    }

    #[test]
    fn nothing_is_no_state_and_another_format_is_refused() {
        assert_eq!(State::from_reader(&b""[..]).unwrap(), None);
        assert_eq!(State::from_reader(&b"\n"[..]).unwrap(), None);
        let error = State::from_reader(&br#"{"version":3}"#[..]).unwrap_err();
        assert!(error.to_string().contains("state format 3"));
    }
}
