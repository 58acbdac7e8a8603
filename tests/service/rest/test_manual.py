"""The API's manual has all that there is to say."""

import re
from pathlib import Path

from retort.rest.catalog.resource import ApiOptions

MANUAL = Path(__file__).parents[3] / "web/retort/rest/README.md"


def test_all_that_a_model_may_say_is_in_its_table() -> None:
    said = MANUAL.read_text(encoding="utf-8").split("\n## What a model says\n")[1].split("\n## ")[0]
    firsts = re.findall(r"^\| (`\"[^|]*)\|", said, re.MULTILINE)
    named = {name for first in firsts for name in re.findall(r"`\"(\w+)\"`", first)}
    assert named == set(ApiOptions.model_fields)
