"""The figure of sample sizes says what `power` says, and nothing in it covers anything else."""

from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.text import Text

from pipelines.figures.labels import Box
from pipelines.figures.sample_size import SHADED, Line, draw
from pipelines.figures.style import Drawing
from pipelines.power import detectable_given, needed_given

MATTERS = [0.10, 0.05, 0.03, 0.02]
PLAIN = Line("by the reference", se=0.022, n=187, clusters=34)
JUDGED = Line("through a judge", se=0.022, n=187, clusters=34, growth=5.9, limits=(3.7, 29.2))
LINES = {
    "usual": [PLAIN, JUDGED],
    "no judge": [PLAIN],
    "a good judge": [PLAIN, Line("good", 0.022, 187, 34, 1.4, (1.2, 2.5))],
    "other examples": [PLAIN, Line("few answers", 0.05, 68, 31), Line("many", 0.004, 5000, 500)],
    "a judge near chance": [PLAIN, Line("near chance", 0.022, 187, 34, 1e4, (3e3, 5e4))],
    "six clusters": [Line("few", 0.08, 60, 6)],
}


def drawing(name: str = "usual") -> Drawing:
    return draw("mini", "correctness of a and b", LINES[name], MATTERS)


def test_the_table_holds_where_the_data_stands_and_what_each_difference_takes() -> None:
    marked = [row for row in drawing("no judge").table if row["at"]]
    found = [needed_given(effect, PLAIN.se, PLAIN.clusters, PLAIN.n).n for effect in MATTERS]
    assert [row["n"] for row in marked] == [187, *found]
    assert marked[0]["difference"] == pytest.approx(detectable_given(PLAIN.se, 34))
    assert [row["difference"] for row in marked[1:]] == pytest.approx(MATTERS, rel=0.02)


def test_what_stands_in_between_costs_the_square_root_of_its_growth() -> None:
    plain, judged = (
        [row for row in drawing().table if row["line"] == one.name and row["at"] == "now"] for one in LINES["usual"]
    )
    for column, growth in (("difference", 5.9), ("low", 3.7), ("high", 29.2)):
        assert judged[0][column] == pytest.approx(plain[0]["difference"] * growth**0.5)
    assert JUDGED.needed(0.05) == pytest.approx(5.9 * (PLAIN.needed(0.05) or 0), rel=0.06)


def test_shades_are_named_only_where_there_are_some() -> None:
    def named(name: str) -> list[str]:
        [key] = [axes.get_legend() for axes in drawing(name).figure.axes]
        assert key
        return [text.get_text() for text in key.get_texts()]

    assert named("usual") == [PLAIN.name, JUDGED.name, SHADED]
    assert named("no judge") == [PLAIN.name]
    assert "Through a judge" not in drawing("no judge").caption


@pytest.mark.parametrize("name", LINES)
def test_no_text_covers_another_or_leaves_the_page(name: str) -> None:
    figure = drawing(name).figure
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    around = figure.get_tightbbox()
    assert 0 <= around.x0 < around.x1 <= width
    assert 0 <= around.y0 < around.y1 <= height
    [axes] = figure.axes
    texts = [text for text in (*axes.texts, *axes.get_legend().get_texts(), *figure.texts) if text.get_text()]  # type: ignore[union-attr]
    boxes = [(one.get_text(), Box(*Text.get_window_extent(one).extents)) for one in texts]
    for (one, box), (other, its) in combinations(boxes, 2):
        assert box.overlap(its) < 4, f"{one!r} on {other!r}"


def test_data_that_shows_nothing_through_a_judge_has_no_mark_on_its_line() -> None:
    marked = [row["line"] for row in drawing("a judge near chance").table if row["at"] == "now"]
    assert marked == [PLAIN.name]


def test_clusters_too_few_to_show_anything_are_refused() -> None:
    with pytest.raises(ValueError, match="5 clusters show nothing"):
        draw("mini", "a and b", [Line("few", 0.08, 60, 5)], MATTERS)


def test_the_same_lines_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        drawing().save(tmp_path / folder)
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()
