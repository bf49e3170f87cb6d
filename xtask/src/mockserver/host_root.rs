//! A container's file system, made of programs of this machine.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::process::Tool;

/// A folder that becomes the root of an image.
#[derive(Debug)]
pub(super) struct HostRoot {
    folder: PathBuf,
    /// Whatever needs shared libraries, on this machine.
    linked: BTreeSet<PathBuf>,
}

impl HostRoot {
    /// An empty one, with the folders and the users that programs take for granted.
    pub(super) fn new(folder: &Path) -> Result<Self, Error> {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(Error::file(folder))?;
        }
        let root = Self {
            folder: folder.to_owned(),
            linked: BTreeSet::new(),
        };
        root.write(
            "/etc/passwd",
            "root:x:0:0::/root:/bin/sh\nnonroot:x:65532:65532::/tmp:/bin/sh\n",
            0o644,
        )?;
        for (name, mode) in [("/tmp", 0o1777), ("/root", 0o700)] {
            let path = root.inside(Path::new(name));
            fs::create_dir_all(&path).map_err(Error::file(&path))?;
            fs::set_permissions(&path, fs::Permissions::from_mode(mode))
                .map_err(Error::file(&path))?;
        }
        Ok(root)
    }

    /// Copies a program that is on the path of this machine to `/bin`, under a name.
    pub(super) fn program(&mut self, program: &str, name: &str) -> Result<(), Error> {
        let found = find(program)?;
        copy(&found, &self.inside(&Path::new("/bin").join(name)))?;
        self.linked.insert(found);
        Ok(())
    }

    /// Copies a file or a folder to where it is on this machine; symbolic links become what they name.
    pub(super) fn same(&mut self, path: &Path, skip: &[&str]) -> Result<(), Error> {
        self.copied(path, &self.inside(path), skip)
    }

    /// Copies a folder to another place.
    pub(super) fn folder(&mut self, from: &Path, to: &str) -> Result<(), Error> {
        self.copied(from, &self.inside(Path::new(to)), &[])
    }

    pub(super) fn write(&self, name: &str, text: &str, mode: u32) -> Result<(), Error> {
        let path = self.inside(Path::new(name));
        make_parent(&path)?;
        fs::write(&path, text).map_err(Error::file(&path))?;
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(&path, permissions).map_err(Error::file(&path))
    }

    /// Adds the shared libraries and packs everything.
    pub(super) fn pack(self, workspace: &Path, archive: &Path) -> Result<(), Error> {
        for library in libraries(workspace, &self.linked)? {
            let inside = self.inside(&library);
            if !inside.exists() {
                copy(&library, &inside)?;
            }
        }
        let part = archive.with_extension("part");
        let file = fs::File::create(&part).map_err(Error::file(&part))?;
        let mut builder = tar::Builder::new(file);
        builder
            .append_dir_all(".", &self.folder)
            .and_then(|()| builder.finish())
            .map_err(Error::file(archive))?;
        fs::remove_dir_all(&self.folder).map_err(Error::file(&self.folder))?;
        fs::rename(&part, archive).map_err(Error::file(archive))
    }

    fn inside(&self, path: &Path) -> PathBuf {
        self.folder.join(path.strip_prefix("/").unwrap_or(path))
    }

    fn copied(&mut self, from: &Path, to: &Path, skip: &[&str]) -> Result<(), Error> {
        let metadata = fs::metadata(from).map_err(Error::file(from))?;
        if !metadata.is_dir() {
            if is_linked(from) {
                self.linked.insert(from.to_owned());
            }
            return copy(from, to);
        }
        fs::create_dir_all(to).map_err(Error::file(to))?;
        for entry in fs::read_dir(from).map_err(Error::file(from))? {
            let entry = entry.map_err(Error::file(from))?;
            let name = entry.file_name();
            // A link to nothing is nothing that a program can read.
            if skip.iter().any(|skipped| name == *skipped) || !entry.path().exists() {
                continue;
            }
            self.copied(&entry.path(), &to.join(name), skip)?;
        }
        Ok(())
    }
}

/// Where a program is on this machine.
pub(super) fn find(program: &str) -> Result<PathBuf, Error> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates = std::env::split_paths(&path).map(|folder| folder.join(program));
    candidates
        .find(|candidate| candidate.is_file())
        .ok_or_else(|| Error::Missing {
            what: format!("{program} is not installed"),
            hint: "install it: the images of MockServer and its loader are made of it".to_owned(),
        })
}

/// Whether a file is a program or a shared library.
fn is_linked(path: &Path) -> bool {
    let mut start = [0; 4];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == *b"\x7fELF"
}

/// What `ldd` names for the files, and for everything that those need.
fn libraries(workspace: &Path, files: &BTreeSet<PathBuf>) -> Result<BTreeSet<PathBuf>, Error> {
    // What is no program of this machine is an error of one line, and no reason to stop.
    let (_, words) = Tool::new("ldd", workspace).args(files).collect()?;
    let named = words.lines().filter_map(|line| {
        let path = line.split("=> ").last()?.trim().split(" (").next()?;
        path.starts_with('/').then(|| PathBuf::from(path))
    });
    Ok(named.filter(|path| path.is_file()).collect())
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    make_parent(to)?;
    fs::copy(from, to).map(drop).map_err(Error::file(to))
}

fn make_parent(path: &Path) -> Result<(), Error> {
    match path.parent() {
        Some(parent) => fs::create_dir_all(parent).map_err(Error::file(parent)),
        None => Ok(()),
    }
}
