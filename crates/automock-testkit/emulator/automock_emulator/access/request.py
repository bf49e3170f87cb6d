"""What a request asks for: its parameters, whatever protocol carries them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote
from xml.etree import ElementTree

from .. import cbor
from ..call import Call
from ..operation import operation_of, prefix_of

PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


@dataclass(frozen=True)
class Request:
    """One request with what resolvers want to know about it."""

    call: Call
    body: bytes
    account: str

    @property
    def operation(self) -> str:
        """The operation's name."""
        return operation_of(self.call)

    @property
    def action(self) -> str:
        """The IAM action of the same name."""
        return f"{prefix_of(self.call)}:{self.operation}"

    @property
    def partition(self) -> str:
        """The partition of the request's region."""
        region = self.call.region
        return next((name for prefix, name in PARTITIONS.items() if region.startswith(prefix)), "aws")

    def arn(self, service: str, rest: str, *, region: str | None = None, account: str | None = None) -> str:
        """An ARN in the request's partition, region and account."""
        region = self.call.region if region is None else region
        account = self.account if account is None else account
        return f"arn:{self.partition}:{service}:{region}:{account}:{rest}"

    def form(self, name: str) -> list[str]:
        """Values of a query parameter, of a list `Name.1`, `Name.2` or `Name.member.1` too."""
        pattern = re.compile(rf"{name}(\.(member|item)?\.?\d+)?$")
        fields = parse_qs(self.body.decode(), keep_blank_values=True)
        return [value for key, values in fields.items() if pattern.match(key) for value in values]

    def json(self) -> dict[str, Any]:
        """The body of a JSON or CBOR request, or of a query request to a service that takes both."""
        if not self.body:
            return {}
        if self.call.is_cbor:
            return dict(cbor.decode(self.body))
        return dict(json.loads(self.body))

    def query(self) -> dict[str, str]:
        """The parameters in the URL."""
        return dict(parse_qsl(self.call.query, keep_blank_values=True))

    def segment(self, after: str) -> str:
        """The segment of the path that follows another one."""
        parts = self.call.path.split("/")
        return unquote(parts[parts.index(after) + 1])

    def xml(self) -> ElementTree.Element:
        """The body as XML."""
        return ElementTree.fromstring(self.body)

    def texts(self, name: str) -> list[str]:
        """The text of every XML element with a name, in any namespace."""
        return [it.text or "" for it in self.xml().iter() if it.tag.rpartition("}")[2] == name]
