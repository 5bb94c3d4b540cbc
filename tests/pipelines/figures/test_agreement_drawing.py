"""The figure of agreement holds any few sets on one page."""

from itertools import pairwise

import pytest

from pipelines.agreement import agreement
from pipelines.figures.agreement import draw

JUDGED = agreement([0.9, 0.2, 0.7, 0.4] * 5, [True, False, False, True] * 5, [str(at) for at in range(20)])


@pytest.mark.parametrize("sets", [1, 5, 6, 8])
def test_panels_stand_side_by_side_on_the_page_and_their_titles_do_not_meet(sets: int) -> None:
    figure = draw({f"halueval{at}": (JUDGED, {"words": JUDGED, "similar": JUDGED}) for at in range(sets)}).figure
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    around = figure.get_tightbbox()
    assert 0 <= around.x0 < around.x1 <= width
    assert 0 <= around.y0 < around.y1 <= height
    panels = figure.axes[1:]
    assert len(panels) == sets
    titles = [axes._left_title.get_window_extent() for axes in panels]  # type: ignore[attr-defined]  # matplotlib has no public way
    assert all(one.x1 < other.x0 for one, other in pairwise(titles))
