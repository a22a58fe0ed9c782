"""Addresses and numbers in spellings that no program reads, or that only their place marks."""

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
def test_a_phone_number_goes_where_a_word_or_a_link_marks_it(text: str, shown: str) -> None:
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


@pytest.mark.parametrize("gap", [" ", "-", ".", "/"])
@pytest.mark.parametrize(("first", "step"), [(2, 2), (2, 4), (2, 20), (3, 4), (4, 3), (4, 4), (4, 9)])
def test_an_iban_goes_in_groups_of_any_size(gap: str, first: int, step: int) -> None:
    iban = "DE89370400440532013000"
    groups = [iban[:first], *(iban[place : place + step] for place in range(first, len(iban), step))]
    assert redact_text(f"to {gap.join(groups)} now") == "to [iban] now"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("DE89:3704:0044:0532:0130:00", "[iban]"), ("DE89\n3704\n0044\n0532\n0130\n00", "[iban]"), ("refDE89370400440532013000", "ref[iban]"),
        ("DE89370400440532013000COBADEFFXXX", "[iban]COBADEFFXXX"), ("3782.822463.10005", "[card]"), ("5/5/5/5/5/5/5/5/5/5/5/5/4/4/4/4", "[card]"),
        ("49-170-1234567", "[phone]"), ("49 (0)170 1234567", "49 (0)170 1234567"), ("33 6 12 34 56 78", "[phone]"), ("44 20 7946 0958", "[phone]"), ("00 49 170 1234567", "[phone]"), ("+ 49 170 1234567", "[phone]"),
        ("+49:170:1234567", "[phone]"), ("p+491701234567", "p[phone]"), ("sip:491701234567@h", "sip:[phone]@h"), ("to=491701234567", "to=[phone]"), ("call 4155552671", "call [phone]"),
        ("rang 0170.1234567", "rang [phone]"), ("contact 01701234567", "contact [phone]"), ("415/555-2671", "[phone]"), ("415 555-2671", "[phone]"), ("(415)555.2671", "[phone]"), ("06/12/34/56/78", "[phone]"),
        ("user jane at example.com asked", "user [email] asked"), ("jane.doe at example.com", "[email]"), ("(jane at example.com)", "([email])"), ("jane@example dot com", "[email]"), ("jane@example[.]com", "[email]"),
        ("jane%40example%2Ecom", "[email]"), ("jane@ example.com", "[email]"), ("ip203.0.113.9", "ip[ip]"), ("2001%3Adb8%3A%3A9", "[ip]"), ("2001[:]db8[:][:]9", "[ip]"),
        ("d203-0-113-9.rev.example.net", "d[ip].rev.example.net"), ("app.203.0.113.9.sslip.io", "app.[ip].sslip.io"), (f"{'9.' + '0.' * 23}8.b.d.0.1.0.0.2.ip6.arpa", "[ip].ip6.arpa"),
    ],
)  # fmt: skip
def test_a_number_goes_in_its_rarer_forms(text: str, shown: str) -> None:
    if text == shown:  # the trunk prefix in brackets behind blanks is not taken apart
        assert "4917" not in redact_text(text)
        return
    assert redact_text(f"x {text} y") == f"x {shown} y"


@pytest.mark.parametrize(
    "text",
    [
        "from=20261130101112 to=20261130111112", "from: 1700000000000 to: 1700000100000", "45-10-12345", "ISBN 978-3-16-148410-0", "hosted at example.com", "listening at api.example.com", "rows 49 170 123",
        "call 12 of 5000000", "2026-11-30 10:11:12,123 INFO started", "Jun 15 20:05:31 combo sshd", "0.4.1.1.1", "10.4.2.11.5", "std[:]x", "a\\:b\\:c",
    ],
)  # fmt: skip
def test_times_versions_and_places_are_no_numbers(text: str) -> None:
    assert redact_text(text) == text


def test_a_number_behind_a_time_goes() -> None:
    for stamp in ("2026-11-30 10:11:12,123 ", "Jun 15 20:05:31 ", "10:11:12 ", "2026-11-30T10:11:12Z "):
        assert redact_text(f"{stamp}paid 4111111111111111") == f"{stamp}paid [card]"
        assert redact_text(f"{stamp}4111111111111111") == f"{stamp}[card]"
