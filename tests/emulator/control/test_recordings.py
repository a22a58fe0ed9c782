"""The recorded exchanges of Google's APIs (corpus/recorded-http), and the table of what differs."""

from tests.emulator.control.recorded import DOCUMENT, REASONS, document, every_difference


def test_every_difference_has_a_reason_and_the_real_recordings_only_lack_debugging_text(corpus):
    found = every_difference()
    assert len(found) == 19
    assert [
        difference for differences in found.values() for difference in differences if difference.reason is None
    ] == []
    used = {difference.reason for differences in found.values() for difference in differences}
    assert used == {why for _address, _path, why in REASONS}
    real = {difference.path for file, several in found.items() if file.startswith("real__") for difference in several}
    assert real == {"error.details"}


def test_the_table_of_differences_is_current(corpus):
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run: python -m tests.emulator.control.recorded"
