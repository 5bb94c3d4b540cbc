"""Were the right tools called? Decided by comparing, without any judge.

A call is right when its name and all its arguments are those of an expected one; arguments are compared as JSON values, so
that neither spaces nor the order of keys count. A call whose arguments are no JSON object is kept as the text it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from systems.interface import ToolUse

NOT_JSON = "(not a JSON object)"


def arguments(call: ToolUse) -> Mapping[str, Any]:
    """A call's arguments; text that is no JSON object stands under NOT_JSON, and equals only the same text."""
    try:
        given = json.loads(call.arguments or "{}")
    except ValueError:
        given = None
    return given if isinstance(given, dict) else {NOT_JSON: call.arguments}


def accuracy(called: Sequence[ToolUse], expected: Sequence[ToolUse]) -> float:
    """Right calls in the right order over the longer of the two lists: the longest common subsequence.

    So each missing, extra, wrong or misplaced call costs its share. 1 where no call was expected and none was made.
    """
    if not called and not expected:
        return 1.0
    ours, theirs = [_key(call) for call in called], [_key(call) for call in expected]
    longest = [0] * (len(theirs) + 1)  # of the common subsequences of what was called so far and theirs[:at]
    for key in ours:
        before = longest
        longest = [0]
        for at, other in enumerate(theirs):
            longest.append(before[at] + 1 if key == other else max(before[at + 1], longest[at]))
    return longest[-1] / max(len(ours), len(theirs))


def f1(called: Sequence[ToolUse], expected: Sequence[ToolUse]) -> float:
    """The harmonic mean of precision and recall over the sets of different calls, in any order, as ragas defines it. 1 where
    no call was expected and none was made."""
    ours, theirs = {_key(call) for call in called}, {_key(call) for call in expected}
    if not ours and not theirs:
        return 1.0
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))


def _key(call: ToolUse) -> tuple[str, str]:
    return call.name, json.dumps(arguments(call), sort_keys=True)
