"""S3 versions: the `null` version, and buckets whose versioning is suspended.

moto treats a suspended bucket as one that never had versions, and so it drops
them all with one write.
"""

from __future__ import annotations

from typing import Any

from moto.s3.exceptions import AccessDeniedByLock
from moto.s3.models import FakeDeleteMarker, FakeKey, S3Backend

NULL = "null"
STATUSES = ("Enabled", "Suspended")


def install() -> None:
    """Replaces deletion and corrects writes in suspended buckets."""
    put = S3Backend.put_object
    delete = S3Backend.delete_object

    def put_object(self: Any, bucket_name: str, key_name: str, *args: Any, **kwargs: Any) -> FakeKey:
        bucket = self.get_bucket(bucket_name)
        if getattr(bucket, "versioning_status", None) != "Suspended":
            return put(self, bucket_name, key_name, *args, **kwargs)
        kept = [key for key in bucket.keys.getlist(key_name, []) if str(key.version_id) != NULL]
        # moto closes the data of every version it replaces: take them out of its sight.
        dict.__setitem__(bucket.keys, key_name, [])
        new = put(self, bucket_name, key_name, *args, **kwargs)
        dict.__setitem__(bucket.keys, key_name, [*kept, new])
        return new

    def delete_object(
        self: Any, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
    ) -> tuple[bool, dict[str, Any]]:
        bucket = self.get_bucket(bucket_name)
        if getattr(bucket, "versioning_status", None) not in STATUSES:
            if version_id not in (None, NULL):
                return False, {}
            return delete(self, bucket_name, key_name, None, bypass)
        if version_id is not None:
            return delete_version(bucket, key_name, version_id, bypass)
        return add_marker(bucket, key_name)

    S3Backend.put_object = put_object  # type: ignore[method-assign]
    S3Backend.delete_object = delete_object  # type: ignore[method-assign]


def delete_version(bucket: Any, key_name: str, version_id: str, bypass: bool) -> tuple[bool, dict[str, Any]]:
    """Removes one version or one delete marker for good."""
    versions = bucket.keys.getlist(key_name, [])
    doomed = [version for version in versions if str(version.version_id) == version_id]
    meta = {"version-id": version_id}
    if not doomed:
        return False, meta
    if isinstance(doomed[0], FakeDeleteMarker):
        meta["delete-marker"] = "true"
    elif doomed[0].is_locked(governance_bypass=bypass):
        raise AccessDeniedByLock
    kept = [version for version in versions if str(version.version_id) != version_id]
    bucket.keys.setlist(key_name, kept)
    if not kept:
        bucket.keys.pop(key_name)
    return True, meta


def add_marker(bucket: Any, key_name: str) -> tuple[bool, dict[str, Any]]:
    """Hides an object; a suspended bucket gives up its `null` version for the marker."""
    versions = bucket.keys.getlist(key_name, [])
    if not versions:
        return False, {}
    marker = FakeDeleteMarker(key=versions[-1])
    if bucket.versioning_status == "Suspended":
        marker._version_id = NULL
        versions = [version for version in versions if str(version.version_id) != NULL]
    bucket.keys.setlist(key_name, [*versions, marker])
    return True, {"version-id": marker.version_id, "delete-marker": "true"}
