"""Smithy RPC v2 CBOR for services that moto answers in JSON.

New SDKs speak CBOR to CloudWatch. The request becomes a JSON request, and the
answer is encoded by the service's own model, because a CBOR timestamp carries a
tag that JSON cannot express.
"""

from __future__ import annotations

import base64
import datetime
import io
import json
import struct
from collections.abc import Callable
from typing import Any

from botocore.parsers import RpcV2CBORParser
from moto.core.utils import get_service_model

from .call import Call

SERVICES = {"GraniteServiceVersion20100801": "cloudwatch"}
HEADERS = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
TIMESTAMP_TAG = 1

Answer = tuple[str, list[tuple[str, str]], bytes]


def answer(call: Call, environ: dict[str, Any], body: bytes, run: Callable[..., Answer]) -> Answer:
    """Runs a CBOR request as JSON."""
    if call.cbor_service not in SERVICES:
        raise NotImplementedError(f"CBOR for {call.cbor_service}")
    operation = get_service_model(SERVICES[call.cbor_service]).operation_model(call.action)
    request = decode(body) if body else {}
    environ = environ | {
        "PATH_INFO": "/",
        "RAW_URI": "/",
        "REQUEST_URI": "/",
        "CONTENT_TYPE": "application/x-amz-json-1.0",
        "HTTP_X_AMZ_TARGET": f"{call.cbor_service}.{call.action}",
    }
    status, headers, content = run(environ, json.dumps(request, default=plain).encode())
    document = json.loads(content) if content.strip() else {}
    if status.startswith("2"):
        return status, HEADERS, encode(document, operation.output_shape)
    error_type = next((v for k, v in headers if k.lower() == "x-amzn-errortype"), None)
    document.setdefault("__type", error_type or "InternalFailure")
    return status, HEADERS, encode(document)


def decode(body: bytes) -> Any:
    """Decodes one CBOR item with botocore's reader."""
    parser = RpcV2CBORParser()
    return parser.parse_data_item(parser.get_peekable_stream_from_bytes(body))


def plain(value: Any) -> Any:
    """JSON for what CBOR knows beyond it."""
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"no JSON for {type(value).__name__}")


def encode(value: Any, shape: Any = None) -> bytes:
    """Encodes a value; `shape` tells timestamps from numbers."""
    out = io.BytesIO()
    _write(out, value, shape)
    return out.getvalue()


def _write(out: io.BytesIO, value: Any, shape: Any) -> None:
    if value is None:
        out.write(b"\xf6")
    elif shape is not None and shape.type_name == "timestamp":
        _head(out, 6, TIMESTAMP_TAG)
        out.write(b"\xfb" + struct.pack(">d", float(value)))
    elif isinstance(value, bool):
        out.write(b"\xf5" if value else b"\xf4")
    elif isinstance(value, float) or (shape is not None and shape.type_name in ("double", "float")):
        out.write(b"\xfb" + struct.pack(">d", float(value)))
    elif isinstance(value, int):
        _head(out, 0, value) if value >= 0 else _head(out, 1, -1 - value)
    elif isinstance(value, str):
        data = value.encode()
        _head(out, 3, len(data))
        out.write(data)
    elif isinstance(value, list):
        _head(out, 4, len(value))
        for item in value:
            _write(out, item, getattr(shape, "member", None))
    elif isinstance(value, dict):
        _write_map(out, {k: v for k, v in value.items() if v is not None}, shape)
    else:
        raise TypeError(f"no CBOR for {type(value).__name__}")


def _write_map(out: io.BytesIO, value: dict[str, Any], shape: Any) -> None:
    members = getattr(shape, "members", {}) if shape is not None else {}
    of_values = getattr(shape, "value", None) if shape is not None else None
    _head(out, 5, len(value))
    for name, item in value.items():
        _write(out, name, None)
        _write(out, item, members.get(name, of_values))


def _head(out: io.BytesIO, major: int, number: int) -> None:
    if number < 24:
        out.write(bytes([major << 5 | number]))
        return
    size, code = next((index, code) for index, code in enumerate("BHIQ") if number < 1 << 8 * (1 << index))
    out.write(bytes([major << 5 | (24 + size)]) + struct.pack(f">{code}", number))
