//! The account's image registry: whether the engine's repository is there, and how to log in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{AwsError, Session};

/// A name and a password for the account's registry, good for twelve hours; never shown.
pub(crate) struct RegistryLogin {
    pub(crate) user: String,
    pub(crate) password: String,
}

/// Whether the account has a repository of that name.
pub(crate) async fn has_repository(session: &Session, name: &str) -> Result<bool, AwsError> {
    let answer = session
        .ecr()
        .describe_repositories()
        .repository_names(name)
        .send()
        .await;
    match answer {
        Ok(_) => Ok(true),
        Err(error) => {
            let error = AwsError::new("look for the image repository", error);
            match error.code() {
                Some("RepositoryNotFoundException") => Ok(false),
                _ => Err(error),
            }
        }
    }
}

/// Asks for a login; it is worth what the session's credentials are worth in ECR.
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html>
pub(crate) async fn registry_login(session: &Session) -> Result<RegistryLogin, AwsError> {
    const ACTION: &str = "log in to the image registry";
    let answer = session
        .ecr()
        .get_authorization_token()
        .send()
        .await
        .map_err(|error| AwsError::new(ACTION, error))?;
    let token = answer
        .authorization_data()
        .first()
        .and_then(|data| data.authorization_token());
    token
        .and_then(parse)
        .ok_or_else(|| AwsError::other(ACTION, "the answer has no token of the documented form"))
}

/// A token is `user:password` in Base64.
fn parse(token: &str) -> Option<RegistryLogin> {
    let text = String::from_utf8(BASE64.decode(token).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some(RegistryLogin {
        user: user.to_owned(),
        password: password.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_user_and_password() {
        let login = parse(&BASE64.encode("AWS:pass:word")).unwrap();
        assert_eq!((&*login.user, &*login.password), ("AWS", "pass:word"));
        for bad in ["", "%%%", &BASE64.encode("no colon"), &BASE64.encode([255])] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
