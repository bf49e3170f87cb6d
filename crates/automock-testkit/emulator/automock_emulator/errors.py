"""The emulator's own error in each wire format of AWS."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from . import cbor
from .call import Call

CODE = "EmulatorUnsupported"
STATUS = "400 Bad Request"


def unsupported_response(call: Call, detail: str) -> tuple[str, list[tuple[str, str]], bytes]:
    """An answer that every SDK reads as a client error with the code `EmulatorUnsupported`."""
    message = f"the emulator does not support {call}: {detail}"
    if call.is_cbor:
        content = cbor.encode({"__type": CODE, "message": message})
        kind = "application/cbor"
    elif call.is_json:
        content = json.dumps({"__type": CODE, "message": message, "Message": message}).encode()
        kind = "application/x-amz-json-1.1"
    else:
        content = xml_error(call.service, message).encode()
        kind = "text/xml"
    headers = [("Content-Type", kind), ("x-amzn-errortype", CODE)]
    if call.is_cbor:
        headers.append(("smithy-protocol", "rpc-v2-cbor"))
    return STATUS, headers, content


def xml_error(service: str, message: str) -> str:
    """The error document of EC2, of S3 and of the query protocol."""
    error = f"<Code>{CODE}</Code><Message>{escape(message)}</Message>"
    if service == "s3":
        return f"<Error>{error}</Error>"
    if service == "ec2":
        return f"<Response><Errors><Error>{error}</Error></Errors></Response>"
    return f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error></ErrorResponse>"
