"""The client: loopback only, patient with a busy server, typed about refusals."""

import httpx
import pytest

from vigil_runner.client import (
    ApiError,
    Client,
    ConflictError,
    NotFoundError,
    RefusedAddressError,
    UnreachableError,
    loopback,
)
from vigil_runner.wire import Request

GET = Request(method="GET", path="/v2/x")


class Server:
    """Gives its answers in turn, and keeps the requests and the client's pauses."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []

    def client(self) -> Client:
        return Client("http://127.0.0.1:1", transport=httpx.MockTransport(self._answer), sleep=self.pauses.append)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body, *headers = answer
        return httpx.Response(status, json=body, headers=headers[0] if headers else {})


def error(code, status, message):
    return (code, {"error": {"code": code, "status": status, "message": message}})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8085/", "http://localhost:8085", "http://[::1]:8085", "http://127.9.9.9"]
)
def test_this_machine_is_allowed(url):
    assert loopback(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    ["https://logging.googleapis.com", "http://10.0.0.1:8085", "http://localhost.example.com", "http://127.0.0.1.example.com", "http://127.0.0.1@example.com", "file:///x", "127.0.0.1:8085", ""],
)  # fmt: skip
def test_any_other_host_is_refused_before_a_request(url):
    with pytest.raises(RefusedAddressError, match="not on this machine"):
        Client(url)


def test_a_request_arrives_whole():
    server = Server((200, {"name": "n"}))

    answer = server.client().send(
        Request(method="POST", path="/v2/a%2Fb", query={"updateMask": "x,y"}, body={"k": [1, True, None]})
    )

    assert answer == {"name": "n"}
    request = server.requests[0]
    assert (request.method, request.url.raw_path) == ("POST", b"/v2/a%2Fb?updateMask=x%2Cy")
    assert (request.headers["content-type"], request.content) == ("application/json", b'{"k": [1, true, null]}')


@pytest.mark.parametrize("busy", [429, 503])
def test_a_request_to_a_busy_server_is_repeated_with_doubling_pauses(busy):
    server = Server((busy, {}), (busy, {}), (busy, {}), (200, {"ok": True}))

    assert server.client().send(GET) == {"ok": True}
    assert server.pauses == [0.1, 0.2, 0.4]


def test_it_waits_as_long_as_the_server_says():
    server = Server((429, {}, {"retry-after": "7"}), (200, {}))

    server.client().send(GET)

    assert server.pauses == [7.0]


def test_a_server_that_stays_busy_is_an_error_in_its_words():
    server = Server(*[error(429, "RESOURCE_EXHAUSTED", "Quota exceeded")] * 6)

    with pytest.raises(ApiError, match="429 RESOURCE_EXHAUSTED: Quota exceeded"):
        server.client().send(GET)
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("code", "kind"), [(400, ApiError), (404, NotFoundError), (409, ConflictError), (500, ApiError)]
)
def test_refusals_are_typed_and_not_repeated(code, kind):
    server = Server(error(code, "STATUS", "why"))

    with pytest.raises(kind) as raised:
        server.client().send(GET)

    assert (raised.value.code, raised.value.status, raised.value.message) == (code, "STATUS", "why")
    assert len(server.requests) == 1


def test_the_field_that_the_api_objects_to_is_named():
    violation = {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"field": "metric.filter", "description": "d"}],
    }
    server = Server(
        (400, {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "Bad filter.", "details": [violation]}})
    )

    with pytest.raises(ApiError, match=r"400 INVALID_ARGUMENT \(field metric.filter\): Bad filter\."):
        server.client().send(GET)


def test_an_error_that_is_no_json_is_reported_all_the_same():
    client = Client(
        "http://127.0.0.1:1", transport=httpx.MockTransport(lambda _: httpx.Response(502, text="bad gateway"))
    )

    with pytest.raises(ApiError, match="502 Bad Gateway: bad gateway"):
        client.send(GET)


def test_a_server_that_is_not_there_is_an_error_with_a_remedy():
    with pytest.raises(UnreachableError, match=r"nobody answers at http://127.0.0.1:1 .*vigil serve"):
        Server(httpx.ConnectError("refused")).client().send(GET)


def test_a_redirect_is_not_followed():
    server = Server((302, {}, {"location": "http://example.com/"}))

    with pytest.raises(ApiError, match="302"):
        server.client().send(GET)
    assert len(server.requests) == 1


class TestOperations:
    request = Request(method="POST", path="/v2/b:createAsync", body={}, operation=True)

    def test_one_that_is_done_gives_its_response(self):
        server = Server((200, {"name": "op", "done": True, "response": {"name": "bucket"}}))

        assert server.client().send(self.request) == {"name": "bucket"}

    def test_one_that_is_not_is_polled(self):
        server = Server(
            (200, {"name": "projects/p/locations/l/operations/1"}),
            (200, {"name": "projects/p/locations/l/operations/1"}),
            (200, {"name": "x", "done": True, "response": {"name": "bucket"}}),
        )

        assert server.client().send(self.request) == {"name": "bucket"}
        assert [str(each.url.path) for each in server.requests[1:]] == ["/v2/projects/p/locations/l/operations/1"] * 2
        assert server.pauses == [0.1, 0.2]

    def test_one_that_fails_is_an_error(self):
        server = Server((200, {"name": "op", "done": True, "error": {"code": 9, "message": "no such key"}}))

        with pytest.raises(ApiError, match="no such key"):
            server.client().send(self.request)


def test_an_exchange_is_played_to_its_end():
    def exchange():
        first = yield GET
        second = yield Request(method="POST", path="/v2/y", body={"saw": first["v"]})
        return {"sum": first["v"] + second["v"]}

    server = Server((200, {"v": 1}), (200, {"v": 2}))

    assert server.client().run(exchange()) == {"sum": 3}
    assert server.requests[1].content == b'{"saw": 1}'
