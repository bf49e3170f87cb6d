"""Drives the engine with the PyPI package mockserver-client.

python client.py <port> <port of another server>
"""

import faulthandler
import json
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from mockserver import MockServerClient
from mockserver.exceptions import MockServerError, MockServerVerificationError
from mockserver.models import (
    Expectation,
    HttpRequest,
    HttpResponse,
    Times,
    VerificationTimes,
)

PORT, UPSTREAM = (int(port) for port in sys.argv[1:3])


def request(method, path, body=None):
    data = None if body is None else body.encode()
    sent = urllib.request.Request(
        f"http://127.0.0.1:{PORT}{path}",
        data,
        {"content-type": "text/plain"} if data else {},
        method=method,
    )
    try:
        with urllib.request.urlopen(sent, timeout=30) as response:
            return response.status, response.read().decode(), response.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


def equal(found, expected):
    if found != expected:
        raise AssertionError(f"{found!r} is not {expected!r}")


def refused(kind, call):
    try:
        found = call()
    except kind as error:
        return str(error)
    raise AssertionError(f"was not refused: {found!r}")


def creating(client):
    made = client.upsert(
        Expectation(
            id="pets",
            http_request=HttpRequest(
                method="GET",
                path="/pets/.*",
                query_string_parameters={"page": ["1"]},
            ),
            http_response=HttpResponse(
                status_code=203, headers={"x-a": ["1"]}, body={"pet": 7}
            ),
        )
    )
    equal([expectation.id for expectation in made], ["pets"])
    status, body, headers = request("GET", "/pets/7?page=1")
    equal((status, json.loads(body), headers["x-a"]), (203, {"pet": 7}, "1"))
    equal(request("GET", "/pets/7?page=2")[0], 404)
    client.when(HttpRequest(path="/simple"), Times.exactly(1)).respond(
        HttpResponse(status_code=201)
    )
    equal([request("POST", "/simple")[0] for _ in range(2)], [201, 404])
    wrong = Expectation(http_request=HttpRequest(path="/x"))
    refused(MockServerError, lambda: client.upsert(wrong))


def verifying(client):
    pets = HttpRequest(path="/pets/7")
    client.verify(pets, VerificationTimes.at_least(2))
    reason = refused(
        MockServerVerificationError,
        lambda: client.verify(pets, VerificationTimes.exactly(3)),
    )
    if "Request not found" not in reason:
        raise AssertionError(reason)
    simple = HttpRequest(path="/simple")
    client.verify_sequence(pets, simple)
    reason = refused(
        MockServerVerificationError, lambda: client.verify_sequence(simple, pets)
    )
    if "Request sequence not found" not in reason:
        raise AssertionError(reason)


def retrieving(client):
    requests = client.retrieve_recorded_requests(HttpRequest(path="/simple"))
    equal([(one.method, one.path) for one in requests], [("POST", "/simple")] * 2)
    equal([one.id for one in client.retrieve_active_expectations()], ["pets"])
    pairs = client.retrieve_recorded_requests_and_responses(
        HttpRequest(path="/pets/.*")
    )
    equal([pair.http_response.status_code for pair in pairs], [203, 404])
    log = "\n".join(str(entry) for entry in client.retrieve_log_messages())
    if "/pets/7" not in log:
        raise AssertionError(log)


def clearing(client):
    simple = HttpRequest(path="/simple")
    client.clear(simple, "LOG")
    equal(client.retrieve_recorded_requests(simple), [])
    client.clear_by_id("pets")
    equal(request("GET", "/pets/7?page=1")[0], 404)
    equal(client.retrieve_active_expectations(), [])


def responding(client):
    def answer(asked):
        body = asked.body
        text = body if isinstance(body, str) else body.string
        if text == "fail":
            raise ValueError("no such word")
        return HttpResponse(
            status_code=202, headers={"x-client": ["yes"]}, body=text.upper()
        )

    client.mock_with_callback(
        HttpRequest(method="POST", path="/callback"), answer, Times.unlimited()
    )
    status, body, headers = request("POST", "/callback", "shout")
    equal((status, body, headers["x-client"]), (202, "SHOUT", "yes"))
    equal(headers["websocketcorrelationid"], None)
    status, body, _ = request("POST", "/callback", "fail")
    equal((status, body), (404, "no such word"))
    words = [f"word{index}" for index in range(50)]
    with ThreadPoolExecutor(10) as pool:
        bodies = list(pool.map(lambda word: request("POST", "/callback", word)[1], words))
    equal(bodies, [word.upper() for word in words])
    client.verify(HttpRequest(path="/callback"), VerificationTimes.exactly(52))


def forwarding(client):
    def elsewhere(asked):
        return HttpRequest(
            method="GET",
            path="/upstream",
            headers={"Host": [f"127.0.0.1:{UPSTREAM}"], "x-from": [asked.path]},
        )

    def then(asked, response):
        return HttpResponse(
            status_code=response.status_code + 1, body=f"{asked.path} answered"
        )

    client.mock_with_forward_callback(HttpRequest(path="/forward"), elsewhere)
    equal(request("GET", "/forward")[:2], (200, "from /forward"))
    client.mock_with_forward_callback(HttpRequest(path="/both"), elsewhere, then)
    equal(request("GET", "/both")[:2], (201, "/upstream answered"))


def resetting(client):
    client.reset()
    equal(client.retrieve_active_expectations(), [])
    equal(client.retrieve_recorded_requests(), [])
    equal(request("POST", "/callback", "x")[0], 404)


def main():
    faulthandler.dump_traceback_later(60, exit=True)
    steps = [
        creating,
        verifying,
        retrieving,
        clearing,
        responding,
        forwarding,
        resetting,
    ]
    with MockServerClient("127.0.0.1", PORT) as client:
        for step in steps:
            step(client)
            print(step.__name__, flush=True)


if __name__ == "__main__":
    main()
