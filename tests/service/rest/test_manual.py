"""The API's manual has all that there is to say."""

import json
import re
from pathlib import Path

from flask.testing import FlaskClient

from retort.rest.catalog.resource import ApiOptions
from retort.rest.settings import RestSettings
from retort.settings import StackSettings

MANUAL = Path(__file__).parents[3] / "web/retort/rest/README.md"


def firsts(section: str) -> list[str]:
    """What stands first in each line of the section's table."""
    said = MANUAL.read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| (`[^|]*)\|", said, re.MULTILINE)


def test_each_setting_is_in_its_table() -> None:
    named = re.findall(r"`(\w+)`", "".join(firsts("Settings")))
    ours = RestSettings.model_fields.keys() - StackSettings.model_fields.keys()
    assert sorted(named) == sorted(name.upper() for name in ours)


def test_all_that_a_model_may_say_is_in_its_table() -> None:
    said = firsts("What a model says")
    named = {name for first in said for name in re.findall(r"`\"(\w+)\"`", first)}
    assert named == set(ApiOptions.model_fields)


def test_its_batch_does_what_it_says(client: FlaskClient, member: dict[str, str]) -> None:
    (block,) = re.findall(r"```json\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)
    answers = client.post("/api/", json=json.loads(block), headers=member).get_json()
    assert answers[-1]["body"] == {"name": "Gus", "orders": [{"amount": 5}]}
