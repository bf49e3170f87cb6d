"""Which AWS operation a request asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

CBOR_PATH = re.compile(r"^/service/(?P<service>[^/]+)/operation/(?P<action>[^/]+)$")
SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
REST_JSON = ("lambda", "scheduler")
READING = re.compile(r"^(Describe|Get|List|Head|Batch(Get|Describe)|Lookup|Filter|Search)")


@dataclass(frozen=True)
class Call:
    """One request as AWS names it."""

    service: str
    action: str
    method: str
    path: str
    user_agent: str
    content_type: str
    access_key: str = ""
    region: str = ""
    query: str = ""
    headers: tuple[str, ...] = ()
    cbor_service: str | None = None

    @classmethod
    def of(cls, environ: dict[str, Any], body: bytes) -> Call:
        """Reads the signature's scope and the place where the protocol keeps the action."""
        path = environ.get("PATH_INFO", "")
        rpc = CBOR_PATH.match(path)
        scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        return cls(
            # S3 is the one that takes unsigned requests.
            service=scope["service"] if scope else "s3",
            action=rpc["action"] if rpc else action_of(environ, body),
            method=environ["REQUEST_METHOD"],
            path=path,
            user_agent=environ.get("HTTP_USER_AGENT", ""),
            content_type=environ.get("CONTENT_TYPE", ""),
            access_key=scope["key"] if scope else "",
            region=scope["region"] if scope else "",
            query=environ.get("QUERY_STRING", ""),
            headers=tuple(name[5:].lower().replace("_", "-") for name in environ if name.startswith("HTTP_")),
            cbor_service=rpc["service"] if rpc else None,
        )

    @property
    def is_cbor(self) -> bool:
        """Whether the request speaks Smithy RPC v2 CBOR."""
        return self.cbor_service is not None

    @property
    def is_json(self) -> bool:
        """Whether the caller expects errors as JSON."""
        return "json" in self.content_type or self.service in REST_JSON

    @property
    def reads_only(self) -> bool:
        """Whether the operation leaves the world as it is, as far as its name tells."""
        if self.action:
            return READING.match(self.action) is not None
        return self.method in ("GET", "HEAD")

    @property
    def from_terraform(self) -> bool:
        """Whether the AWS provider of terraform asks."""
        return "terraform-provider-aws" in self.user_agent.lower()

    def __str__(self) -> str:
        return f"{self.service}:{self.action or f'{self.method} {self.path}'}"


def action_of(environ: dict[str, Any], body: bytes) -> str:
    """The action of a JSON or query request; REST requests have none."""
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return str(target).rpartition(".")[2]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        action = re.search(rb"(?:^|&)Action=(\w+)", body)
        return action[1].decode() if action else ""
    return ""
