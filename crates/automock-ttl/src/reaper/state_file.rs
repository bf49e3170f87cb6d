//! What Terraform's state names.

use serde::Deserialize;
use serde_json::Value;

use super::NamedByState;
use crate::kind::{Removal, removal};

/// The only format of a state since Terraform 0.12.
const FORMAT_VERSION: u64 = 4;

/// A state that says nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateFileError {
    /// It is no state.
    #[error("it is no Terraform state")]
    Malformed(#[from] serde_json::Error),
    /// It is in another format.
    #[error("it has format version {found}, and only version {FORMAT_VERSION} can be read")]
    OtherFormat {
        /// The version of the format.
        found: u64,
    },
}

#[derive(Deserialize)]
struct State {
    #[serde(rename = "version")]
    _version: u64,
    #[serde(default)]
    resources: Vec<Block>,
}

/// One `resource` or `data` block.
#[derive(Deserialize)]
struct Block {
    #[serde(default)]
    module: Option<String>,
    mode: String,
    #[serde(rename = "type")]
    type_: String,
    name: String,
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    #[serde(default)]
    index_key: Option<Value>,
    #[serde(default)]
    attributes: Value,
}

/// The resources in a state that a teardown has to look at one by one, in the order of the state.
///
/// Data sources, what goes with another resource and what belongs to the foundation are left
/// out, as are types that no module creates: no tag would make those the stack's.
///
/// # Errors
/// When the bytes are no state of a known format. No bytes at all are an empty state.
pub fn named_by_state(bytes: &[u8]) -> Result<Vec<NamedByState>, StateFileError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Vec::new());
    }
    let value: Value = serde_json::from_slice(bytes)?;
    match value.get("version").and_then(Value::as_u64) {
        Some(FORMAT_VERSION) | None => {}
        Some(found) => return Err(StateFileError::OtherFormat { found }),
    }
    let state: State = serde_json::from_value(value)?;
    let blocks = state.resources.iter().filter(|it| it.mode == "managed");
    Ok(blocks.flat_map(Block::named).collect())
}

impl Block {
    fn named(&self) -> Vec<NamedByState> {
        let Some(Removal::Kind(kind)) = removal(&self.type_) else {
            return Vec::new();
        };
        let named = |instance: &Instance| {
            Some(NamedByState {
                kind,
                address: self.address(instance),
                id: instance.text("id")?,
                arn: instance.text("arn"),
                name: instance.text("name"),
            })
        };
        // An instance without an id was never created.
        self.instances.iter().filter_map(named).collect()
    }

    fn address(&self, instance: &Instance) -> String {
        let module = match &self.module {
            Some(module) => format!("{module}."),
            None => String::new(),
        };
        let index = match &instance.index_key {
            Some(key) => format!("[{key}]"),
            None => String::new(),
        };
        format!("{module}{}.{}{index}", self.type_, self.name)
    }
}

impl Instance {
    fn text(&self, attribute: &str) -> Option<String> {
        let text = self.attributes.get(attribute)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::ResourceKind;

    /// Parts of a real state, with the attributes that matter here.
    const STATE: &str = r#"{
      "version": 4, "terraform_version": "1.11.4", "serial": 41,
      "lineage": "4f0e1f5a-8a5c-7a3e-5c34-0f0a2c4a7a55",
      "outputs": {"url": {"value": "http://mock", "type": "string"}},
      "resources": [
        {"module": "module.network", "mode": "managed", "type": "aws_vpc", "name": "this",
         "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
         "instances": [{"index_key": 0, "schema_version": 1, "attributes": {
           "arn": "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1", "id": "vpc-1",
           "tags": {"automock:stack": "petstore-dev"}}, "sensitive_attributes": []}]},
        {"module": "module.network", "mode": "managed", "type": "aws_subnet", "name": "public",
         "provider": "p", "instances": [
           {"index_key": "us-east-1a", "attributes": {"id": "subnet-1", "arn": "arn:s1"}},
           {"index_key": "us-east-1b", "attributes": {"id": "subnet-2", "arn": "arn:s2"}}]},
        {"mode": "data", "type": "aws_vpc", "name": "default", "provider": "p",
         "instances": [{"attributes": {"id": "vpc-default"}}]},
        {"module": "module.service", "mode": "managed", "type": "aws_lb_listener", "name": "http",
         "provider": "p", "instances": [{"attributes": {"id": "arn:listener"}}]},
        {"mode": "managed", "type": "aws_sns_topic", "name": "notices", "provider": "p",
         "instances": [{"attributes": {"id": "arn:topic"}}]},
        {"mode": "managed", "type": "random_id", "name": "x", "provider": "p",
         "instances": [{"attributes": {"id": "abc"}}]},
        {"module": "module.service", "mode": "managed", "type": "aws_ecs_service", "name": "mock",
         "provider": "p", "instances": [{"status": "tainted", "attributes": {
           "id": "arn:aws:ecs:us-east-1:123456789012:service/c/s", "name": "s", "arn": null}}]},
        {"mode": "managed", "type": "aws_eip", "name": "nat", "provider": "p",
         "instances": [{"attributes": {"id": ""}}, {"attributes": null}]}
      ], "check_results": null}"#;

    #[test]
    fn resources_are_named_with_their_addresses() {
        let named = named_by_state(STATE.as_bytes()).unwrap();
        let addresses: Vec<_> = named.iter().map(|it| it.address.as_str()).collect();
        assert_eq!(
            addresses,
            [
                "module.network.aws_vpc.this[0]",
                "module.network.aws_subnet.public[\"us-east-1a\"]",
                "module.network.aws_subnet.public[\"us-east-1b\"]",
                "module.service.aws_ecs_service.mock",
            ]
        );
        assert_eq!(named[0].kind, ResourceKind::Vpc);
        assert_eq!(named[2].id, "subnet-2");
        assert_eq!(named[3].arn, None);
        assert_eq!(named[3].name.as_deref(), Some("s"));
    }

    #[test]
    fn an_empty_state_names_nothing() {
        assert!(named_by_state(b"").unwrap().is_empty());
        let empty = br#"{"version": 4, "serial": 2, "lineage": "x", "resources": []}"#;
        assert!(named_by_state(empty).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_state_or_another_format_is_told() {
        for text in ["{", "[]", "{}", r#"{"version": 4, "resources": 7}"#] {
            let error = named_by_state(text.as_bytes()).unwrap_err();
            assert!(matches!(error, StateFileError::Malformed(_)), "{text}");
        }
        let error = named_by_state(br#"{"version": 3, "modules": []}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "it has format version 3, and only version 4 can be read"
        );
    }
}
