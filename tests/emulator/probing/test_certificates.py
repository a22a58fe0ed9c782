"""The end of a certificate is read from its bytes as the cryptography package reads it."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.probing.servers import certificate
from vigil_emulator.probing.certificate import ends


@pytest.mark.parametrize("end", ["2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z", "2999-06-01T01:02:03Z"])
def test_both_forms_of_time(tmp_path, end):
    end = datetime.fromisoformat(end)
    _, _, der = certificate(tmp_path, ends=end)
    assert ends(der) == end == x509.load_der_x509_certificate(der).not_valid_after_utc


def test_what_is_cut_off_or_something_else_is_refused(tmp_path):
    _, _, der = certificate(tmp_path, ends=datetime(2030, 1, 1, tzinfo=UTC))
    for length in range(0, len(der), 7):
        with pytest.raises(ValueError):
            ends(der[:length])


@given(st.binary(max_size=200))
def test_other_bytes_are_an_error_and_nothing_worse(data):
    with pytest.raises(ValueError):
        ends(data)
