"""Rows with all that a filter may find, NULLs included."""

from __future__ import annotations

import itertools
from typing import Any, TypeAlias

NUMBERS = (None, -1, 0, 1, 2**40)
WORDS = (None, "", "a", "A", "ab", "a%", "a_b", "b,c", 'q"x', "\\", "(x)", "null", "a.b", "{a}")
FLAGS = (None, True, False)

Sample: TypeAlias = dict[str, Any]

SAMPLES: list[Sample] = [
    {"id": place, "number": number, "word": word, "flag": flag}
    for place, (number, word, flag) in enumerate(itertools.product(NUMBERS, WORDS, FLAGS), 1)
]
