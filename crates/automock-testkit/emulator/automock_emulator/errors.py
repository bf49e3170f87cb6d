"""The emulator's own error in each wire format of AWS."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from . import cbor
from .call import REST_JSON, Call

Answer = tuple[str, list[tuple[str, str]], bytes]

CODE = "EmulatorUnsupported"
STATUS = "400 Bad Request"

DENIED = {"ec2": "UnauthorizedOperation", "sns": "AuthorizationError"}
"""What services that speak XML call a refusal, unless it is `AccessDenied`."""


def unsupported_response(call: Call, detail: str) -> Answer:
    """An answer that every SDK reads as a client error with the code `EmulatorUnsupported`."""
    return error_response(call, STATUS, CODE, f"the emulator does not support {call}: {detail}")


def denied_response(call: Call, message: str) -> Answer:
    """The answer of the service to a caller who is not allowed to do this."""
    if call.is_cbor:
        return error_response(call, STATUS, "AccessDenied", message)
    if call.is_json:
        status = "403 Forbidden" if call.service in REST_JSON else STATUS
        return error_response(call, status, "AccessDeniedException", message)
    return error_response(call, "403 Forbidden", DENIED.get(call.service, "AccessDenied"), message)


def error_response(call: Call, status: str, code: str, message: str) -> Answer:
    """An error in the wire format of the call's service."""
    if call.is_cbor:
        content = cbor.encode({"__type": code, "message": message})
        kind = "application/cbor"
    elif call.is_json:
        content = json.dumps({"__type": code, "message": message, "Message": message}).encode()
        kind = "application/x-amz-json-1.1"
    else:
        content = xml_error(call.service, code, message).encode()
        kind = "text/xml"
    if call.method == "HEAD":
        content = b""
    headers = [("Content-Type", kind), ("x-amzn-errortype", code)]
    if call.is_cbor:
        headers.append(("smithy-protocol", "rpc-v2-cbor"))
    return status, headers, content


def xml_error(service: str, code: str, message: str) -> str:
    """The error document of EC2, of S3 and of the query protocol."""
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if service == "s3":
        return f"<Error>{error}</Error>"
    if service == "ec2":
        return f"<Response><Errors><Error>{error}</Error></Errors></Response>"
    return f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error></ErrorResponse>"
