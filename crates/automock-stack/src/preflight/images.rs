//! Images that the tasks will pull from the account's own registry.

use automock_model::{ContainerImage, Foundation, Project};

use super::{IMAGE, unknown};
use crate::aws::Session;
use crate::aws::limits::{ImageId, has_image, is_pulled_through};
use crate::doctor::{Check, Verdict};
use crate::engine_image::EngineImage;

/// The image that AutoMock itself puts into the account's repository.
pub(super) async fn engine_image(session: &Session, image: Option<&EngineImage>) -> Option<Check> {
    let id = ImageId::Digest(image?.digest());
    let found = has_image(session, Foundation::ENGINE_REPOSITORY, id).await;
    Some(match found {
        Ok(true) => Check::new(
            IMAGE,
            Verdict::Good,
            "the engine's image is in the account's repository",
        ),
        Ok(false) => Check::new(
            IMAGE,
            Verdict::Good,
            "a deploy will send the engine's image to the account's repository",
        ),
        Err(error) => unknown(IMAGE, "the repository", &error),
    })
}

/// The images that the project names. Of those in other registries, accounts or regions nothing is
/// known: what the caller may read there says nothing about what the tasks may.
pub(super) async fn named_images(project: &Project, session: &Session) -> Vec<Check> {
    let foundation = Foundation::new(session.account_id().clone(), project.region.clone());
    let registry = foundation.image_registry();
    let mut checks = Vec::new();
    for (key, image) in named(project) {
        if let Some(own) = OwnImage::of(&registry, image) {
            checks.push(check(session, key, image, &own).await);
        }
    }
    checks
}

/// The images that the project names, each with its key in the file.
fn named(project: &Project) -> impl Iterator<Item = (&'static str, &ContainerImage)> {
    let mock = project.engine.mock.iter();
    let loader = project.engine.loader.iter();
    mock.map(|image| ("engine.image", image))
        .chain(loader.map(|image| ("engine.loader_image", image)))
}

/// An image of the account's own registry.
#[derive(Debug, PartialEq, Eq)]
struct OwnImage<'a> {
    repository: &'a str,
    id: ImageId<'a>,
}

impl<'a> OwnImage<'a> {
    fn of(registry: &str, image: &'a ContainerImage) -> Option<Self> {
        let repository = image.repository().strip_prefix(registry)?;
        let id = match &image.digest {
            Some(digest) => ImageId::Digest(digest),
            None => ImageId::Tag(image.tag().unwrap_or("latest")),
        };
        Some(Self {
            repository: repository.strip_prefix('/')?,
            id,
        })
    }
}

async fn check(session: &Session, key: &str, image: &ContainerImage, own: &OwnImage<'_>) -> Check {
    let reference = image.reference();
    let missing = match has_image(session, own.repository, own.id).await {
        Ok(true) => {
            let finding = format!("the account has {reference} (`{key}`)");
            return Check::new(IMAGE, Verdict::Good, finding);
        }
        Ok(false) => format!("the account has no image {reference} (`{key}`)"),
        Err(error) if error.code() == Some("RepositoryNotFoundException") => {
            let repository = own.repository;
            format!("the account has no repository {repository} for an image (`{key}`)")
        }
        Err(error) => return unknown(IMAGE, &format!("image {reference} (`{key}`)"), &error),
    };
    let is_pulled_through = is_pulled_through(session, own.repository).await.ok();
    absent(key, &missing, is_pulled_through)
}

/// An image that is not there stops a deploy only when it is known that nobody will fetch it.
fn absent(key: &str, finding: &str, is_pulled_through: Option<bool>) -> Check {
    let push = format!("push it, or correct `{key}`");
    let (verdict, cache, hint) = match is_pulled_through {
        Some(false) => (Verdict::Bad, "", push),
        Some(true) => (
            Verdict::Note,
            "; it comes through the pull-through cache",
            "pull it once, or allow the role that starts the tasks to import it".to_owned(),
        ),
        None => (
            Verdict::Note,
            "; whether a pull-through cache fetches it cannot be read",
            push,
        ),
    };
    Check::new(IMAGE, verdict, format!("{finding}{cache}")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTRY: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

    fn image(name: &str, digest: Option<&str>) -> ContainerImage {
        ContainerImage {
            image: name.to_owned(),
            digest: digest.map(str::to_owned),
        }
    }

    #[test]
    fn an_image_of_the_account_has_a_repository_and_an_id() {
        let tagged = image(&format!("{REGISTRY}/mocks/server:1.2"), None);
        let expected = OwnImage {
            repository: "mocks/server",
            id: ImageId::Tag("1.2"),
        };
        assert_eq!(OwnImage::of(REGISTRY, &tagged), Some(expected));
        let pinned = image(&tagged.image, Some("sha256:ab"));
        let found = OwnImage::of(REGISTRY, &pinned).unwrap();
        assert_eq!(found.id, ImageId::Digest("sha256:ab"));
        let bare = image(&format!("{REGISTRY}/server"), None);
        let found = OwnImage::of(REGISTRY, &bare).unwrap();
        assert_eq!(found.id, ImageId::Tag("latest"));
    }

    #[test]
    fn images_elsewhere_are_not_looked_for() {
        for elsewhere in [
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/server:1",
            "210987654321.dkr.ecr.eu-west-1.amazonaws.com/server:1",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com.cn/server:1",
            "public.ecr.aws/aws-cli/aws-cli:2.17.0",
            "mockserver/mockserver:5.15.0",
        ] {
            assert_eq!(OwnImage::of(REGISTRY, &image(elsewhere, None)), None);
        }
    }

    #[test]
    fn the_loader_and_an_image_in_place_of_the_engines_are_named() {
        let mut project = Project::new("pets".parse().unwrap());
        let keys = |project: &Project| named(project).map(|(key, _)| key).collect::<Vec<_>>();
        assert!(keys(&project).is_empty(), "AutoMock's engine has no loader");
        project.engine.mock = Some(image("server:1", None));
        assert_eq!(keys(&project), ["engine.image"]);
        project.engine.loader = Some(image("loader:1", None));
        assert_eq!(keys(&project), ["engine.image", "engine.loader_image"]);
    }

    #[test]
    fn an_image_that_nobody_fetches_stops_a_deploy() {
        let judge = |known| absent("engine.image", "the account has no image", known);
        let bad = judge(Some(false));
        assert_eq!(bad.verdict, Verdict::Bad);
        assert_eq!(bad.hint.unwrap(), "push it, or correct `engine.image`");
        let unknown = judge(None);
        assert_eq!(unknown.verdict, Verdict::Note);
        assert!(unknown.finding.contains("cannot be read"), "{unknown:?}");
        let cached = judge(Some(true));
        assert_eq!(cached.verdict, Verdict::Note);
        assert!(cached.finding.contains("comes through"), "{cached:?}");
    }
}
