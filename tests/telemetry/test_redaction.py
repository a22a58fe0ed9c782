"""What scanning finds beside names and among other characters, what it leaves alone, and what it may cost."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.telemetry.forms import BARE, NAMES, QUOTING
from vigil_telemetry.exceptions import error_text, stack_trace
from vigil_telemetry.redaction import redact, redact_label, redact_text, scan_head, scan_tail, values
from vigil_telemetry.redaction.budget import Budget, Steps, TooDenseError
from vigil_telemetry.redaction.checks import card, iban_end, luhn, phone
from vigil_telemetry.redaction.providers import COMPARED, PROVIDERS, RULED, UNSTATED
from vigil_telemetry.redaction.values import DENSE, scan_text

CLEAN = [
    line
    for line in Path(__file__).with_name("clean_lines.txt").read_text("utf-8").splitlines()
    if line and not line.startswith(("# ", "## "))
]
SECRET = "hunter2pw"


@pytest.mark.parametrize("line", CLEAN)
def test_a_clean_line_is_not_changed(line: str) -> None:
    assert redact_text(line) == line


@pytest.mark.parametrize("form", QUOTING)
@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        "correcthorse",
        'hun"ter2pw',
        "hun'ter2pw",
        "correct ter2pw",
        "a,b;ter2pw",
        "pa}ss)ter2pw",
        "ter2pw\\back",
    ],
)
def test_a_secret_in_quotes_goes_with_all_of_it(form: str, value: str) -> None:
    for name in NAMES:
        out = redact_text(QUOTING[form](name, value))
        assert not [part for part in re.findall(r"[A-Za-z0-9]{5,}", value) if part in out], out


@pytest.mark.parametrize("form", BARE)
def test_a_bare_secret_goes(form: str) -> None:
    for name in NAMES:
        for value in (SECRET, "Tr0ub4dor3", "correcthorse", "S3cr3tZ!"):
            out = redact_text(BARE[form](name, value))
            assert value.rstrip("!") not in out, out


@given(
    st.sampled_from(sorted(QUOTING)),
    st.sampled_from(NAMES),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12),
    st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=6),
)
@settings(max_examples=300, deadline=None)
def test_whatever_stands_around_it_a_quoted_secret_goes(form: str, name: str, before: str, inside: str) -> None:
    if form in {
        "xml",
        "xml with attributes",
        "soap",
        "entry",
        "cdata",
        "multipart",
        "multipart with type",
        "multipart, repr",
    }:
        inside = ""
    out = redact_text(f"{before}, {QUOTING[form](name, f'Qz7Qz7{inside}Kx9Kx9')}")
    assert "Qz7Qz7" not in out
    if "\\" not in inside:
        assert "Kx9Kx9" not in out or form in {"xml attribute", "add", "property", "assignment, quoted", "logfmt"}


@given(st.text(st.sampled_from("password token=:'\"\\,;{}[]()<>-@/%20 4111DE89.+&\n"), max_size=80))
@settings(max_examples=400, deadline=None)
def test_scanning_ends_and_marks_stay_as_they_are(text: str) -> None:
    once = redact_text(text)
    assert len(once) <= 4 * len(text) + 100
    assert "redaction failed" not in once


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://app:hunter2pw@db/shop", "postgresql://app:hunter2pw/x@db/shop", "postgresql://app:x#hunter2pw@db/shop", "postgresql://app:x?hunter2pw@db/shop",
        "postgresql://app:p@hunter2pw@db/shop", "redis://:hunter2pw@cache:6379/0", "git+ssh://hunter2pw@git.example/o/r", "//deploy:hunter2pw@git/o/r",
        "could not connect to app:hunter2pw@db:5432/shop", "dial app:hunter2pw@tcp(db:3306)/shop", "jdbc:oracle:thin:app/hunter2pw@//db:1521/ORCL",
        "jdbc:sqlserver://db:1433;user=sa;password=hunter2pw;encrypt=true", "UID=app;PWD={hunter2pw;a};", "AccountName=x;AccountKey=hunter2pwhunter2pw==;",
        "mongodb+srv://app:hunter2pw@cluster0.ab1cd.mongodb.net/shop", "amqp://guest:hunter2pw@rabbit:5672/%2F", "next=%2Fcb%3Ftoken%3Dhunter2pw",
        'Authorization: Digest username="ann", realm="r", response="hunter2pw"', "<RequestsCookieJar[<Cookie sid=hunter2pw for example.com/>]>", "Cookie: sid=hunter2pw; theme=dark",
        "mysql -u root -phunter2pw shop", "curl -u ann:hunter2pw https://x", "sshpass -p hunter2pw ssh x", "docker login -u ann -p hunter2pw ghcr.io", "openssl rsa -passin pass:hunter2pw",
        "ALTER ROLE app WITH PASSWORD 'hunter2pw'", "CREATE USER app IDENTIFIED BY 'hunter2pw'", "SET PASSWORD FOR app = 'hunter2pw'", "SET PASSWORD FOR 'app'@'%' = PASSWORD('hunter2pw')",
        "set password for app to 'hunter2pw'", "SELECT PASSWORD('hunter2pw')", "the job used pwd hunter2pw", "as user app pass hunter2pw", "INSERT INTO users (name, password) VALUES ('ann', 'hunter2pw')",
        "Failing row contains (1, ann, hunter2pw).", 'invalid input syntax for type uuid: "hunter2pw"', "invalid input for query argument $1: 'hunter2pw' (expected int)",
        "[parameters: ('ann', 'hunter2pw')]\n(Background on this error at: x)", "'hunter2pw' is too short\n\nOn instance['password']:\n    'hunter2pw'",
        "the password is hunter2pw", "machine x login ann password hunter2pw", "Password for ann: hunter2pw", "passphrase: correct horse hunter2pw",
        "Kennwort=hunter2pw", "パスワード: hunter2pw", 'ConvertTo-SecureString "hunter2pw" -AsPlainText', "password\\u003dhunter2pw", "password: 'hunter2pw",
    ],
)  # fmt: skip
def test_credentials_of_addresses_headers_commands_and_errors_go(text: str) -> None:
    assert SECRET not in redact_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "curl -u ann:9aB3dE7fG https://x", "curl --proxy-user ann:9aB3dE7fG x", "mysql -uroot -p9aB3dE7fG shop", "sshpass -p 9aB3dE7fG ssh x",
        "CREATE USER app IDENTIFIED BY '9aB3dE7fG'", "redis-cli -h x -a 9aB3dE7fG", "Ocp-Apim-Subscription-Key: 9aB3dE7fG", "hmac_key=9aB3dE7fG",
    ],
)  # fmt: skip
def test_a_command_that_names_no_secret_is_read_too(text: str) -> None:
    assert "9aB3dE7fG" not in redact_text(text)


@pytest.mark.parametrize(
    "text", ["basic -u plan -p 7", "ls -a /srv", "identified by its order number 9", "tool -u -p -a x"]
)
def test_a_command_without_a_secret_stays(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "sent Basic dXNlcjpwYXNz",
        "Authorization: Basic YW5uYTpodW50ZXIycHc=",
        "authorization=Basic%20YW5uYTpodW50ZXIycHc=",
    ],
)
def test_basic_credentials_go_and_a_basic_plan_stays(text: str) -> None:
    assert "dXNlcjpwYXNz" not in redact_text(text)
    assert "YW5uYTpo" not in redact_text(text)
    assert redact_text("the Basic authentication of the basic plan") == "the Basic authentication of the basic plan"


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "4111.1111.1111.1111", "4111/1111/1111/1111", "4111\u00a01111\u00a01111\u00a01111", "4111\u20131111\u20131111\u20131111",
        "4111  1111  1111  1111", "4111%201111%201111%201111", "4111\\u00a01111\\u00a01111\\u00a01111", "3782 822463 10005", "3782-822463-10005", "411111 1111111111", "PAN4111111111111111",
        "cc_4111111111111111", "12/27 4111111111111111 123", "4111 1111 1111 1111 12/27 123", "25 4111 1111 1111 1111", "5500 4111 1111 1111 1111", "%B4111111111111111^A/B^2712", "4111111111111111EUR",
        "4111 1111-1111 1111", "4111%201111-1111 1111", "id=7,4111111111111111,Ann",
    ],
)  # fmt: skip
def test_a_card_goes_in_any_grouping_and_beside_other_digits(text: str) -> None:
    out = redact_text(f"card {text} declined")
    assert "[card]" in out
    assert not re.search(r"1111\D?1111|822463", out)


@pytest.mark.parametrize(
    "text",
    [
        "DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "DE89-3704-0044-0532-0130-00", "DE89.3704.0044.0532.0130.00", "DE89/3704/0044/0532/0130/00", "IBAN:DE89370400440532013000",
        "IBANDE89370400440532013000", "DE89%203704%200044%200532%200130%2000", "GB82 WEST 1234 5698 7654 32",
    ],
)  # fmt: skip
def test_an_iban_goes_in_any_grouping(text: str) -> None:
    assert redact_text(text).removeprefix("IBAN:").removeprefix("IBAN") in ("[iban]", "[redacted]")


@pytest.mark.parametrize(
    "text",
    [
        "+49 170 1234567",
        "tel:+49-170-1234567",
        "+49%20170%201234567",
        "%2B491701234567",
        "Tel.:0170 1234567",
        "mobil:0170 1234567",
        "kontakt 06.12.34.56.78",
        "020 7946 0958",
        "(415) 555-2671",
        "phone: 4155552671",
        "office 030/123456-78",
        "office 030/1234567-0",
    ],
)
def test_a_phone_number_goes(text: str) -> None:
    assert not re.search(r"\d{4}|34\.56", redact_text(text))


@pytest.mark.parametrize(
    "text",
    [
        "ip:203.0.113.9",
        "[203.0.113.9]:443",
        "227 Entering Passive Mode (203,0,113,9,200,21)",
        "::ffff:203.0.113.9",
        "::ffff:cb00:7109",
        "ip:2a02:8109:9c40::1",
        "[2a02:8109:9c40::1]:443",
        "client 2001:db8::1: closed",
        "64:ff9b::c000:221",
        "203[.]0[.]113[.]9",
    ],
)
def test_an_ip_address_goes_after_a_colon_and_in_brackets(text: str) -> None:
    assert not re.search(r"113|8109|db8|c000|cb00", redact_text(text))


def test_a_provider_whose_form_was_compared_is_in_the_list() -> None:
    names = [provider.name for provider in PROVIDERS]
    assert set(COMPARED) | set(RULED) | set(UNSTATED) <= set(names)
    assert not set(COMPARED) & set(UNSTATED)
    assert not set(RULED) & (set(COMPARED) | set(UNSTATED))
    assert all(rules.startswith("https://github.com/") for rules in RULED.values())
    assert len(set(names)) == len(names)
    assert all(date.fromisoformat(day) for day in COMPARED.values())


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_a_key_of_every_provider_goes(provider) -> None:
    assert provider.source.startswith("https://")
    for around in ("{}", "use {} now", "k={}", '"{}"', "({})", "{}."):
        assert provider.example[-8:] not in redact_text(around.format(provider.example))


@pytest.mark.parametrize(
    "value",
    [
        {"headers": [("x-api-key", SECRET)]}, {"headers": [(b"x-api-key", SECRET)]}, [["password", SECRET]], ["psql", "--password", SECRET], {"name": "DB_PASSWORD", "value": SECRET},
        [{"key": "password", "value": SECRET}], {"loc": ["body", "age"], "msg": "no", "input": {"note": SECRET}}, {"env": [f"PASSWORD={SECRET}"]}, {b"password": SECRET},
    ],
)  # fmt: skip
def test_a_secret_of_a_structure_goes(value: object) -> None:
    assert SECRET not in str(redact(value))


def test_numbers_are_looked_at_as_text_is() -> None:
    assert redact({"number": 4111111111111111, "to": 491701234567, "bytes": 491701234567, "as_float": 4111111111111111.0}) == {
        "number": "[card]", "to": "[phone]", "bytes": 491701234567, "as_float": "[card]",
    }  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        "+49 170 1234567",
        "203.0.113.9",
        "4111111111111111",
        "DE89370400440532013000",
        "password=hunter2pw",
        4111111111111111,
    ],
)
def test_a_label_is_scanned_for_everything(value: object) -> None:
    assert "[" in redact_label("note", value)
    assert redact_label("note", "user:hunter2pw@db:5432") == "[credentials]@db:5432"
    assert redact_label("note", "user:anna@db:5432") == "user:anna@db:5432"
    assert redact_label("tenant", "acme-7") == "acme-7"


def test_the_text_of_a_model_provider_is_no_part_of_a_line() -> None:
    import httpx
    import openai

    prompt = "My name is Ann Leak"
    error = openai.BadRequestError(
        f"Invalid content: {prompt}",
        response=httpx.Response(400, request=httpx.Request("POST", "https://x")),
        body={"message": prompt},
    )
    try:
        try:
            raise error
        except openai.BadRequestError as cause:
            raise ValueError("no answer") from cause
    except ValueError as outer:
        trace = stack_trace(outer)
    assert "Ann Leak" not in trace
    assert "ValueError: no answer" in trace
    assert error_text(error) == "BadRequestError: (the provider's text is left out)"


@pytest.mark.parametrize("size", range(60, 110))
def test_nothing_is_torn_where_a_text_is_cut(size: int) -> None:
    secret = "password='correct horse battery hunter2pw' and 4111 1111 1111 1111 and jane.doe@example.com"
    for text in ("x " * 40 + secret + " y" * 4_000, "y " * 4_000 + secret + " x" * 40):
        for out in (scan_head(text, size), scan_tail(text, size)):
            assert not re.search(r"horse|hunter|111|jane|doe@", out)


HOSTILE = [
    "a" * 63 + "@", "DE89 ", "a" * 64 + "%40", "4111 ", "token ", "password='", "password=[", "authorization: ", 'name="password" ', "2a02::1 ", "a:b@c ", "<password ", "eyJ", "::", "+49 1",
    "http://a:b@", "('password', ", "--password ", "input_value=", "Key (token)=(", "sk-", '\\"', "basic ", "cookie: a=", "code is ", "1.2.3.", "AKIA", "&a=b", "%3D",
    "PASSWORD '", "otp PASSWORD '", "\n-p password=(", "password={'", "-e K=1.2.3.4 ", "user/pass@//", "&code=a1", "\\n-p x1", " \n",
]  # fmt: skip


@pytest.mark.parametrize("size", [300, 1_000, 4_000, 20_000])
@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_text_takes_no_more_steps_than_its_length_allows(unit: str, size: int) -> None:
    """A step is about a microsecond, plain text takes some 50 ns for each character: see the table of figures."""
    text = (unit * size)[:size]
    spent = Steps(0)
    spent.left = before = 10**9
    values._scan(text, spent)
    budget = Budget()
    spare = budget.steps
    out = scan_text(text, budget)
    allowed = Steps(size).left
    assert out.endswith(DENSE) == (before - spent.left > allowed)
    assert len(out) <= 4_000 or not out.endswith(DENSE), "of a text that is too dense only the start is kept"
    assert spare + size // 4 - budget.steps <= allowed + 700, "its start may take little more"


def test_steps_run_out() -> None:
    steps = Steps(600)
    steps.spend(190)
    with pytest.raises(TooDenseError):
        steps.spend(1)


def test_many_dense_texts_take_no_more_than_one() -> None:
    budget = Budget()
    dense = [redact_text("password=a1b2c3 " * 4, budget) for _ in range(100)]
    assert dense[0].count("[redacted]") == 4
    assert dense[-1] == DENSE
    assert redact_text("password=a1b2c3 " * 4) == dense[0], "another record has its own"
    budget = Budget()
    plain = [redact_text("order failed at step two for 203.0.113.7", budget) for _ in range(1_000)]
    assert plain[0] == plain[-1] == "order failed at step two for [ip]"
    assert redact([["-p", "a1b2c3", "-P", "x"]] * 200)[-1] == [DENSE] * 4


@pytest.mark.parametrize(
    "text",
    [
        "ask dn3 to delete " + " ".join(f"blk_-{8570780307468499817 - 7919 * number}" for number in range(100)),
        "could not resolve " + " ".join(f"bn{number}" for number in range(100, 300)),
        "<r>" + "".join(f'<value id="ipv4Gateway{number}" actions="enabled">on</value>' for number in range(20)) + "</r>",
        "std::map<a::b, c::d>::e<f::g> at line 7 of the file main.cc " * 6, "peers " + ", ".join(f"10.0.{number}.7:9000" for number in range(2)) + " up",
    ],
)  # fmt: skip
def test_long_lists_of_programs_are_not_too_dense(text: str) -> None:
    assert DENSE not in redact_text(text)


def test_a_record_has_one_budget() -> None:
    nodes = [{"id": number} for number in range(45)]
    for node in nodes:
        node["friends"] = nodes
    assert str(redact({"graph": nodes})).count("id") < 5_000
    out = redact({str(number): "word " * 20_000 for number in range(10)})
    assert len(str(out)) < 300_000


def test_what_the_checks_know() -> None:
    assert (luhn("4111111111111111"), luhn("4111111111111112")) == (True, False)
    assert (card("378282246310005"), card("4111111111111"), card("9111111111111111")) == (True, False, False)
    assert (phone("491701234567"), phone("14155552671"), phone("1764412560123"), phone("2101234567890")) == (
        True,
        True,
        False,
        False,
    )
    assert iban_end("DE89 3704 0044 0532 0130 00 x", 0) == 27
    assert iban_end("DE88 3704 0044 0532 0130 00", 0) is None
    assert iban_end("DE89 3704 0044 - - - - -] 0532 0130 00", 0) is None, "two things beside each other"


@pytest.mark.parametrize("text", ["SSN 078051120", "ssn_no: 078051120", "social security number is 078051120"])
def test_a_social_security_number_without_dashes_goes_where_it_is_named(text: str) -> None:
    assert "078051120" not in redact_text(text)
    assert redact_text("row 078051120") == "row 078051120"


@pytest.mark.parametrize(
    "text",
    [
        "pwd /home/app2",
        "ratio 0,4111111111111111",
        "0,4111111111111111, 0,5",
        "2 tests pass step12x now",
        "valid 04/2026-12",
        "get_password('Prompt:')",
        "password for app = unchanged",
    ],
)
def test_what_only_looks_like_a_password_or_a_number_stays(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call%22123456789:AAH9aB3dE7fG1hJ5kL9mN3pQ7rS1tU5vW9x%22", "call%[key]%22"),
        (f"PUT /v1/keys/{'9aB3dE7fG1' * 8 + '+AStAB'}==/x", "PUT /v1/keys/[key]/x"),
    ],
)
def test_a_key_goes_between_escapes_and_inside_a_path(text: str, shown: str) -> None:
    assert redact_text(text) == shown
