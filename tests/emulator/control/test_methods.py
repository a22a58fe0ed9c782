"""The table of methods, and that what is in it is true."""

from tests.emulator.control.methods import DOCUMENT, document


def test_the_table_of_methods_is_current():
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run: python -m tests.emulator.control.methods"
