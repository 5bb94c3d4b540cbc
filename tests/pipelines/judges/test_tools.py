"""Were the right tools called?"""

import pytest

from pipelines.judges.tools import accuracy, arguments, f1
from systems.interface import ToolUse

LOOK, SEND, LOOK_B = ToolUse("1", "look", '{"a": 1}'), ToolUse("2", "send", ""), ToolUse("3", "look", '{"a": 2}')


@pytest.mark.parametrize(
    ("called", "expected", "right", "both"),
    [
        ([], [], 1, 1),
        ([LOOK], [], 0, 0),
        ([], [LOOK], 0, 0),
        ([LOOK, SEND], [LOOK, SEND], 1, 1),
        ([SEND, LOOK], [LOOK, SEND], 0.5, 1),  # the order counts for one of them
        ([LOOK, LOOK, SEND], [LOOK, SEND], 2 / 3, 1),  # a repeated call is one of a set
        ([LOOK_B], [LOOK], 0, 0),  # other arguments: another call
        ([LOOK, LOOK_B, SEND], [LOOK, SEND], 2 / 3, 0.8),
    ],
)
def test_a_call_counts_when_its_name_and_arguments_are_right(
    called: list[ToolUse], expected: list[ToolUse], right: float, both: float
) -> None:
    assert accuracy(called, expected) == pytest.approx(right)
    assert f1(called, expected) == pytest.approx(both)


def test_arguments_are_compared_as_values_and_text_that_is_no_object_as_text() -> None:
    assert accuracy([ToolUse("x", "look", '{"b":2,"a":1}')], [ToolUse("y", "look", '{"a": 1, "b": 2}')]) == 1
    for text in ("{{", "[1]", "3", '"a"'):
        assert list(arguments(ToolUse("x", "look", text)).values()) == [text]
        assert accuracy([ToolUse("x", "look", text)], [LOOK]) == 0
