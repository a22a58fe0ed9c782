"""Property values on the wire: what goes in comes out, secrets and unknowns stay distinct from data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_components.testing import UNKNOWN
from vigil_components.testing.values import Secret, annotate, child, decode, encode, reveal

NAMES = st.text(min_size=1, max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**50), 2**50)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
PLAIN = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
MARKED = st.recursive(
    SCALARS | st.just(UNKNOWN) | SCALARS.map(Secret),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, MARKED, max_size=4))
def test_what_is_encoded_is_decoded_the_same(properties):
    assert decode(encode(properties)) == properties


@given(st.dictionaries(NAMES, PLAIN, max_size=4))
def test_plain_values_have_no_secrets(properties):
    assert reveal(properties) == (properties, ())


@given(st.dictionaries(NAMES, MARKED, max_size=4))
def test_there_are_as_many_secret_paths_as_secrets_and_no_two_alike(properties):
    _, paths = reveal(properties)

    assert len(paths) == len(set(paths)) == secrets(properties)


def secrets(value) -> int:
    if isinstance(value, Secret):
        return 1
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(secrets(item) for item in items)


@given(st.lists(NAMES, min_size=1, max_size=3), st.lists(NAMES, min_size=1, max_size=3))
def test_two_paths_are_the_same_only_if_their_names_are(left, right):
    def joined(names):
        path = ""
        for name in names:
            path = child(path, name)
        return path

    assert (joined(left) == joined(right)) == (left == right)


def test_a_whole_number_stays_one():
    assert decode(encode({"days": 30, "ratio": 0.5})) == {"days": 30, "ratio": 0.5}
    assert isinstance(decode(encode({"days": 30}))["days"], int)


def test_a_value_without_a_wire_form_names_itself():
    with pytest.raises(TypeError, match=r"output 'a.b\[1\]' is a object, which has no wire form"):
        encode({"a": {"b": [1, object()]}})


def test_secrets_of_the_inputs_mark_the_outputs():
    inputs = {"labels": {"token": Secret("t"), "url": "u"}, "list": [Secret(1), 2]}

    marked = annotate({"labels": {"token": "t", "url": "u"}, "list": [1, 2], "name": "n"}, inputs)

    assert marked == {"labels": {"token": Secret("t"), "url": "u"}, "list": [Secret(1), 2], "name": "n"}
