//! Before a deploy: the engine's image is where its tasks will look for it.

use automock_model::{Foundation, Region};
use tokio_util::sync::CancellationToken;

use super::{Destination, Endpoint, EngineImage, UploadError, upload};
use crate::Error;
use crate::aws::Session;
use crate::aws::images::{has_repository, registry_login};
use crate::events::Events;
use crate::settings::Settings;

/// Names another registry than the account's own, by its URL: an emulator's.
pub(crate) const REGISTRY_VARIABLE: &str = "AUTOMOCK_IMAGE_REGISTRY";

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
    let endpoint = match settings.var(REGISTRY_VARIABLE) {
        Some(url) => Endpoint::parse(url).map_err(failed)?,
        None => Endpoint::secure(foundation.image_registry()),
    };
    let login = registry_login(session).await?;
    let destination = Destination {
        endpoint,
        repository: Foundation::ENGINE_REPOSITORY,
        user: login.user,
        password: login.password,
    };
    let sent = upload(image, &destination, events);
    tokio::select! {
        sent = sent => sent.map(drop).map_err(failed),
        () = cancel.cancelled() => Err(Error::Interrupted {
            what: "sending the engine's image",
        }),
    }
}
