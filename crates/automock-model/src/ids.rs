//! Identifiers: project, environment, stack and account.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use sha2::{Digest, Sha256};

use crate::names::hex;

/// An identifier does not have the required shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct InvalidId {
    /// What is wrong with it, as a phrase that follows the value.
    pub reason: String,
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $check:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                match $check(text) {
                    Ok(()) => Ok(Self(text.to_owned())),
                    Err(reason) => Err(InvalidId { reason }),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier! {
    /// A project's name: 3 to 40 characters, `[a-z][a-z0-9-]*[a-z0-9]`.
    ///
    /// ```
    /// # use automock_model::ProjectName;
    /// assert!("petstore".parse::<ProjectName>().is_ok());
    /// assert!("Pet Store".parse::<ProjectName>().is_err());
    /// ```
    ProjectName, check_project
}

identifier! {
    /// An environment's name: 1 to 16 characters, `[a-z]` or `[a-z][a-z0-9-]*[a-z0-9]`.
    Environment, check_environment
}

identifier! {
    /// A stack: one project in one environment, written `{project}-{environment}`.
    ///
    /// Both parts may contain hyphens, so different pairs can give the same text (`a-b` + `c` and
    /// `a` + `b-c`). Whoever keeps records by stack must store both parts and compare them.
    StackId, check_stack
}

identifier! {
    /// An AWS account: twelve digits.
    AccountId, check_account
}

identifier! {
    /// The content of an expectations file: sixteen lower-case hexadecimal digits.
    Revision, check_revision
}

impl Revision {
    /// The revision of a content: the first sixteen hexadecimal digits of the SHA-256 of its bytes.
    ///
    /// Every part of AutoMock that names a revision takes it from here, so what `check` prints, what
    /// `push` waits for and what a task answers are the same.
    ///
    /// ```
    /// use automock_model::Revision;
    ///
    /// let content = br#"[{ "httpResponse": { "statusCode": 204 } }]"#;
    /// assert_eq!(Revision::of(content), Revision::of(content));
    /// assert_eq!(Revision::of(content).as_str().len(), 16);
    /// ```
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        // Eight bytes are plenty to tell the revisions of one stack apart.
        Self(hex(&Sha256::digest(content), 8))
    }

    /// The revision of several contents that are served together, such as the files of a folder. The
    /// revision of one alone is that of [`of`](Self::of).
    #[must_use]
    pub fn of_all<'a>(contents: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let contents: Vec<_> = contents.into_iter().collect();
        if let [only] = contents[..] {
            return Self::of(only);
        }
        let mut digest = Sha256::new();
        for content in contents {
            // With their lengths, so that text which moves from one file to the next is a change.
            digest.update(content.len().to_le_bytes());
            digest.update(content);
        }
        Self(hex(&digest.finalize(), 8))
    }
}

impl StackId {
    /// The stack of a project in an environment.
    #[must_use]
    pub fn new(project: &ProjectName, environment: &Environment) -> Self {
        Self(format!("{project}-{environment}"))
    }
}

const MIN_PROJECT: usize = 3;
const MAX_PROJECT: usize = 40;
const MAX_ENVIRONMENT: usize = 16;

fn check_project(text: &str) -> Result<(), String> {
    check_label(text, MIN_PROJECT, MAX_PROJECT)
}

fn check_environment(text: &str) -> Result<(), String> {
    check_label(text, 1, MAX_ENVIRONMENT)
}

fn check_stack(text: &str) -> Result<(), String> {
    check_label(text, MIN_PROJECT + 2, MAX_PROJECT + 1 + MAX_ENVIRONMENT)?;
    if text.contains('-') {
        Ok(())
    } else {
        Err("is not of the form {project}-{environment}".to_owned())
    }
}

fn check_account(text: &str) -> Result<(), String> {
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        Ok(())
    } else {
        Err("is not an AWS account number of twelve digits".to_owned())
    }
}

fn check_revision(text: &str) -> Result<(), String> {
    let is_hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    if text.len() == 16 && text.bytes().all(is_hex) {
        Ok(())
    } else {
        Err("is not a revision of sixteen hexadecimal digits".to_owned())
    }
}

/// The common shape of names that become part of AWS names: DNS-like, lower case.
fn check_label(text: &str, min: usize, max: usize) -> Result<(), String> {
    if let Some(odd) = text
        .chars()
        .find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-'))
    {
        return Err(format!(
            "contains {odd:?}; only a-z, 0-9 and \"-\" are allowed"
        ));
    }
    if text.len() < min || text.len() > max {
        return Err(format!(
            "has {} characters; {min} to {max} are allowed",
            text.len()
        ));
    }
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err("does not start with a letter".to_owned());
    }
    if text.ends_with('-') {
        return Err("ends with \"-\"".to_owned());
    }
    Ok(())
}

/// The name closest to `text` that is valid as a project or environment name, if one is near.
pub(crate) fn tidy_label(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    let dashed: String = lower
        .chars()
        .map(|c| match c {
            'a'..='z' | '0'..='9' => c,
            _ => '-',
        })
        .collect();
    let tidy = dashed.trim_matches('-').to_owned();
    (tidy != text && !tidy.is_empty()).then_some(tidy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason<T: FromStr<Err = InvalidId> + fmt::Debug>(text: &str) -> String {
        text.parse::<T>().unwrap_err().reason
    }

    #[test]
    fn project_names_keep_their_bounds() {
        let longest = "a".repeat(40);
        for good in ["abc", "a1-2", "pet--store", &longest] {
            assert_eq!(good.parse::<ProjectName>().unwrap().as_str(), good);
        }
        for bad in ["", "ab", "-ab", "1ab", "ab-", "aBc", "ä-b", &"a".repeat(41)] {
            assert!(bad.parse::<ProjectName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn environments_may_be_one_letter() {
        assert!("d".parse::<Environment>().is_ok());
        assert!("1".parse::<Environment>().is_err());
        assert!("a".repeat(16).parse::<Environment>().is_ok());
        assert!("a".repeat(17).parse::<Environment>().is_err());
    }

    #[test]
    fn the_longest_stack_id_reads_back() {
        let project = "p".repeat(40).parse().unwrap();
        let environment = "e".repeat(16).parse().unwrap();
        let id = StackId::new(&project, &environment);
        assert_eq!(id.as_str().parse::<StackId>().unwrap(), id);
        assert!("petstore".parse::<StackId>().is_err());
    }

    #[test]
    fn reasons_say_what_to_change() {
        assert_eq!(
            reason::<ProjectName>("pet_store"),
            "contains '_'; only a-z, 0-9 and \"-\" are allowed"
        );
        assert_eq!(
            reason::<AccountId>("1234"),
            "is not an AWS account number of twelve digits"
        );
    }

    #[test]
    fn tidying_gives_a_near_name() {
        assert_eq!(tidy_label("Pet Store!").as_deref(), Some("pet-store"));
        assert_eq!(tidy_label("petstore"), None);
        assert_eq!(tidy_label("!!"), None);
    }

    #[test]
    fn deserializing_validates() {
        assert!(serde_json::from_str::<AccountId>("\"123456789012\"").is_ok());
        assert!(serde_json::from_str::<AccountId>("\"12\"").is_err());
    }
}
