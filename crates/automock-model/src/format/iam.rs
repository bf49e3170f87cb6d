//! The table `[iam]`.

use super::reader::{Fault, Reader};
use super::spec::{Field, Kind, Literal, Table};
use super::writer::Writer;
use crate::iam::Iam;
use crate::region::Region;

/// A path has at most 512 characters, of which the stack's part takes up to 58:
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
const MAX_PATH: usize = 512 - 58;

pub(super) static SPEC: Table = Table {
    doc: "Where the IAM roles are created and what bounds them.",
    fields: &[
        Field::optional(
            "permissions_boundary",
            Kind::Text {
                pattern: Some(
                    "^arn:aws(-cn|-us-gov)?:iam::(aws|[0-9]{12}):policy/[A-Za-z0-9+=,.@_/-]+$",
                ),
            },
            "\"arn:aws:iam::123456789012:policy/boundary\"",
            "ARN of a policy that bounds what the roles can do.",
        ),
        Field::default(
            "path",
            Kind::Text {
                pattern: Some("^/([A-Za-z0-9+=,.@_-]+/)*$"),
            },
            Literal::Text("/automock/"),
            "The path of the roles.",
        ),
    ],
};

pub(super) fn read(reader: &Reader<'_>, region: Option<&Region>) -> Option<Iam> {
    let boundary = reader.optional("permissions_boundary", |reader, key| {
        reader.text(key, |text| parse_policy_arn(text, region))
    });
    let path = reader.text("path", parse_path);
    Some(Iam {
        permissions_boundary: boundary.ok()?,
        path: path?,
    })
}

pub(super) fn write(iam: &Iam, writer: &mut Writer) {
    writer.section("iam");
    writer.set_some("permissions_boundary", iam.permissions_boundary.as_deref());
    writer.set("path", iam.path.as_str());
}

fn parse_policy_arn(text: &str, region: Option<&Region>) -> Result<String, Fault> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, resource] = parts.as_slice() else {
        return Err(Fault::new("is not the ARN of an IAM policy")
            .hint("write it as in \"arn:aws:iam::123456789012:policy/boundary\"".to_owned()));
    };
    if !matches!(*partition, "aws" | "aws-cn" | "aws-us-gov") {
        return Err(Fault::new(format!(
            "has the unknown partition {partition:?}"
        )));
    }
    if let Some(region) = region
        && region.partition().as_str() != *partition
    {
        let wanted = region.partition();
        return Err(Fault::new(format!(
            "is of the partition {partition:?}, but {region} is in {:?}",
            wanted.as_str()
        )));
    }
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    if !is_account && *account != "aws" {
        return Err(Fault::new(format!(
            "has {account:?} where the account number belongs"
        )));
    }
    let name = resource.strip_prefix("policy/").unwrap_or_default();
    if name.split('/').all(is_part) {
        Ok(text.to_owned())
    } else {
        Err(Fault::new("is not the ARN of an IAM policy")
            .hint("it ends with policy/<name>".to_owned()))
    }
}

fn parse_path(text: &str) -> Result<String, Fault> {
    if !text.starts_with('/') || !text.ends_with('/') {
        let tidy = format!("/{}/", text.trim_matches('/'));
        return Err(Fault::new("does not start and end with \"/\"").hint(format!("write {tidy:?}")));
    }
    if text.len() > MAX_PATH {
        let reason = format!(
            "has {} characters; at most {MAX_PATH} are possible",
            text.len()
        );
        return Err(Fault::new(reason));
    }
    let inner = text.trim_start_matches('/').trim_end_matches('/');
    let is_single = text.len() == inner.len() + 2 && inner.split('/').all(is_part);
    if text == "/" || is_single {
        Ok(text.to_owned())
    } else {
        Err(Fault::new(
            "has parts that are empty or contain characters other than letters, digits and +=,.@_-",
        ))
    }
}

fn is_part(part: &str) -> bool {
    !part.is_empty()
        && part
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_slashes_at_both_ends() {
        for good in ["/", "/automock/", "/team/a.b/"] {
            assert!(parse_path(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "//",
            "automock",
            "/automock",
            "//automock/",
            "/a//b/",
            "/a b/",
            "/ä/",
        ] {
            assert!(parse_path(bad).is_err(), "{bad}");
        }
        let longest = format!("/{}/", "a".repeat(MAX_PATH - 2));
        assert!(parse_path(&longest).is_ok());
        assert!(parse_path(&format!("/a{longest}")).is_err());
    }

    #[test]
    fn boundaries_are_policies_of_the_partition() {
        let china = Region::new("cn-north-1").unwrap();
        let arn = "arn:aws:iam::123456789012:policy/team/boundary";
        assert!(parse_policy_arn(arn, None).is_ok());
        assert!(parse_policy_arn(arn, Some(&china)).is_err());
        assert!(parse_policy_arn("arn:aws:iam::aws:policy/PowerUserAccess", None).is_ok());
        for bad in [
            "",
            "boundary",
            "arn:aws:iam::123456789012:role/boundary",
            "arn:aws:iam::123456789012:policy/",
            "arn:aws:iam::1234:policy/x",
            "arn:azure:iam::123456789012:policy/x",
            "arn:aws:s3:::bucket",
        ] {
            assert!(parse_policy_arn(bad, None).is_err(), "{bad}");
        }
    }
}
