"""Addresses and numbers that are written so that no program reads them, or that only their place tells."""

from __future__ import annotations

import pytest

from vigil_telemetry.redaction import redact, redact_text

LOCALS = ("jane.doe", "j_doe7", "jane+shop", "jane")
SIGNS = (
    " (at) ",
    "(at)",
    " [at] ",
    "[at]",
    " {at} ",
    " <at> ",
    "|at|",
    "*at*",
    " -at- ",
    "_at_",
    " (@) ",
    " AT ",
    " at ",
)
POINTS = ("(dot)", "[dot]", " dot ", " DOT ", " [.] ", "{dot}", "<dot>")


@pytest.mark.parametrize("sign", SIGNS)
def test_an_address_in_words_goes(sign: str) -> None:
    for local in LOCALS:
        for point in POINTS:
            assert redact_text(f"ask {local}{sign}example{point}com today") == "ask [email] today", (local, point)
            assert redact_text(f"ask {local}{sign}mail.example{point}co{point}uk") == "ask [email]", (local, point)


@pytest.mark.parametrize("sign", [sign for sign in SIGNS if sign.lower() != " at "])
def test_a_mark_in_brackets_needs_no_dot_in_words(sign: str) -> None:
    for local in LOCALS:
        assert redact_text(f"ask {local}{sign}example.com.") == "ask [email]."


@pytest.mark.parametrize(
    "text",
    [
        "ask jane.doe @example.com", "ask jane.doe@ example.com", "ask jane.doe @ example.com", "e-mail to jane.doe at example.com", 'ask "jane doe"@example.com', "ask jane.doe%2540example.com",
        "ask jane.doe=40example.com", "ask jane.doe&#x40;example.com", "ask bounce+jane.doe=example.org@relay.example.com", "contact: jane.doe at example.co.uk",
    ],
)  # fmt: skip
def test_an_address_goes_though_its_sign_stands_apart_or_is_encoded(text: str) -> None:
    assert not [part for part in ("jane", "doe", "example") if part in redact_text(text)], redact_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "look at this dot com bubble", "created_at_index of orders", "the mean (at) 5 ms", "refused at db.example.internal", "java.lang.Error at com.example.Main", "items[at] other.field",
        "CPU @ 3.40GHz", "installed left-pad @latest", "option (a) or.option", "@example.com mentioned", "meet at noon", "updated_at_utc.value", "arr[at].value",
        "v1.2 @ main.py", "retry at 10.5 s", "<at> the.end",
    ],
)  # fmt: skip
def test_a_word_between_words_is_none(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("open https://wa.me/491701234567?text=hi", "open https://wa.me/[phone]?text=hi"), ("wa.me/+14155552671", "wa.me/+[phone]"),
        ("GET https://api.whatsapp.com/send/?phone=%2B491701234567", "GET https://api.whatsapp.com/send/?phone=[redacted]"), ("signal.me/#p/+491701234567", "signal.me/#p/+[phone]"),
        ("phone 01701234567 refused", "phone [phone] refused"), ("caller 491701234567 hung up", "caller [phone] hung up"), ("sms to 491701234567 sent", "sms to [phone] sent"),
        ("recipient=491701234567", "recipient=[phone]"), ("dialed +14155552671x12", "dialed [phone]x12"), ("(+49) 170 1234567", "([phone]"), ("030 / 123 456 78", "[phone]"),
        ("+49_170_1234567", "[phone]"), ("+49\u00b7170\u00b71234567", "[phone]"), ("0170.123.45.67 rang", "[phone] rang"),
    ],
)  # fmt: skip
def test_a_phone_number_goes_where_a_word_or_a_link_tells_it(text: str, shown: str) -> None:
    assert redact_text(text) == shown


@pytest.mark.parametrize(
    "gap", ["~", "#", ":", ";", "=", "\\", "\n", "\r\n", "\\n", "<br>", "', '", '", "', "%2B", "\u2022", " - "]
)
def test_a_card_in_groups_of_four_goes_whatever_divides_them(gap: str) -> None:
    assert redact_text(f"paid {gap.join(['4111', '1111', '1111', '1111'])} ok") == "paid [card] ok"


def test_a_card_in_single_digits_goes() -> None:
    assert redact_text("paid 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 ok") == "paid [card] ok"
    assert redact_text("row 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2") == "row 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2"


@pytest.mark.parametrize(
    "address",
    ["203.0.113.7", "203[.]0[.]113[.]7", "203(.)0(.)113(.)7", "203{.}0{.}113{.}7", "203[dot]0[dot]113[dot]7", "203 . 0 . 113 . 7", "203\\.0\\.113\\.7", "203%2E0%2E113%2E7"],
)  # fmt: skip
def test_an_address_of_a_machine_goes_whatever_its_dots_are(address: str) -> None:
    assert redact_text(f"peer {address} refused") == "peer [ip] refused"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ip-203-0-113-7 booted", "ip-[ip] booted"), ("203-0-113-7.dyn.example.net asked", "[ip].dyn.example.net asked"), ("dsl_203_0_113_7 up", "dsl_[ip] up"),
        ("2001-db8--1.ipv6-literal.net", "[ip].ipv6-literal.net"), ("line\\n203.0.113.7", "line\\n[ip]"),
    ],
)  # fmt: skip
def test_an_address_in_the_name_of_a_host_goes(text: str, shown: str) -> None:
    assert redact_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "ip-999-0-0-1",
        "2026-11-30-12.log",
        "build 1-2-3-4",
        "12-11-10-9.log",
        "+1,234,567,890 rows",
        "port 4 1 1 1 1",
        "tel 12",
        "called 5 times",
    ],
)
def test_dates_counts_and_versions_are_none(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "name",
    [
        "pswd",
        "passwrd",
        "pwds",
        "creds",
        "cred",
        "usrpwd",
        "authcode",
        "auth_code",
        "sshKey",
        "tls-key",
        "key_pem",
        "client_assertion",
        "code_verifier",
        "userTokens",
    ],
)
def test_short_and_misspelt_names_of_secrets_are_known(name: str) -> None:
    assert redact({name: "kW7qPz41vXe"}) == {name: "[redacted]"}
    assert "kW7qPz41vXe" not in redact_text(f"{name}=kW7qPz41vXe")
