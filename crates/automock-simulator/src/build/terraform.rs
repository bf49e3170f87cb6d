//! Terraform's state, format 4.

use automock_ttl::kind::ResourceKind as K;
use serde_json::{Value, json};

use crate::thing::{Body, Thing};

/// The whole file.
pub(super) fn file(resources: &[Value]) -> Vec<u8> {
    let state = json!({
        "version": 4,
        "terraform_version": "1.13.4",
        "serial": resources.len(),
        "lineage": "6f1c2a7e-9d40-4b5f-8f15-3b1b2f0d9a44",
        "outputs": { "url": { "value": "http://automock.example", "type": "string" } },
        "resources": resources,
        "check_results": null,
    });
    serde_json::to_vec_pretty(&state).unwrap_or_default()
}

/// A thing under its address, such as `module.network.aws_subnet.task["us-east-1a"]`.
pub(super) fn managed(address: &str, thing: &Thing) -> Value {
    let attributes = json!({
        "id": provider_id(thing),
        "arn": thing.arn,
        "name": thing.name,
        "tags_all": thing.tags,
    });
    entry(address, &attributes)
}

/// A part of another thing.
pub(super) fn part(address: &str, id: &str) -> Value {
    entry(address, &json!({ "id": id }))
}

/// What the provider calls a thing by.
fn provider_id(thing: &Thing) -> String {
    match (&thing.body, thing.kind) {
        (Body::Record { zone, rr_type, .. }, _) => {
            let name = thing.name.split_once(' ').map_or("", |(_, name)| name);
            format!("{zone}_{name}_{rr_type}")
        }
        // A revision is called by its family.
        (_, K::TaskDefinition) => thing.name.split(':').next().unwrap_or("").to_owned(),
        _ => thing.id.clone(),
    }
}

fn entry(address: &str, attributes: &Value) -> Value {
    let indexed = address.strip_suffix(']').and_then(|it| it.rsplit_once('['));
    let (address, index) = indexed.map_or((address, None), |(it, index)| (it, Some(index)));
    let (module, rest) = address.rsplit_once(".aws_").unwrap_or(("", address));
    let (short, name) = rest.split_once('.').unwrap_or((rest, "this"));
    let mut instance = json!({
        "schema_version": 0,
        "attributes": attributes,
        "sensitive_attributes": [],
    });
    if let Some(index) = index {
        let key = index.trim_matches('"');
        instance["index_key"] = key
            .parse::<u64>()
            .map_or_else(|_| Value::from(key), Value::from);
    }
    json!({
        "module": module,
        "mode": "managed",
        "type": format!("aws_{short}"),
        "name": name,
        "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
        "instances": [instance],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let value = part("module.network.aws_route.task[\"us-east-1a\"]", "r-1");
        assert_eq!(value["module"], "module.network");
        assert_eq!(value["type"], "aws_route");
        assert_eq!(value["name"], "task");
        assert_eq!(value["instances"][0]["index_key"], "us-east-1a");
        let value = part("module.network.aws_vpc.this[0]", "vpc-1");
        assert_eq!(value["instances"][0]["index_key"], 0);
        let value = part("module.domain[0].aws_acm_certificate.this", "arn");
        assert_eq!(value["module"], "module.domain[0]");
        assert_eq!(value["type"], "aws_acm_certificate");
    }
}
