"""Images without a container engine: pulled over HTTP and unpacked into a folder.

<https://distribution.github.io/distribution/spec/api/>
"""

from __future__ import annotations

import base64
import io
import json
import tarfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .config import Registry
from .container import Image

MANIFEST = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"


@dataclass(frozen=True)
class UnpackedImage:
    """An image's files and how it wants to be started."""

    image: Image
    root: Path
    entry_point: list[str]
    command: list[str]
    environment: dict[str, str]


def fetch(image: str, registry: Registry, folder: Path) -> UnpackedImage:
    """Pulls `…/repository@digest` from the registry and unpacks its layers."""
    started = time.monotonic()
    repository, _, reference = image.partition("/")[2].replace("@", ":", 1).partition(":")
    manifest = json.loads(get(registry, f"{repository}/manifests/{reference}", MANIFEST))
    config = json.loads(get(registry, f"{repository}/blobs/{manifest['config']['digest']}"))
    root = folder / reference.replace(":", "-")[:24]
    root.mkdir(parents=True, exist_ok=True)
    size = 0
    for layer in manifest["layers"]:
        content = get(registry, f"{repository}/blobs/{layer['digest']}")
        size += len(content)
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            archive.extractall(root, filter="tar")
    wanted: dict[str, Any] = config.get("config") or {}
    return UnpackedImage(
        image=Image(manifest["config"]["digest"], size, time.monotonic() - started),
        root=root,
        entry_point=wanted.get("Entrypoint") or [],
        command=wanted.get("Cmd") or [],
        environment=dict(it.split("=", 1) for it in wanted.get("Env") or []),
    )


def transferred(image: str, registry: Registry) -> int | None:
    """The bytes of an image's layers as the registry sends them; `None` for one that is elsewhere."""
    repository, _, reference = image.partition("/")[2].partition("@")
    try:
        manifest = json.loads(get(registry, f"{repository}/manifests/{reference}", MANIFEST))
    except (OSError, ValueError):
        return None
    return sum(int(it["size"]) for it in manifest.get("layers", []))


def get(registry: Registry, path: str, accepts: str = "*/*") -> bytes:
    """One document of the registry's API."""
    login = base64.b64encode(f"{registry.user}:{registry.password}".encode()).decode()
    request = urllib.request.Request(
        f"http://{registry.address}/v2/{path}", headers={"Accept": accepts, "Authorization": f"Basic {login}"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as answer:
        return bytes(answer.read())
