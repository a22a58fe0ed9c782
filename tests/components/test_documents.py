"""What components say for tools alone: one text for the engine, inputs again for tools."""

from hypothesis import given
from hypothesis import strategies as st

from vigil_components import Alert
from vigil_components.documents import FACTS, read, written

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text(), VALUES, max_size=3))
def test_the_members_are_inputs_again_and_what_has_no_value_is_none(members):
    inputs = {"title": "late", FACTS: written(members)}

    assert read(Alert.TYPE, inputs) == {
        "title": "late",
        **{name: value for name, value in members.items() if value is not None},
    }


def test_a_whole_number_has_no_fraction_as_the_engine_hands_it_over():
    assert (
        str(read(Alert.TYPE, {FACTS: written({"proof": {"minutes": 5.0, "share": 0.5}})}))
        == "{'proof': {'minutes': 5, 'share': 0.5}}"
    )


def test_the_texts_of_other_components_stay_texts():
    assert read("shop:index:Alert", {FACTS: "{}"}) == {FACTS: "{}"}
