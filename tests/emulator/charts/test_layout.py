"""Any of the API's layouts becomes grids of 48 columns from top to bottom."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vigil_emulator.charts.layout import COLUMNS, blocks, inner_blocks, placed


def _tile(x: int, y: int, width: int, height: int, **widget: Any) -> dict[str, Any]:
    return {"xPos": x, "yPos": y, "width": width, "height": height, "widget": widget or {"blank": {}}}


def _mosaic(*tiles: dict[str, Any], columns: int = COLUMNS) -> dict[str, Any]:
    return {"mosaicLayout": {"columns": columns, "tiles": list(tiles)}}


def test_twelve_columns_are_brought_to_forty_eight_with_their_rows() -> None:
    tile = next(iter(placed(_mosaic(_tile(6, 2, 6, 4), columns=12))))
    assert (tile.x, tile.y, tile.width, tile.height) == (24, 8, 24, 16)


def test_rows_that_do_not_touch_become_blocks_and_the_gap_between_them_closes() -> None:
    found = blocks(_mosaic(_tile(0, 0, 24, 16), _tile(24, 0, 24, 16), _tile(0, 40, 48, 8)))
    assert [(len(block.tiles), block.height) for block in found] == [(2, 16), (1, 8)]
    assert found[1].tiles[0].y == 0


def test_a_group_takes_in_what_it_encloses_at_places_of_its_own() -> None:
    group = _tile(24, 0, 24, 32, title="G", collapsibleGroup={})
    found = blocks(_mosaic(group, _tile(24, 16, 12, 16), _tile(0, 0, 24, 32)))
    (block,) = found
    framed = next(tile for tile in block.tiles if tile.is_group)
    assert [(tile.x, tile.y) for tile in framed.inside] == [(0, 16)]
    (inside,) = inner_blocks(framed)
    assert inside.tiles[0].width == COLUMNS // 2, "half of the group is half of its grid"


def test_groups_within_groups_stay_within_them() -> None:
    outer = _tile(0, 0, 48, 40, title="outer", collapsibleGroup={})
    inner = _tile(0, 4, 48, 20, title="inner", singleViewGroup={})
    (block,) = blocks(_mosaic(outer, inner, _tile(0, 4, 24, 16)))
    (top,) = block.tiles
    assert [tile.title for tile in top.inside] == ["inner"]
    assert len(top.inside[0].inside) == 1


def test_grid_row_and_column_layouts_are_placed_evenly() -> None:
    widgets = [{"title": str(number), "blank": {}} for number in range(3)]
    grid = list(placed({"gridLayout": {"columns": "2", "widgets": widgets}}))
    assert [(tile.x, tile.y) for tile in grid] == [(0, 0), (24, 0), (0, 16)]
    rows = list(placed({"rowLayout": {"rows": [{"widgets": widgets}]}}))
    assert [(tile.x, tile.width) for tile in rows] == [(0, 16), (16, 16), (32, 16)]
    columns = list(placed({"columnLayout": {"columns": [{"widgets": widgets[:2]}, {"widgets": widgets[2:]}]}}))
    assert [(tile.index, tile.x, tile.y) for tile in columns] == [(0, 0, 0), (1, 0, 16), (2, 24, 0)]


tiles = st.builds(
    _tile,
    st.integers(0, 40),
    st.integers(0, 80),
    st.integers(1, 8),
    st.integers(1, 24),
    collapsibleGroup=st.just({}) | st.none(),
)


@given(st.lists(tiles, max_size=12))
def test_every_tile_is_somewhere_exactly_once_and_within_the_columns(made: list[dict[str, Any]]) -> None:
    for tile in made:
        if tile["widget"]["collapsibleGroup"] is None:
            tile["widget"] = {"blank": {}}
    seen: list[int] = []

    def visit(found: Any) -> None:
        for block in found:
            for tile in block.tiles:
                seen.append(tile.index)
                assert 0 <= tile.x < COLUMNS
                assert tile.x + tile.width <= COLUMNS + 1
                if tile.inside:
                    visit(inner_blocks(tile))

    visit(blocks(_mosaic(*made)))
    assert sorted(seen) == list(range(len(made)))
