"""Errors that quote what they refuse, and values that no joint ties to their name."""

from __future__ import annotations

import pytest

from vigil_telemetry.redaction import redact_text

SECRET = "kW7qPz41vXe"


@pytest.mark.parametrize(
    "text",
    [
        "expected int for dictionary value @ data['password']. Got '{}'", "'password' must be <class 'int'> (got '{}' that is a <class 'str'>).", "Invalid enum value '{}' - at `$.token`",
        'Cannot deserialize value of type `int` from String "{}": not a valid `int` value (through reference chain: Login["password"])', "[ {{ code: 'invalid_type', path: ['password'], received: '{}' }} ]",
        "invalid literal for int() with base 10: '{}'", "could not convert string to float: '{}'", "['\u201c{}\u201d value must be a decimal number.']", "Select a valid choice. {} is not one of the available choices.",
        "Duplicate entry '{}' for key 'users.token'", "Cannot insert duplicate key in object 'dbo.x'. The duplicate key value is ({}).", 'E11000 duplicate key error index: token_1 dup key: {{ : "{}" }}',
    ],
)  # fmt: skip
def test_what_an_error_refused_goes(text: str) -> None:
    assert SECRET not in redact_text(text.format(SECRET))


@pytest.mark.parametrize(
    "text",
    [
        "invalid literal for int() with base 10: 'abc'", "could not convert string to float: '12,5'", "'token' expected, got 'eof'", "Duplicate entry '57' for key 'PRIMARY'", "'password' is required, got 'null'",
        "Invalid value 'verbose' for 'level'", "the field 'token' must be of type 'str', got 'integer'", "unexpected value 'user' for 'token_type'",
    ],
)  # fmt: skip
def test_what_helps_and_says_nothing_about_anybody_stays(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 FROM sessions WHERE token IN ('a', '{}')", "WHERE s.api_key NOT LIKE '{}%'", "az devops login --pat {}", "kiosk --session-id {} --pin 17", "auth: user=ann:{}", "session: key={} open",
        "password ::= {}", "password ~> {}", "password --> '{}'", "password ==> {}", "password != {}", "password: -> {}", "password={{{}}}", "password[{}]", "password/{}", "password (was {}) is rejected",
        "changed password from '{}' to '{}'", "the password for ann is {}", "Incorrect API key provided: {}. You can find", "Invalid password value: {}", "ann tried {} as password", "bad credentials (ann:{})",
        "auth ann:{}", "login=ann:{}", "password:\n- {}\n", "password:\n  - value: {}\n", "('password', '=', '{}')", 'array(2) {{ ["password"]=> string(11) "{}" }}', "SELECT pgp_sym_decrypt(x, '{}')",
        "<key>password</key><string>{}</string>", "<member><name>password</name><value><string>{}</string></value></member>", '<input value="{}" name="password">', '<input value="{}" type="text" name="token">',
        "Content-Disposition: form-data; name*=UTF-8''password\r\n\r\n{}\r\n--b", 'password = @"{}"', "password = $'{}'",
    ],
)  # fmt: skip
def test_a_secret_goes_whatever_ties_it_to_its_name(text: str) -> None:
    assert SECRET not in redact_text(text.format(SECRET, SECRET))


def test_a_code_goes_before_what_it_is() -> None:
    for text in (
        "482913 is your login code",
        "482913 is your one-time password",
        "use 482913 as your verification code",
    ):
        assert "482913" not in redact_text(text)
    assert redact_text("500 is the status code") == "500 is the status code"


@pytest.mark.parametrize("gap", [" ", ":", "\\t", "+", "%20", '  "', "', '", "=", "%3A"])
def test_basic_credentials_go_whatever_stands_before_them(gap: str) -> None:
    for scheme in ("Basic", "basic", "BASIC"):
        assert "YW5uOmtX" not in redact_text(f"got {scheme}{gap}YW5uOmtXN3FQejQxdlhl from there")
    assert "QWxhZGRpbjpv" not in redact_text("credentials 'QWxhZGRpbjpvcGVuIHNlc2FtZQ==' were refused")


@pytest.mark.parametrize(
    "text",
    ["could not connect to 'mysql://ann:pa {}@10.1.2.3/app?ssl=1'", "redis://:pa {}@cache:6379/0", "ann/{}@db:1521/ORCL", "sqlplus ann/{}@ORCL", "jdbc:oracle:thin:ann/{}@db:1521:ORCL"],
)  # fmt: skip
def test_a_password_in_an_address_goes_though_it_holds_blanks_or_is_oracles(text: str) -> None:
    assert SECRET not in redact_text(text.format(SECRET))


@pytest.mark.parametrize(
    "text",
    ["http://shop:8080 mailed to the owner", "docker pull acme/shop@sha256:0f1e", "see github.com/acme/shop@v1.2.3:14", "the token for orders is missing", "login ann: refused", "auth method: password", "basic:enabled"],
)  # fmt: skip
def test_prose_and_references_stay(text: str) -> None:
    assert redact_text(text) == text
