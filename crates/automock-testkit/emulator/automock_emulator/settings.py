"""Settings of the emulated world, read once from the environment."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, fields


@dataclass
class Settings:
    """Delays are in seconds on the world's clock, which tests can advance."""

    target_initial_seconds: float = 1.0
    """How long a new target stays `initial` before it turns `healthy`."""

    ack_seconds: float = 0.5
    """How long a loader takes to confirm a revision it can read."""

    nat_delete_seconds: float = 1.0
    """How long a NAT gateway stays `deleting`."""

    drain_seconds: float = 1.0
    """How long the tasks of a deleted service keep running."""

    eni_release_seconds: float = 1.0
    """How long the interfaces of a deleted load balancer stay behind."""

    strict: bool = True
    """Refuse the deletions that AWS refuses and stock moto allows."""

    @classmethod
    def from_environment(cls) -> Settings:
        """Reads `EMULATOR_<FIELD>` for each field."""
        settings = cls()
        settings.update(
            {
                field.name: os.environ[f"EMULATOR_{field.name.upper()}"]
                for field in fields(cls)
                if f"EMULATOR_{field.name.upper()}" in os.environ
            }
        )
        return settings

    def update(self, values: dict[str, object]) -> None:
        """Applies named values; an unknown name is an error."""
        kinds = {field.name: type(getattr(self, field.name)) for field in fields(self)}
        for name, value in values.items():
            if name not in kinds:
                raise KeyError(f"unknown setting {name!r}, known are {', '.join(kinds)}")
            if kinds[name] is bool:
                setattr(self, name, str(value).lower() in ("1", "true"))
            else:
                setattr(self, name, float(str(value)))

    def as_dict(self) -> dict[str, object]:
        """The settings for the control endpoint."""
        return asdict(self)


def prepare_moto_environment() -> None:
    """Sets the variables that moto reads at import time; call before importing it."""
    defaults = {
        "MOTO_ACM_VALIDATION_WAIT": "0",
        # Object data beyond this size would go to temporary files, whose position is
        # shared between a forked world and its origin.
        "MOTO_S3_DEFAULT_KEY_BUFFER_SIZE": str(1 << 30),
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
        "MOTO_DISABLE_GLOBAL_CORS": "true",
        # moto builds boto3 sessions to learn the region lists.
        "AWS_ACCESS_KEY_ID": "emulator",
        "AWS_SECRET_ACCESS_KEY": "emulator",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL"):
        os.environ.pop(name, None)
