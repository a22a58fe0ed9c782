"""A server on loopback that speaks Vercel's documented `/v1/drains`."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-token-of-a-team-owner"


class Vercel:
    """The drains of one team, and every request that came."""

    def __init__(self):
        self.drains = {}
        self.requests = []
        self.refuse_with = None
        self.drop_answer = False

    def answer(self, method, path, query, body, token):  # noqa: PLR0911 - a case for each of the API's
        self.requests.append((method, path, query, body))
        if self.refuse_with:
            return self.refuse_with
        if token != f"Bearer {TOKEN}":
            return 401, {"error": {"code": "unauthorized", "message": "Not authorized"}}
        if query != {"teamId": ["team_abc"]}:
            return 403, {"error": {"code": "forbidden", "message": "You don't have permission"}}
        identifier = path.removeprefix("/v1/drains").strip("/")
        if method == "GET" and not identifier:
            return 200, {"drains": list(self.drains.values())}
        if method == "POST":
            wrong = [field for field in ("name", "projects", "schemas", "delivery", "source") if field not in body]
            if wrong:
                return 400, {"error": {"code": "bad_request", "message": f"missing required property {wrong[0]}"}}
            made = {"id": f"drn_{len(self.drains) + 1}", "status": "enabled", "ownerId": "team_abc"} | seen(body)
            self.drains[made["id"]] = made
            return 200, made
        if identifier not in self.drains:
            return 404, {"error": {"code": "not_found", "message": "Drain not found"}}
        if method == "PATCH":
            self.drains[identifier] |= seen(body)
        if method == "DELETE":
            del self.drains[identifier]
            return 204, None
        return 200, self.drains[identifier]


def seen(body):
    """A drain as Vercel gives it back: without its secret."""
    delivery = {key: value for key, value in body["delivery"].items() if key != "secret"}
    return {key: value for key, value in body.items() if key != "projects"} | {"delivery": delivery}


@contextmanager
def serving():
    vercel = Vercel()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self):
            place = urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            status, answer = vercel.answer(
                self.command, place.path, parse_qs(place.query), body, self.headers["Authorization"]
            )
            if vercel.drop_answer:
                self.close_connection = True
                return
            text = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815 - the names that http.server asks for

        def log_message(self, *args):
            """Tests write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield vercel, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
