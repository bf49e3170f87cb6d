//! A second image of the engine: the same program under another digest, as after a rebuild.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::digest::sha256;
use crate::error::Error;

/// Copies an OCI image layout with one label more in the image's configuration.
pub(super) fn relabel(from: &Path, to: &Path) -> Result<(), Error> {
    let blobs = |folder: &Path| folder.join("blobs/sha256");
    let target = blobs(to);
    fs::create_dir_all(&target).map_err(Error::file(&target))?;
    copy_all(&blobs(from), &target)?;
    let layout = to.join("oci-layout");
    fs::copy(from.join("oci-layout"), &layout).map_err(Error::file(&layout))?;

    let mut index = read(&from.join("index.json"))?;
    let mut manifest = read(&blob(&target, &index["manifests"][0])?)?;
    let mut configuration = read(&blob(&target, &manifest["config"])?)?;
    configuration["config"]["Labels"] = json!({"automock.rehearsal": "second"});
    put(&target, &configuration, &mut manifest["config"])?;
    put(&target, &manifest, &mut index["manifests"][0])?;
    let path = to.join("index.json");
    fs::write(&path, index.to_string()).map_err(Error::file(&path))
}

fn copy_all(from: &Path, to: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(from).map_err(Error::file(from))? {
        let entry = entry.map_err(Error::file(from))?;
        let path = to.join(entry.file_name());
        fs::copy(entry.path(), &path).map_err(Error::file(&path))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Value, Error> {
    let text = fs::read_to_string(path).map_err(Error::file(path))?;
    serde_json::from_str(&text).map_err(|error| Error::Malformed {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}

/// The file that a descriptor names.
fn blob(folder: &Path, descriptor: &Value) -> Result<std::path::PathBuf, Error> {
    let digest = descriptor["digest"].as_str().unwrap_or_default();
    match digest.strip_prefix("sha256:") {
        Some(name) => Ok(folder.join(name)),
        None => Err(Error::Malformed {
            path: folder.display().to_string(),
            reason: format!("{descriptor} names no blob"),
        }),
    }
}

/// Writes a blob and has its descriptor name it.
fn put(folder: &Path, content: &Value, descriptor: &mut Value) -> Result<(), Error> {
    let text = content.to_string();
    let digest = sha256(text.as_bytes());
    let path = folder.join(&digest);
    fs::write(&path, &text).map_err(Error::file(&path))?;
    descriptor["digest"] = format!("sha256:{digest}").into();
    descriptor["size"] = text.len().into();
    Ok(())
}
