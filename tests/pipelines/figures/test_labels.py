"""Labels that can be read."""

from itertools import combinations

from matplotlib.figure import Figure

from pipelines.figures.labels import Box, Candidate, label_points


def labelled(points: list[tuple[float, float]], drawn: list[Box]) -> tuple[Box, list[Box]]:
    axes = Figure(figsize=(8, 5)).add_subplot()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    texts = [f"rag-dense-large-{at}" for at in range(len(points))]
    return Box(*axes.get_window_extent().extents), label_points(axes, points, texts, ["black"] * len(points), drawn)


def test_labels_of_crowded_points_cover_neither_each_other_nor_the_edge() -> None:
    crowd = [(0.97, 0.98), (0.98, 0.97), (0.97, 0.95), (0.5, 0.5), (0.505, 0.5), (0.51, 0.505), (0.01, 0.01)]
    frame, boxes = labelled(crowd, [])
    assert all(a.overlap(b) == 0 for a, b in combinations(boxes, 2))
    assert all(box.overlap(frame) > 0.999 * box.area for box in boxes)


def test_a_label_goes_where_nothing_is_drawn() -> None:
    _, [usual] = labelled([(0.5, 0.5)], [])
    _, [evading] = labelled([(0.5, 0.5)], [usual])
    assert usual.overlap(evading) == 0


def test_a_line_that_leads_through_another_label_counts_as_covering_it() -> None:
    far = Candidate(Box(100, 0, 120, 10), (0, 0), 38, leader=(Box(48, 3, 52, 7),))
    between = Candidate(Box(40, 0, 60, 10), (0, 0), 7, leader=())
    assert far.box.overlap(between.box) == 0
    assert far.overlap(between) == between.overlap(far) == 16


def test_overlap_is_the_area_that_both_cover() -> None:
    assert Box(0, 0, 2, 2).overlap(Box(1, 1, 5, 5)) == 1
    assert Box(0, 0, 2, 2).overlap(Box(2, 0, 4, 2)) == 0
