//! Before a deploy: the engine's image is where its tasks will look for it.

use automock_model::{Foundation, Region};
use tokio_util::sync::CancellationToken;

use super::{Destination, Endpoint, EngineImage, UploadError, upload};
use crate::Error;
use crate::aws::Session;
use crate::aws::images::{has_repository, registry_login};
use crate::events::Events;
use crate::settings::Settings;

/// Names an emulator's registry by its URL.
pub(crate) const REGISTRY_VARIABLE: &str = "AUTOMOCK_IMAGE_REGISTRY";

/// The registry goes with whoever gives the password for it: AWS's with AWS, an emulator's with an
/// emulator. A password of AWS is worth the caller's rights, and goes nowhere else.
fn endpoint(
    settings: &Settings,
    is_emulated: bool,
    foundation: &Foundation,
) -> Result<Endpoint, UploadError> {
    match (settings.var(REGISTRY_VARIABLE), is_emulated) {
        (None, false) => Ok(Endpoint::secure(foundation.image_registry())),
        (Some(url), true) => Endpoint::parse(url),
        (Some(_), false) => Err(UploadError::NotEmulated),
        (None, true) => Err(UploadError::NoRegistry),
    }
}

/// Refuses to go on without the repository that a bootstrap makes.
pub(crate) async fn require_repository(session: &Session, region: &Region) -> Result<(), Error> {
    if has_repository(session, Foundation::ENGINE_REPOSITORY).await? {
        return Ok(());
    }
    Err(Error::NoImageRepository {
        account: session.account().to_owned(),
        region: region.to_string(),
    })
}

/// The account's repository, and a password for it.
pub(super) async fn destination(
    foundation: &Foundation,
    session: &Session,
    settings: &Settings,
) -> Result<Destination<'static>, Error> {
    let is_emulated = session.has_own_endpoint("ECR");
    let endpoint =
        endpoint(settings, is_emulated, foundation).map_err(|source| Error::ImageUpload {
            repository: foundation.engine_repository(),
            source,
        })?;
    let login = registry_login(session).await?;
    Ok(Destination {
        endpoint,
        repository: Foundation::ENGINE_REPOSITORY,
        user: login.user,
        password: login.password,
    })
}

/// Sends the image to the repository unless it is there.
pub(crate) async fn supply(
    image: &EngineImage,
    foundation: &Foundation,
    session: &Session,
    settings: &Settings,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<(), Error> {
    let failed = |source: UploadError| Error::ImageUpload {
        repository: foundation.engine_repository(),
        source,
    };
    events.step("looking for the engine's image in the account's registry");
    let destination = destination(foundation, session, settings).await?;
    let sent = upload(image, &destination, events);
    tokio::select! {
        sent = sent => sent.map(drop).map_err(failed),
        () = cancel.cancelled() => Err(Error::Interrupted {
            what: "sending the engine's image",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_goes_to_whom_it_is_for() {
        let region = Region::new("us-east-1").unwrap();
        let foundation = Foundation::new("123456789012".parse().unwrap(), region);
        let url = "http://127.0.0.1:5000";
        let with = |has_registry: bool, is_emulated| {
            let registry = (REGISTRY_VARIABLE.to_owned(), url.to_owned());
            let pairs = has_registry.then_some(registry);
            let settings = Settings::new(".").with_environment(pairs);
            endpoint(&settings, is_emulated, &foundation)
        };
        assert_eq!(
            with(false, false).unwrap(),
            Endpoint::secure("123456789012.dkr.ecr.us-east-1.amazonaws.com".to_owned())
        );
        assert_eq!(with(true, true).unwrap(), Endpoint::parse(url).unwrap());
        assert!(matches!(with(true, false), Err(UploadError::NotEmulated)));
        assert!(matches!(with(false, true), Err(UploadError::NoRegistry)));
    }
}
