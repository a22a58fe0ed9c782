"""Documents among the inputs of components: one text for the engine, the document again for tools."""

from hypothesis import given
from hypothesis import strategies as st

from vigil_components import Alert
from vigil_components.documents import read, written

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text(), VALUES, max_size=3))
def test_a_proof_is_read_as_it_was_written(proof):
    inputs = {"alert": "late", "proof": written(proof)}

    assert read(Alert.TYPE, inputs) == {"alert": "late", "proof": proof}


def test_a_whole_number_has_no_fraction_as_the_engine_hands_it_over():
    assert (
        str(read(Alert.TYPE, {"proof": written({"minutes": 5.0, "share": 0.5})})["proof"])
        == "{'minutes': 5, 'share': 0.5}"
    )


def test_the_texts_of_other_components_stay_texts():
    assert read("shop:index:Alert", {"proof": "{}"}) == {"proof": "{}"}
