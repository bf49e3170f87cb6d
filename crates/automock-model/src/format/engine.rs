//! The table `[engine]`.

use super::reader::{Fault, Reader, Reported};
use super::spec::{DurationRule, Field, Kind, Literal, Table};
use super::writer::Writer;
use crate::engine::{ContainerImage, Engine, EngineKind};
use crate::network::NetworkMode;
use crate::region::Region;

/// What runs with kind = "mockserver" when no image is named.
const MOCKSERVER: &str = "mockserver/mockserver:5.15.0";

/// The shortest time between two looks of MockServer's loader, in seconds.
const LOADER_RELOAD: u64 = 5;

/// The longest image reference that ECS takes:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>.
const MAX_IMAGE: usize = 255;

const DIGEST: Kind = Kind::Text {
    pattern: Some("^sha256:[0-9a-f]{64}$"),
};
const DIGEST_EXAMPLE: &str =
    "\"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"";

pub(super) static SPEC: Table = Table {
    doc: "The mock server of a task, its container images, and how often expectations are reloaded.",
    fields: &[
        Field::default(
            "kind",
            Kind::Choice(&["automock", "mockserver"]),
            Literal::Text("automock"),
            "automock (the engine of `automock up`) or mockserver (MockServer, which needs Java).",
        ),
        Field::optional(
            "image",
            Kind::Text { pattern: None },
            "\"mocks/automock-server:0.1.0\"",
            "The mock server's image with its tag. Without it, a deploy puts the engine's image into \
             the account's own repository; MockServer's is mockserver/mockserver:5.15.0.",
        ),
        Field::optional(
            "digest",
            DIGEST,
            DIGEST_EXAMPLE,
            "The image's digest; with it, exactly this image runs, whatever happens to the tag.",
        ),
        Field::conditional(
            "loader_image",
            Kind::Text { pattern: None },
            Literal::Text("public.ecr.aws/aws-cli/aws-cli:2.17.0"),
            "With kind = \"mockserver\": the image of the loader, which fetches the expectations; it \
             needs bash and the AWS CLI.",
        ),
        Field::optional(
            "loader_digest",
            DIGEST,
            DIGEST_EXAMPLE,
            "The digest of the loader's image.",
        ),
        Field::conditional(
            "mirror",
            Kind::Bool,
            Literal::Bool(false),
            "With kind = \"mockserver\": whether a deploy copies both images into the account's own \
             repository, from which the tasks pull them by digest, without a public registry.",
        ),
        Field::optional(
            "reload_every",
            Kind::Duration(DurationRule {
                min_seconds: 1,
                max_seconds: 600,
                whole_minutes: false,
                none: false,
            }),
            "\"2s\"",
            "How often a task looks for changed expectations, 1s to 10m. Without it, 2s with \
             automock, and 30s with mockserver, whose loader takes 5s or more.",
        ),
    ],
};

/// What the images must fit to.
pub(super) struct Surroundings<'a> {
    pub(super) region: Option<&'a Region>,
    pub(super) mode: Option<&'a NetworkMode>,
}

pub(super) fn read(reader: &Reader<'_>, around: &Surroundings<'_>) -> Option<Engine> {
    let kind = reader.choice("kind").map(|word| match word {
        "mockserver" => EngineKind::MockServer,
        _ => EngineKind::AutoMock,
    });
    let mirror = read_mirror(reader, kind);
    let around = &Surroundings {
        // What a deploy copies, the tasks can pull.
        mode: around.mode.filter(|_| mirror != Some(true)),
        region: around.region,
    };
    let mock = read_mock(reader, kind, around);
    let loader = read_loader(reader, kind, around);
    let reload_every = read_reload_every(reader, kind);
    Some(Engine {
        kind: kind?,
        mock: mock.ok()?,
        loader: loader.ok()?,
        mirror: mirror?,
        reload_every_seconds: reload_every?,
    })
}

/// The image of AutoMock's engine is in the account's repository anyway.
fn read_mirror(reader: &Reader<'_>, kind: Option<EngineKind>) -> Option<bool> {
    let mirror = reader.bool("mirror");
    if kind? == EngineKind::AutoMock && mirror? {
        let fault = Fault::new(
            "is for engine.kind = \"mockserver\": the image of AutoMock's engine is in the account's \
             repository anyway",
        );
        reader.report("mirror", fault.hint("remove it".to_owned()));
        return None;
    }
    mirror
}

/// Only MockServer has one.
fn read_loader(
    reader: &Reader<'_>,
    kind: Option<EngineKind>,
    around: &Surroundings<'_>,
) -> Result<Option<ContainerImage>, Reported> {
    let keys = ["loader_image", "loader_digest"];
    if kind.ok_or(Reported)? == EngineKind::AutoMock {
        reader.refuse(
            &keys,
            "is for engine.kind = \"mockserver\": AutoMock's engine fetches its expectations itself",
        );
        let is_refused = keys.iter().any(|key| reader.has(key));
        return if is_refused { Err(Reported) } else { Ok(None) };
    }
    read_image(reader, keys[0], keys[1], around)
        .map(Some)
        .ok_or(Reported)
}

fn read_reload_every(reader: &Reader<'_>, kind: Option<EngineKind>) -> Option<u64> {
    let written = reader.optional("reload_every", Reader::seconds).ok()?;
    let kind = kind?;
    let seconds = written.unwrap_or(kind.default_reload_seconds());
    if kind == EngineKind::MockServer && seconds < LOADER_RELOAD {
        let fault = Fault::new(
            "is too short for MockServer's loader, which starts the AWS CLI for each look",
        );
        reader.report(
            "reload_every",
            fault.hint(format!("write \"{LOADER_RELOAD}s\" or more")),
        );
        return None;
    }
    Some(seconds)
}

pub(super) fn write(engine: &Engine, writer: &mut Writer) {
    writer.section("engine");
    writer.set("kind", engine.kind.as_str());
    if let Some(mock) = &engine.mock {
        writer.set("image", mock.image.as_str());
        writer.set_some("digest", mock.digest.as_deref());
    }
    if let Some(loader) = &engine.loader {
        writer.set("loader_image", loader.image.as_str());
        writer.set_some("loader_digest", loader.digest.as_deref());
    }
    if engine.mirror {
        writer.set("mirror", true);
    }
    writer.set_seconds("reload_every", engine.reload_every_seconds);
}

/// `None` is the image of AutoMock's own.
fn read_mock(
    reader: &Reader<'_>,
    kind: Option<EngineKind>,
    around: &Surroundings<'_>,
) -> Result<Option<ContainerImage>, Reported> {
    let named = reader.optional("image", |reader, key| {
        read_image(reader, key, "digest", around)
    })?;
    if let Some(image) = named {
        if kind == Some(EngineKind::AutoMock) && is_mockserver(&image) {
            reader.report("image", wrong_kind());
            return Err(Reported);
        }
        return Ok(Some(image));
    }
    let digest = reader.optional("digest", |reader, key| reader.text(key, parse_digest))?;
    if kind.ok_or(Reported)? == EngineKind::MockServer {
        check_reachable(reader, "image", MOCKSERVER, around);
        return Ok(Some(ContainerImage {
            image: MOCKSERVER.to_owned(),
            digest,
        }));
    }
    if digest.is_some() {
        let fault = Fault::new("is the digest of an image that is not named");
        reader.report(
            "digest",
            fault.hint("name it in engine.image, or leave the digest out".to_owned()),
        );
        return Err(Reported);
    }
    Ok(None)
}

/// MockServer's image under its own name, in whatever registry.
fn is_mockserver(image: &ContainerImage) -> bool {
    image.repository().rsplit('/').next() == Some("mockserver")
}

/// The two take different settings: the tasks would start, and never answer.
fn wrong_kind() -> Fault {
    Fault::new("is MockServer's, and engine.kind is \"automock\"")
        .hint("write kind = \"mockserver\" under [engine]".to_owned())
}

fn read_image(
    reader: &Reader<'_>,
    image_key: &str,
    digest_key: &str,
    around: &Surroundings<'_>,
) -> Option<ContainerImage> {
    let image = reader.text(image_key, |text| parse_image(text, digest_key));
    let digest = reader.optional(digest_key, |reader, key| reader.text(key, parse_digest));
    let image = image?;
    check_reachable(reader, image_key, &image, around);
    Some(ContainerImage {
        image,
        digest: digest.ok()?,
    })
}

/// Without a way to the internet, tasks pull images only through the region's ECR endpoints.
fn check_reachable(reader: &Reader<'_>, key: &str, image: &str, around: &Surroundings<'_>) {
    let (Some(NetworkMode::PrivateEndpoints), Some(region)) = (around.mode, around.region) else {
        return;
    };
    let registry = image.split('/').next().unwrap_or_default();
    let host = format!(".dkr.ecr.{region}.{}", region.partition().dns_suffix());
    let account = registry.strip_suffix(&host).unwrap_or_default();
    if account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) {
        return;
    }
    let reason = "cannot be pulled with network.mode = \"private-endpoints\", \
                  where tasks reach only private ECR repositories of the project's region";
    let name = image.rsplit('/').next().unwrap_or_default();
    let hint = format!("copy it to your registry and write \"<account>{host}/{name}\"");
    let shown = (!reader.has(key)).then(|| format!("the default ({image}) "));
    let reason = format!("{}{reason}", shown.unwrap_or_default());
    reader.report(key, Fault::new(reason).hint(hint));
}

fn parse_digest(text: &str) -> Result<String, Fault> {
    let digits = text.strip_prefix("sha256:");
    let is_hex = |digits: &str| {
        digits.len() == 64
            && digits
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    if digits.is_some_and(is_hex) {
        return Ok(text.to_owned());
    }
    Err(Fault::new(
        "is not of the form sha256: and 64 hexadecimal digits",
    ))
}

fn parse_image(text: &str, digest_key: &str) -> Result<String, Fault> {
    if let Some((image, digest)) = text.split_once('@') {
        return Err(
            Fault::new("has a digest, which has a key of its own").hint(format!(
                "write {image:?} here and engine.{digest_key} = {digest:?}"
            )),
        );
    }
    if text.len() > MAX_IMAGE {
        let reason = format!(
            "has {} characters; at most {MAX_IMAGE} are possible",
            text.len()
        );
        return Err(Fault::new(reason));
    }
    let image = ContainerImage {
        image: text.to_owned(),
        digest: None,
    };
    if !is_repository(image.repository()) {
        return Err(Fault::new("is not an image name"));
    }
    match image.tag() {
        None => Err(Fault::new("has no tag").hint(format!("write \"{text}:<version>\""))),
        Some("latest") => Err(
            Fault::new("has the tag \"latest\", which changes by itself")
                .hint("name a version".to_owned()),
        ),
        Some(tag) if !is_tag(tag) => Err(Fault::new("has a tag with characters not allowed there")),
        Some(_) => Ok(image.image),
    }
}

/// A registry's host with an optional port, and path parts in lower case.
fn is_repository(repository: &str) -> bool {
    let mut parts: Vec<&str> = repository.split('/').collect();
    if parts.len() > 1 && (parts[0].contains(['.', ':']) || parts[0] == "localhost") {
        let (host, port) = parts[0].split_once(':').unwrap_or((parts[0], "443"));
        let host_fits = host.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
        if !host_fits || port.parse::<u16>().is_err() {
            return false;
        }
        parts.remove(0);
    }
    parts.into_iter().all(is_path_part)
}

fn is_path_part(part: &str) -> bool {
    let is_inner = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9');
    let bytes = part.as_bytes();
    bytes
        .iter()
        .all(|b| is_inner(*b) || matches!(b, b'.' | b'_' | b'-'))
        && bytes.first().is_some_and(|b| is_inner(*b))
        && bytes.last().is_some_and(|b| is_inner(*b))
}

fn is_tag(tag: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|b| is_word(b) || matches!(b, b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Project;

    #[test]
    fn image_names_are_checked() {
        for good in [
            "mockserver/mockserver:5.15.0",
            "alpine:3",
            "localhost:5000/mock:1",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/mock_server:v1.2-rc.1",
        ] {
            assert_eq!(parse_image(good, "digest").as_deref(), Ok(good));
        }
        for bad in [
            "",
            "mockserver",
            "mockserver/mockserver:latest",
            "Mock/Server:1",
            "a//b:1",
            "a b:1",
            "a:b:c",
            "a:",
            "a:-1",
            "reg.io:port/a:1",
            &format!("a:{}", "1".repeat(129)),
        ] {
            assert!(parse_image(bad, "digest").is_err(), "{bad}");
        }
    }

    #[test]
    fn a_digest_in_the_image_is_moved_to_its_key() {
        let fault = parse_image("mock:1@sha256:ab", "loader_digest").unwrap_err();
        assert_eq!(
            fault.suggestion.as_deref(),
            Some("write \"mock:1\" here and engine.loader_digest = \"sha256:ab\"")
        );
    }

    fn engine(lines: &str) -> Result<Engine, Vec<String>> {
        Project::from_toml(&format!("name = \"pets\"\n[engine]\n{lines}"))
            .map(|project| project.engine)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_own_engine_needs_no_image_and_takes_one() {
        assert_eq!(engine("").unwrap().kind, EngineKind::AutoMock);
        assert_eq!(engine("").unwrap().mock, None);
        let named = engine("image = \"mocks/automock-server:1\"").unwrap();
        assert_eq!(named.kind, EngineKind::AutoMock);
        assert_eq!(named.mock.unwrap().image, "mocks/automock-server:1");
    }

    #[test]
    fn mockserver_has_a_default_image() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let found = engine(&format!("kind = \"mockserver\"\ndigest = \"{digest}\"")).unwrap();
        assert_eq!(found.kind, EngineKind::MockServer);
        let image = ContainerImage {
            image: MOCKSERVER.to_owned(),
            digest: Some(digest),
        };
        assert_eq!(found.mock, Some(image));
    }

    #[test]
    fn only_mockserver_has_a_loader() {
        assert_eq!(engine("").unwrap().loader, None);
        let loader = engine("kind = \"mockserver\"").unwrap().loader.unwrap();
        assert_eq!(loader.image, "public.ecr.aws/aws-cli/aws-cli:2.17.0");
        let lines = format!(
            "loader_image = \"aws-cli:2\"\nloader_digest = \"sha256:{}\"",
            "0".repeat(64)
        );
        let words = engine(&lines).unwrap_err();
        assert_eq!(words.len(), 2, "{words:?}");
        for words in words {
            assert!(words.contains("fetches its expectations itself"), "{words}");
        }
    }

    #[test]
    fn only_mockservers_images_are_mirrored() {
        assert!(!engine("kind = \"mockserver\"").unwrap().mirror);
        assert!(
            engine("kind = \"mockserver\"\nmirror = true")
                .unwrap()
                .mirror
        );
        let words = engine("mirror = true").unwrap_err();
        assert!(
            words[0].contains("in the account's repository anyway"),
            "{words:?}"
        );
        let private =
            "name = \"pets\"\nnetwork.mode = \"private-endpoints\"\nengine.kind = \"mockserver\"\n";
        assert!(Project::from_toml(private).is_err());
        assert!(Project::from_toml(&format!("{private}engine.mirror = true")).is_ok());
    }

    #[test]
    fn each_kind_looks_as_often_as_it_can_afford() {
        let seconds = |lines: &str| engine(lines).map(|engine| engine.reload_every_seconds);
        assert_eq!(seconds(""), Ok(2));
        assert_eq!(seconds("reload_every = \"1s\""), Ok(1));
        assert_eq!(seconds("kind = \"mockserver\""), Ok(30));
        assert_eq!(
            seconds("kind = \"mockserver\"\nreload_every = \"5s\""),
            Ok(5)
        );
        let words = seconds("kind = \"mockserver\"\nreload_every = \"4s\"").unwrap_err();
        assert!(
            words[0].contains("too short for MockServer's loader"),
            "{words:?}"
        );
    }

    #[test]
    fn an_image_that_does_not_fit_the_kind_is_refused() {
        let words = engine("image = \"registry.example.com/mockserver:5.15.0\"").unwrap_err();
        assert_eq!(words.len(), 1, "{words:?}");
        assert!(
            words[0].contains("is MockServer's, and engine.kind is \"automock\""),
            "{words:?}"
        );
        let digest = format!("digest = \"sha256:{}\"", "0".repeat(64));
        let words = engine(&digest).unwrap_err();
        assert!(
            words[0].contains("is the digest of an image that is not named"),
            "{words:?}"
        );
    }
}
