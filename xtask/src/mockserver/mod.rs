//! A real MockServer and its real loader, for a fleet of `kind = "mockserver"`.
//!
//! The published images cannot be had everywhere, so both are made of their parts: MockServer's artifacts of
//! Maven Central under this machine's Java, and the AWS CLI under this machine's Python and bash. They lie in
//! a registry that asks nobody for a password, and the deployment copies them from there into the account's
//! own, as it would copy the published ones.

mod host_root;

use std::fs;
use std::path::{Path, PathBuf};

use automock_testkit::ImageRegistry;

use self::host_root::{HostRoot, find};
use crate::error::Error;
use crate::podman::Podman;
use crate::printer;
use crate::process::Tool;
use crate::workspace::Workspace;

const MOCKSERVER: &str = "5.15.0";
const AWS_CLI: &str = "1.46.3";

/// Below the target directory.
const FOLDER: &str = "mockserver-images";

/// The packages of Debian that have what both are made of.
const INSTALL: &str = "`apt-get install -y openjdk-17-jre-headless maven python3 python3-venv`";

/// Where Java's own tools are not needed.
const SKIPPED_OF_JAVA: [&str; 5] = ["jmods", "man", "demo", "include", "src.zip"];

/// Parts of Python that the AWS CLI does without.
const SKIPPED_OF_PYTHON: [&str; 6] = [
    "test",
    "site-packages",
    "dist-packages",
    "__pycache__",
    "idlelib",
    "ensurepip",
];

/// What the loader's script calls, beside bash and the AWS CLI.
const TOOLS: [&str; 7] = ["cat", "chmod", "mktemp", "mv", "rm", "sleep", "tail"];

/// An image of a fleet of `kind = "mockserver"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Image {
    Mock,
    Loader,
}

/// Images in a registry that stands for the public ones.
pub(crate) struct PublicRegistry {
    registry: ImageRegistry,
}

impl Image {
    pub(crate) const BOTH: [Self; 2] = [Self::Mock, Self::Loader];

    fn archive(self, workspace: &Workspace) -> PathBuf {
        let name = match self {
            Self::Mock => format!("mockserver-{MOCKSERVER}.tar"),
            Self::Loader => format!("aws-cli-{AWS_CLI}.tar"),
        };
        workspace.artifacts(FOLDER).join(name)
    }

    /// As the published one is called.
    fn repository(self) -> &'static str {
        match self {
            Self::Mock => "mockserver/mockserver",
            Self::Loader => "aws-cli/aws-cli",
        }
    }

    fn tag(self) -> String {
        match self {
            Self::Mock => format!("mockserver-{MOCKSERVER}"),
            Self::Loader => AWS_CLI.to_owned(),
        }
    }

    fn configuration(self) -> &'static [&'static str] {
        match self {
            Self::Mock => &[
                r#"ENTRYPOINT ["/bin/java", "-Dfile.encoding=UTF-8", "-cp", "/libs/*", "org.mockserver.cli.Main"]"#,
                "USER 65532",
            ],
            Self::Loader => &[r#"ENTRYPOINT ["/bin/aws"]"#],
        }
    }

    /// Puts it into a store of containers, under a name there.
    pub(crate) fn import(
        self,
        workspace: &Workspace,
        podman: &Podman,
        name: &str,
    ) -> Result<(), Error> {
        let archive = self.archive(workspace).display().to_string();
        let changes = self.configuration().iter();
        let changes = changes.flat_map(|change| ["--change", change]);
        let arguments = ["import", "--quiet"].into_iter().chain(changes);
        podman.run(arguments.chain([archive.as_str(), name]))
    }
}

impl PublicRegistry {
    /// Starts it with images that have been prepared.
    pub(crate) fn start(
        workspace: &Workspace,
        podman: &Podman,
        images: &[Image],
    ) -> Result<Self, Error> {
        let registry = ImageRegistry::start_public()?;
        let public = Self { registry };
        for &image in images {
            let name = public.name(image);
            image.import(workspace, podman, &name)?;
            podman.run([
                "push",
                "--quiet",
                "--tls-verify=false",
                "--format",
                "oci",
                &name,
            ])?;
        }
        Ok(public)
    }

    /// The name of an image there.
    pub(crate) fn name(&self, image: Image) -> String {
        let address = self.registry.address();
        format!("{address}/{}:{}", image.repository(), image.tag())
    }

    /// The image's manifest.
    pub(crate) fn manifest(&self, image: Image) -> Option<String> {
        self.registry.manifest(image.repository(), &image.tag())
    }
}

/// Makes the archives of images, unless they are there.
pub(crate) fn prepare(workspace: &Workspace, images: &[Image]) -> Result<(), Error> {
    let folder = workspace.artifacts(FOLDER);
    fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    for &image in images {
        let archive = image.archive(workspace);
        if archive.exists() {
            continue;
        }
        let programs: &[&str] = match image {
            Image::Mock => &["java", "mvn", "ldd"],
            Image::Loader => &["python3", "bash", "ldd"],
        };
        for program in programs {
            find(program).map_err(|_| Error::Missing {
                what: format!("{program} is not installed"),
                hint: format!("{INSTALL} installs what a real MockServer and its loader need"),
            })?;
        }
        printer::progress(format_args!(
            "==> making an image of {}",
            image.repository()
        ));
        match image {
            Image::Mock => make_mock(workspace, &folder, &archive)?,
            Image::Loader => make_loader(workspace, &folder, &archive)?,
        }
    }
    Ok(())
}

fn make_mock(workspace: &Workspace, folder: &Path, archive: &Path) -> Result<(), Error> {
    let project = folder.join("maven");
    let libraries = project.join("lib");
    fs::create_dir_all(&libraries).map_err(Error::file(&libraries))?;
    let pom = project.join("pom.xml");
    let text = format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion>\
         <groupId>rehearsal</groupId><artifactId>rehearsal</artifactId><version>1</version>\
         <dependencies><dependency><groupId>org.mock-server</groupId>\
         <artifactId>mockserver-netty</artifactId><version>{MOCKSERVER}</version>\
         </dependency></dependencies></project>"
    );
    fs::write(&pom, text).map_err(Error::file(&pom))?;
    Tool::new("mvn", &project)
        .args(["-q", "-B", "dependency:copy-dependencies"])
        .args(["-DoutputDirectory=lib", "-DincludeScope=runtime"])
        .run()?;
    let java = find("java")?;
    let java = fs::canonicalize(&java).map_err(Error::file(&java))?;
    let home = java.ancestors().nth(2).unwrap_or(Path::new("/"));
    let mut root = HostRoot::new(&folder.join("mockserver-root"))?;
    root.same(home, &SKIPPED_OF_JAVA)?;
    root.folder(&libraries, "/libs")?;
    root.program("sh", "sh")?;
    let start = format!("#!/bin/sh\nexec {} \"$@\"\n", java.display());
    root.write("/bin/java", &start, 0o755)?;
    root.pack(workspace.root(), archive)
}

fn make_loader(workspace: &Workspace, folder: &Path, archive: &Path) -> Result<(), Error> {
    let python = automock_testkit::find_python()?;
    let packages = folder.join("aws-cli");
    Tool::new(&python, folder)
        .args(["-m", "pip", "install", "--quiet", "--upgrade", "--target"])
        .args([packages.as_os_str(), format!("awscli=={AWS_CLI}").as_ref()])
        .run()?;
    let question = "import os, sys, sysconfig; print(os.path.realpath(sys.executable)); \
                    print(sysconfig.get_path('stdlib'))";
    let answer = Tool::new(&python, folder)
        .args(["-c", question])
        .capture()?;
    let mut lines = answer.lines().map(PathBuf::from);
    let (Some(program), Some(library)) = (lines.next(), lines.next()) else {
        return Err(Error::Malformed {
            path: python.display().to_string(),
            reason: answer,
        });
    };
    let mut root = HostRoot::new(&folder.join("aws-cli-root"))?;
    root.same(&program, &[])?;
    root.same(&library, &SKIPPED_OF_PYTHON)?;
    root.folder(&packages, "/aws-cli")?;
    root.program("bash", "bash")?;
    root.program("bash", "sh")?;
    for tool in TOOLS {
        root.program(tool, tool)?;
    }
    let start = format!(
        "#!/bin/sh\nPYTHONPATH=/aws-cli exec {} /aws-cli/bin/aws \"$@\"\n",
        program.display()
    );
    root.write("/bin/aws", &start, 0o755)?;
    root.pack(workspace.root(), archive)
}
