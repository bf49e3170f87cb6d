"""The WSGI application: one request at a time, and no answer that makes an SDK retry.

moto is not thread-safe, and a fork must not copy a half-done change, so requests
take turns. The AWS provider repeats a call up to 25 times on status 500; what moto
cannot do is therefore answered with status 400 and the code `EmulatorUnsupported`.
"""

from __future__ import annotations

import io
import threading
import traceback
from collections.abc import Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app

from . import cbor, faults, log
from .access import GUARDS
from .call import Call
from .control import PREFIX, Control
from .errors import unsupported_response
from .faults import Fault
from .fixes.route53 import hide_change_info
from .model import settle
from .world import WORLD

Answer = tuple[str, list[tuple[str, str]], bytes]

MOTO = DomainDispatcherApplication(create_backend_app)
"""moto's own application, shared by the gateways of a process and its forks."""


class Gateway:
    """Routes control requests to `Control` and everything else to moto."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self.lock = threading.RLock()
        """Whoever holds it has the world alone."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answers one request."""
        body = read_body(environ)
        fault = None
        with self.lock:
            if environ["PATH_INFO"].startswith(PREFIX):
                status, headers, content = self._control.answer(environ, body)
            else:
                (status, headers, content), fault = self._aws(environ, body)
        headers = [(name, value) for name, value in headers if name.lower() != "status"]
        start_response(status, headers)
        return faults.sent(fault, content)

    def _aws(self, environ: dict[str, Any], body: bytes) -> tuple[Answer, Fault | None]:
        call = Call.of(environ, body)
        WORLD.calls.append((call, ""))
        index = len(WORLD.calls) - 1
        settle()
        fault = WORLD.faults.strike(call)
        answer = faults.before(fault, call) or GUARDS.check(call, body) or self._do(call, environ, body)
        faults.after(fault)
        WORLD.calls[index] = (call, answer[0])
        log.debug(f"{call} -> {answer[0]}")
        return answer, fault

    def _do(self, call: Call, environ: dict[str, Any], body: bytes) -> Answer:
        try:
            run = self._run_moto
            answer = cbor.answer(call, environ, body, run) if call.is_cbor else run(environ, body)
        except Exception as error:  # moto raises whatever it likes
            return self._unsupported(call, error)
        if is_flask_error(answer):
            return self._unsupported(call, LookupError(f"moto has no such path ({answer[0]})"))
        if not call.reads_only:
            WORLD.touched_services.add(call.service)
            settle()
        return hide_change_info(call, answer)

    def _run_moto(self, environ: dict[str, Any], body: bytes) -> Answer:
        environ = environ | {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        chunks, status, headers = run_wsgi_app(MOTO, environ, buffered=True)
        return status, list(headers.items()), b"".join(chunks)

    def _unsupported(self, call: Call, error: Exception) -> Answer:
        log.line(f"unsupported: {call}: {type(error).__name__}: {error}")
        if not isinstance(error, (NotImplementedError, LookupError)) or log.VERBOSE:
            log.line("".join(traceback.format_exception(error)))
        return unsupported_response(call, f"{type(error).__name__}: {error}")


def is_flask_error(answer: Answer) -> bool:
    """Whether Flask itself, and not a service of moto, refused the request."""
    status, headers, content = answer
    if status[0] not in "45":
        return False
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    return status[0] == "5" or (kind.startswith("text/html") and b"<!doctype html>" in content[:64])


def read_body(environ: dict[str, Any]) -> bytes:
    """Reads the whole request body, so that no slow client holds the world's lock."""
    stream = environ["wsgi.input"]
    if environ.pop("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        environ.pop("wsgi.input_terminated", None)
        return bytes(stream.read())
    return bytes(stream.read(int(environ.get("CONTENT_LENGTH") or 0)))
