"""The endpoints under `/automock-emulator/` that tests use; AWS has none of them."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from . import log
from .access import GUARDS
from .census import census
from .model import settle
from .operation import operation_of, prefix_of
from .world import WORLD

if TYPE_CHECKING:
    from .process import EmulatorProcess

PREFIX = "/automock-emulator/"

Answer = tuple[str, list[tuple[str, str]], bytes]


class Control:
    """Answers control requests for one process."""

    def __init__(self, process: EmulatorProcess) -> None:
        self._process = process
        self._routes: dict[tuple[str, str], Callable[[dict[str, Any], dict[str, str]], Any]] = {
            ("GET", "ready"): lambda _body, _query: {"ready": True},
            ("GET", "census"): self._census,
            ("POST", "fork"): lambda _body, _query: {"port": self._process.fork()},
            ("POST", "shutdown"): self._shutdown,
            ("POST", "time"): self._time,
            ("GET", "settings"): lambda _body, _query: WORLD.settings.as_dict(),
            ("POST", "settings"): self._settings,
            ("POST", "fail-service"): self._fail_service,
            ("POST", "enforce"): self._enforce,
            ("GET", "access"): lambda _body, _query: GUARDS.report(),
            ("GET", "faults"): lambda _body, _query: {
                "pending": WORLD.faults.pending(),
                "struck": WORLD.faults.struck(),
            },
            ("POST", "faults"): self._faults,
            ("GET", "calls"): self._calls,
            ("POST", "live"): self._live,
            ("GET", "live"): self._live_state,
            ("POST", "live-kill"): lambda body, _query: self._at_live(lambda fleet: fleet.kill(body["task"])),
            ("POST", "live-interrupt"): lambda body, _query: self._at_live(lambda fleet: fleet.interrupt(body["task"])),
            ("GET", "live-metric"): self._live_metric,
        }

    def answer(self, environ: dict[str, Any], body: bytes) -> Answer:
        """Answers one request; a mistake in it is status 400 with the reason."""
        name = environ["PATH_INFO"][len(PREFIX) :].strip("/")
        route = self._routes.get((environ["REQUEST_METHOD"], name))
        if route is None:
            known = ", ".join(f"{method} {path}" for method, path in self._routes)
            return reply("404 Not Found", {"error": f"no such endpoint, known are {known}"})
        query = {key: values[-1] for key, values in parse_qs(environ["QUERY_STRING"]).items()}
        try:
            return reply("200 OK", route(json.loads(body) if body else {}, query))
        except (KeyError, TypeError, ValueError) as error:
            return reply("400 Bad Request", {"error": str(error)})
        except Exception as error:  # a fault of this layer, which a test must see
            log.line("".join(traceback.format_exception(error)))
            return reply("500 Internal Server Error", {"error": f"{type(error).__name__}: {error}"})

    def _census(self, _body: dict[str, Any], query: dict[str, str]) -> Any:
        settle()
        return census(names=query.get("names") == "true")

    def _shutdown(self, _body: dict[str, Any], _query: dict[str, str]) -> Any:
        self._process.exit_soon()
        return {}

    def _time(self, body: dict[str, Any], _query: dict[str, str]) -> Any:
        WORLD.advance(float(body["advance_seconds"]))
        settle()
        return {"now": WORLD.now()}

    def _settings(self, body: dict[str, Any], _query: dict[str, str]) -> Any:
        WORLD.settings.update(body)
        return WORLD.settings.as_dict()

    def _fail_service(self, body: dict[str, Any], _query: dict[str, str]) -> Any:
        WORLD.fail_service(body["service"], body.get("mode"), body.get("reason", ""))
        settle()
        return {}

    def _enforce(self, body: dict[str, Any], _query: dict[str, str]) -> Any:
        GUARDS.enforce(body["access_key"], body.get("role_arn"), body.get("policies"))
        return {}

    def _faults(self, body: dict[str, Any], _query: dict[str, str]) -> Any:
        if body:
            WORLD.faults.add(body)
        else:
            WORLD.faults.clear()
        return {"pending": WORLD.faults.pending()}

    def _live(self, body: dict[str, Any], _query: dict[str, str]) -> Any:
        self._process.start_live(body)
        return {}

    def _live_state(self, _body: dict[str, Any], query: dict[str, str]) -> Any:
        from .live.state import state

        return state(live_fleet(), int(query.get("since", 0)))

    def _live_metric(self, _body: dict[str, Any], query: dict[str, str]) -> Any:
        from .live.state import metric

        return metric(live_fleet(), query)

    def _at_live(self, action: Callable[[Any], Any]) -> Any:
        return action(live_fleet())

    def _calls(self, _body: dict[str, Any], query: dict[str, str]) -> Any:
        since = int(query.get("since", 0))
        return [
            {
                "service": prefix_of(call),
                "action": operation_of(call),
                "access_key": call.access_key,
                "status": int(status.split()[0]) if status else None,
            }
            for call, status in WORLD.calls[since:]
        ]


def live_fleet() -> Any:
    """The live fleet of this world."""
    if WORLD.live is None:
        raise ValueError("this world has no live fleet")
    return WORLD.live


def reply(status: str, document: Any) -> Answer:
    """A JSON answer."""
    return status, [("Content-Type", "application/json")], json.dumps(document).encode() + b"\n"
