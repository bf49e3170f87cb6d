//! Reading a plan as a stream.

use std::collections::BTreeMap;
use std::fmt;
use std::io::BufRead;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::diff::{Pair, diff, whole};
use super::{Actions, AttributePath, Mode, OutputDelta, Plan, ResourceChange};
use crate::address::{Address, InstanceKey};
use crate::event::Reason;

impl Plan {
    /// Reads what `terraform show -json` prints for a plan file.
    ///
    /// Memory grows with the number of resources and with the largest single one, not with the
    /// length of the document.
    ///
    /// # Errors
    ///
    /// Fails on JSON that is not a plan, and on a format whose major version is not 1.
    pub fn from_reader(reader: impl BufRead) -> serde_json::Result<Self> {
        let mut deserializer = serde_json::Deserializer::from_reader(reader);
        let plan = deserializer.deserialize_map(PlanVisitor)?;
        deserializer.end()?;
        Ok(plan)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Field {
    FormatVersion,
    TerraformVersion,
    Errored,
    Applyable,
    ResourceChanges,
    ResourceDrift,
    OutputChanges,
    /// Planned values, prior state, configuration, variables: most of the document.
    #[serde(other)]
    Other,
}

struct PlanVisitor;

impl<'de> Visitor<'de> for PlanVisitor {
    type Value = Plan;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plan in JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Plan, A::Error> {
        let mut format_version = None;
        let mut plan = Plan {
            format_version: String::new(),
            terraform_version: String::new(),
            errored: false,
            applyable: None,
            resource_changes: Vec::new(),
            drift: Vec::new(),
            output_changes: BTreeMap::new(),
        };
        while let Some(field) = map.next_key()? {
            match field {
                Field::FormatVersion => {
                    format_version = Some(map.next_value().and_then(supported)?);
                }
                Field::TerraformVersion => plan.terraform_version = map.next_value()?,
                Field::Errored => plan.errored = map.next_value()?,
                Field::Applyable => plan.applyable = map.next_value()?,
                Field::ResourceChanges => {
                    map.next_value_seed(Compacting(&mut plan.resource_changes))?;
                }
                Field::ResourceDrift => map.next_value_seed(Compacting(&mut plan.drift))?,
                Field::OutputChanges => {
                    let raw: BTreeMap<String, RawDelta> = map.next_value()?;
                    plan.output_changes = raw
                        .into_iter()
                        .map(|(name, delta)| (name, delta.into_output()))
                        .collect();
                }
                Field::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        plan.format_version =
            format_version.ok_or_else(|| A::Error::missing_field("format_version"))?;
        Ok(plan)
    }
}

fn supported<E: serde::de::Error>(version: String) -> Result<String, E> {
    if version.starts_with("1.") {
        Ok(version)
    } else {
        Err(E::custom(format!("plan format {version} is not supported")))
    }
}

/// Reads one resource at a time, and keeps only what changes.
struct Compacting<'a>(&'a mut Vec<ResourceChange>);

impl<'de> DeserializeSeed<'de> for Compacting<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Compacting<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of resource changes")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(raw) = seq.next_element::<RawResource>()? {
            self.0.push(raw.compact());
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct RawResource {
    address: Address,
    module_address: Option<String>,
    previous_address: Option<Address>,
    mode: Mode,
    #[serde(rename = "type")]
    resource_type: String,
    name: String,
    index: Option<InstanceKey>,
    #[serde(default)]
    provider_name: String,
    deposed: Option<String>,
    change: RawDelta,
    action_reason: Option<Reason>,
}

#[derive(Deserialize)]
struct RawDelta {
    actions: Vec<String>,
    #[serde(default)]
    before: Value,
    #[serde(default)]
    after: Value,
    #[serde(default)]
    after_unknown: Value,
    #[serde(default)]
    before_sensitive: Value,
    #[serde(default)]
    after_sensitive: Value,
    #[serde(default)]
    replace_paths: Vec<Vec<Value>>,
    #[serde(default)]
    importing: Option<IgnoredAny>,
}

impl RawResource {
    fn compact(self) -> ResourceChange {
        let delta = self.change;
        let replace_paths: Vec<_> = delta
            .replace_paths
            .iter()
            .cloned()
            .map(AttributePath::from_json)
            .collect();
        let (attributes, omitted_attributes) = diff(delta.pair(), &replace_paths);
        ResourceChange {
            address: self.address,
            module_address: self.module_address,
            previous_address: self.previous_address,
            mode: self.mode,
            resource_type: self.resource_type,
            name: self.name,
            index: self.index,
            provider: self.provider_name,
            deposed: self.deposed,
            actions: Actions::from(delta.actions),
            import: delta.importing.is_some(),
            action_reason: self.action_reason,
            replace_paths,
            attributes,
            omitted_attributes,
        }
    }
}

impl RawDelta {
    fn pair(&self) -> Pair<'_> {
        Pair {
            before: &self.before,
            after: &self.after,
            unknown: &self.after_unknown,
            before_sensitive: &self.before_sensitive,
            after_sensitive: &self.after_sensitive,
        }
    }

    fn into_output(self) -> OutputDelta {
        let pair = self.pair();
        let (sensitive, unknown) = (pair.is_sensitive(), pair.is_unknown());
        let (before, after) = if sensitive { (None, None) } else { whole(pair) };
        OutputDelta {
            before,
            after: after.filter(|_| !unknown),
            sensitive,
            unknown,
            actions: Actions::from(self.actions),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlanSummary;

    #[test]
    fn another_format_is_refused() {
        let error = Plan::from_reader(&br#"{"format_version":"2.0","resource_changes":[]}"#[..])
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("plan format 2.0 is not supported"),
            "{error}"
        );
        let error = Plan::from_reader(&b"{}"[..]).unwrap_err();
        assert!(error.to_string().contains("format_version"), "{error}");
        assert!(Plan::from_reader(&br#"{"format_version":"1.2""#[..]).is_err());
        assert!(Plan::from_reader(&br#"{"format_version":"1.2"} x"#[..]).is_err());
    }

    #[test]
    fn missing_parts_are_empty() {
        let plan = Plan::from_reader(
            &br#"{"format_version":"1.2","resource_changes":null,"novel":{"a":[1]}}"#[..],
        )
        .unwrap();
        assert_eq!(plan.summary(), PlanSummary::default());
        assert_eq!(plan.applyable, None);
    }

    #[test]
    fn imports_and_leftovers_are_told() {
        let text = r#"{"format_version":"1.2","resource_changes":[
            {"address":"a.b","mode":"managed","type":"a","name":"b","provider_name":"p",
             "change":{"actions":["no-op"],"importing":{"id":"x"}}},
            {"address":"a.c[0]","mode":"managed","type":"a","name":"c","index":0,"deposed":"ab","provider_name":"p",
             "change":{"actions":["delete"]}},
            {"address":"data.a.d","mode":"data","type":"a","name":"d","provider_name":"p",
             "change":{"actions":["read"]},"action_reason":"read_because_config_unknown"}]}"#;
        let plan = Plan::from_reader(text.as_bytes()).unwrap();
        assert_eq!(
            plan.summary(),
            PlanSummary {
                import: 1,
                unchanged: 1,
                delete: 1,
                ..PlanSummary::default()
            }
        );
        assert!(plan.change("a.b").unwrap().import);
        assert_eq!(
            plan.change("a.c[0]").unwrap().deposed.as_deref(),
            Some("ab")
        );
        assert_eq!(
            plan.change("data.a.d").unwrap().action_reason,
            Some(Reason::ReadBecauseConfigUnknown)
        );
    }
}
