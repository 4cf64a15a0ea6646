"""No child can be found in figures for those who see figures only."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.suppression import SMALLEST_SHOWN, hidden_cells, is_small

cells = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 30))


def test_a_figure_about_fewer_than_five_is_small() -> None:
    """One to four are small, and so is a share that leaves one to four over; nobody is not."""
    assert [is_small(lines) for lines in (0, 1, 4, 5)] == [False, True, True, False]
    assert is_small(190, 193)
    assert not is_small(193, 193)


@given(cells)
def test_every_small_cell_is_hidden(breakdown: dict[str, int]) -> None:
    """No shown cell of a breakdown is about one to four."""
    hidden = hidden_cells(breakdown)
    assert all(not is_small(lines) for key, lines in breakdown.items() if key not in hidden)


@given(cells)
def test_hidden_cells_cannot_be_worked_out_from_the_total(breakdown: dict[str, int]) -> None:
    """Hidden cells are more than one and in sum five or more, while there is another cell to hide with."""
    hidden = hidden_cells(breakdown)
    others = [key for key, lines in breakdown.items() if lines and key not in hidden]
    if hidden and others:
        assert len(hidden) > 1
        assert sum(breakdown[key] for key in hidden) >= SMALLEST_SHOWN
