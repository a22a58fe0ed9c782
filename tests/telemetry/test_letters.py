"""What stands for ASCII is read as ASCII: letters of other widths and scripts, typography, escapes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_telemetry.redaction import redact_identifier, redact_text
from vigil_telemetry.redaction.letters import in_ascii

SECRET = "kW7qPz41vXe"
CARD = "4111 1111 1111 1111"


@pytest.mark.parametrize(
    "text",
    [
        f"\u201cpassword\u201d: \u201c{SECRET}\u201d", f"\u2018token\u2019 = \u2018{SECRET}\u2019", f"\u00abpassword\u00bb: \u00ab{SECRET}\u00bb", f"\u201epasswort\u201c: \u201e{SECRET}\u201c",
        f"password \u2013 {SECRET}", f"password\uff1d{SECRET}", f"\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44={SECRET}", f"pass\u200bword={SECRET}", f"pass\u00adword={SECRET}",
        f"\\u003cpassword\\u003e{SECRET}\\u003c/password\\u003e", f"password\\u003d{SECRET}\\u0026user=ann", f"\\u201cpassword\\u201d: \\u201c{SECRET}\\u201d", f"token\\x3d{SECRET}",
        f"token&equals;{SECRET}", f"token&#x3d;{SECRET}", f"token&#61;{SECRET}",
    ],
)  # fmt: skip
def test_a_secret_goes_whatever_its_signs_are_written_with(text: str) -> None:
    assert SECRET not in redact_text(text)


@pytest.mark.parametrize("zero", [0x0660, 0x06F0, 0x0966, 0x0E50, 0xFF10])
@pytest.mark.parametrize("gap", ["", "\u2009", "\u3000", "\u2011", "\uff0d", "\u200b", "\\u2009", "&ensp;", "&#8201;"])
def test_a_card_goes_in_the_digits_and_blanks_of_any_script(zero: int, gap: str) -> None:
    digits = CARD.translate({ord(str(digit)): chr(zero + digit) for digit in range(10)}).replace(" ", gap)
    assert redact_text(f"paid with {digits} today") == "paid with [card] today"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("from jane.doe\uff20example.com", "from [email]"), ("from jane.doe@example\u3002com", "from [email]"), ("from jane.doe\\x40example.com", "from [email]"),
        ("from jane.doe&commat;example.com", "from [email]"), ("call \uff0b49 170 1234567", "call [phone]"), ("call \\u002b491701234567", "call [phone]"), ("call &#43;491701234567", "call [phone]"),
        ("peer 203\u3002113\u30025\u30027 left", "peer [ip] left"), ("ssn 123\u201345\u20136789", "ssn [ssn]"),
    ],
)  # fmt: skip
def test_what_names_a_person_goes_in_other_letters(text: str, shown: str) -> None:
    assert redact_text(text) == shown


def test_a_text_without_a_find_keeps_its_letters() -> None:
    for text in (
        "the user\u2019s \u201corder\u201d \u2013 refused",
        "\u7a4d\u307f\u8377\uff1a\u5b8c\u4e86\u3002",
        "a\\u003cb",
        "3\u00d74 \uff11\uff12",
    ):
        assert redact_text(text) == text
    assert redact_identifier("tenant", "caf\u00e9\u2013\u0663") == "caf\u00e9\u2013\u0663"


@given(st.text())
def test_reading_as_ascii_is_done_once(text: str) -> None:
    plain = in_ascii(text)
    assert plain is None or plain.isascii() or in_ascii(plain) is None or "\\" in plain or "&" in plain


@given(st.text(st.characters(codec="ascii", exclude_characters="\\&")))
def test_ascii_is_read_as_it_is(text: str) -> None:
    assert in_ascii(text) is None
