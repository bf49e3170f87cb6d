"""HAProxy's configuration for a load balancer: a pure function of its listeners.

<https://docs.haproxy.org/2.6/configuration.html>; where HAProxy differs from an Application Load Balancer:
`docs/rehearsal.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from .listeners import Balancer, Condition, FixedResponse, Forward, Listener, Redirect, wildcards

CONNECT_SECONDS = 10
"""How long an Application Load Balancer waits for a target to accept."""

CONNECTIONS = 8000
"""Half of the open files that a machine may have, as each request takes two."""

PLACEHOLDERS = {
    "#{protocol}": "%[var(txn.protocol)]",
    "#{host}": "%[var(txn.host)]",
    "#{port}": "%[dst_port]",
    "#{path}": "%[path,regsub(^/,)]",
    "#{query}": "%[query]",
}


def backend_name(target_group_arn: str) -> str:
    """A target group's name in the configuration."""
    return "tg_" + target_group_arn.rpartition("targetgroup/")[2].replace("/", "_")


def frontend_name(port: int) -> str:
    """A listener's name in the configuration."""
    return f"listener_{port}"


def configuration(balancer: Balancer, socket: Path, log: str, certificate: Callable[[str], Path]) -> str:
    """The whole configuration; `certificate` says where the file of a certificate is."""
    lines = list(head(balancer, socket, log))
    for listener in balancer.listeners:
        lines += ["", *frontend(balancer, listener, certificate)]
    for arn in balancer.groups:
        lines += ["", *backend(arn)]
    lines += ["", "backend without_targets", "  http-request return status 503"]
    return "\n".join(lines) + "\n"


def head(balancer: Balancer, socket: Path, log: str) -> Iterator[str]:
    """Process-wide settings and those that all listeners share."""
    idle = balancer.idle_timeout_seconds
    yield from (
        "global",
        f"  stats socket {socket} mode 600 level admin expose-fd listeners",
        "  stats timeout 1h",
        f"  maxconn {CONNECTIONS}",
        f"  log {log} len 4096 format raw local0",
        "  hard-stop-after 90s",
        "  nbthread 1",
        "  tune.bufsize 32768",
        "  tune.http.maxhdr 256",
        "defaults",
        "  mode http",
        "  log global",
        "  option dontlog-normal",
        '  log-format "%ci:%cp %s %ST %ts %Tt %{+Q}r"',
        # Nothing is ever sent twice: a client has to see what happened.
        "  retries 0",
        "  no option redispatch",
        "  http-reuse always",
        f"  timeout connect {CONNECT_SECONDS}s",
        f"  timeout client {idle}s",
        f"  timeout server {idle}s",
        f"  timeout http-keep-alive {idle}s",
        f"  timeout http-request {idle}s",
        "  timeout queue 10s",
        # A target that refuses or breaks a connection is a bad gateway to AWS.
        f"  errorfile 503 {socket.parent / 'bad-gateway.http'}",
    )


def frontend(balancer: Balancer, listener: Listener, certificate: Callable[[str], Path]) -> Iterator[str]:
    """One listener with its rules."""
    tls = ""
    if listener.is_tls and listener.certificate:
        tls = f" ssl crt {certificate(listener.certificate)} alpn h2,http/1.1"
    yield f"frontend {frontend_name(listener.port)}"
    yield f"  bind {balancer.address}:{listener.port}{tls}"
    yield "  http-request set-var(txn.path) url,field(1,?)"
    yield "  http-request set-var(txn.host) req.hdr(host),field(1,:),lower"
    yield f"  http-request set-var(txn.protocol) str({'https' if listener.is_tls else 'http'})"
    if balancer.drops_invalid_headers:
        yield "  http-request del-header [^-A-Za-z0-9] -m reg"
    for number, rule in enumerate(listener.rules):
        holds = "".join(f" {{ {criterion(it)} }}" for it in rule.conditions)
        yield f"  http-request set-var(txn.rule) int({number}) if !{{ var(txn.rule) -m found }}{holds}"
    for number, rule in enumerate(listener.rules):
        chosen = f"{{ var(txn.rule) -m int {number} }}"
        if isinstance(rule.action, FixedResponse):
            yield f"  {fixed(rule.action)} if {chosen}"
        elif isinstance(rule.action, Redirect):
            yield f"  {redirect(rule.action)} if {chosen}"
    yield "  option forwardfor"
    yield "  http-request set-header X-Forwarded-Proto %[var(txn.protocol)]"
    yield "  http-request set-header X-Forwarded-Port %[dst_port]"
    yield '  http-request set-header X-Amzn-Trace-Id "Root=1-%[date,hex,lower]-%[uuid,regsub(-,,g),bytes(0,24)]"'
    for number, rule in enumerate(listener.rules):
        if isinstance(rule.action, Forward):
            yield from forward(number, rule.action)


def criterion(condition: Condition) -> str:
    """A condition as an anonymous ACL, any of whose patterns is enough."""
    match condition.field:
        case "path-pattern":
            return f"var(txn.path) -m reg {patterns(condition.values)}"
        case "host-header":
            return f"var(txn.host) -m reg -i {patterns(condition.values)}"
        case "http-header":
            return f"req.hdr({condition.name}) -m reg -i {patterns(condition.values)}"
        case "http-request-method":
            return f"method {' '.join(quoted(it) for it in condition.values)}"
        case "source-ip":
            return f"src {' '.join(condition.values)}"
        case "query-string":
            expressions = [f"(^|&){wildcards(it)[1:-1]}(&|$)" for it in condition.values]
            return f"query -m reg -i {' '.join(quoted(it) for it in expressions)}"
        case _:
            raise ValueError(f"the load balancer does not know conditions on {condition.field}")


def patterns(values: tuple[str, ...]) -> str:
    """AWS's wildcards as quoted regular expressions."""
    return " ".join(quoted(wildcards(it)) for it in values)


def quoted(text: str) -> str:
    """One word of the configuration, whatever is in it."""
    return "'" + text.replace("'", "'\\''") + "'"


def escaped(text: str) -> str:
    """A quoted word that is not meant to have format tags."""
    return quoted(text.replace("%", "%%"))


def fixed(action: FixedResponse) -> str:
    """An answer without a target."""
    body = f" content-type {quoted(action.content_type)} string {quoted(action.body)}" if action.body else ""
    return f"http-request return status {action.status}{body}"


def redirect(action: Redirect) -> str:
    """A redirection, with the port left out where the protocol implies it."""
    implied = {"HTTPS": "443", "HTTP": "80"}
    port = "" if implied.get(action.protocol.upper()) == action.port else f":{action.port}"
    path = action.path if action.path.startswith("/") else f"/{action.path}"
    location = f"{action.protocol.lower()}://{action.host}{port}{path}"
    location += f"?{action.query}" if action.query not in ("", "#{query}") else "%[var(txn.query)]"
    for placeholder, tag in PLACEHOLDERS.items():
        location = location.replace(placeholder, tag)
    # Only a request with a query has a question mark in its new location.
    location = location.replace("%[var(txn.query)]", "%[url,regsub(^[^?]*,)]")
    return f'http-request redirect location "{location}" code {action.status}'


def forward(number: int, action: Forward) -> Iterator[str]:
    """Chooses a target group by weight; without targets the answer is 503."""
    chosen = f"{{ var(txn.rule) -m int {number} }}"
    total = sum(weight for _arn, weight in action.groups)
    before = 0
    if len(action.groups) > 1:
        yield f"  http-request set-var(txn.lot) rand({max(total, 1)}) if {chosen}"
    for arn, weight in action.groups:
        name = backend_name(arn)
        drawn = ""
        if len(action.groups) > 1:
            drawn = f" {{ var(txn.lot) -m int {before}:{before + weight - 1} }}" if weight else " { always_false }"
        before += weight
        yield f"  use_backend without_targets if {chosen}{drawn} {{ nbsrv({name}) eq 0 }}"
        yield f"  use_backend {name} if {chosen}{drawn}"


def backend(arn: str) -> Iterator[str]:
    """A target group; its targets are added while HAProxy runs."""
    yield f"backend {backend_name(arn)}"
    yield "  balance roundrobin"
    yield "  http-response set-header X-Served-By %s"
