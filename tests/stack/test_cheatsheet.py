"""The cheat sheet of the stack, from the outside."""

import json
import os
import subprocess

from retort.cheatsheet.recipes import RECIPES

from .conftest import Stack, state


def test_a_thousand_runs_of_the_cheat_sheet_go_as_meant_and_leave_the_dump_as_it_was(
    stack: Stack,
) -> None:
    """With the image's Python, and an extension that the embedded Postgres has not. The libraries
    that only some recipes need are not in the image."""
    listed = json.loads(stack.curl("/cheatsheet", accept="application/json"))
    slugs = [one["recipe"] for one in listed["recipes"]]
    before = state(stack)
    for slug in (slugs * (1000 // len(slugs) + 1))[:1000]:
        found = json.loads(stack.curl(f"/cheatsheet/{slug}", accept="application/json"))
        is_lacking = (RECIPES[slug].needs or "").startswith("library")
        assert found["expected"] != is_lacking, found["result"]
        assert (found["result"]["error"] == "Lacking") == is_lacking
    assert state(stack) == before


def test_a_recipe_is_asked_for_by_make(stack: Stack) -> None:
    asked = subprocess.run(
        ["make", "--silent", "recipe", "r=count --set least=100"],
        cwd=stack.folder,
        env=os.environ | {"COMPOSE_PROJECT_NAME": stack.project},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (asked.returncode, asked.stderr) == (0, "")
    assert "SELECT count(*)" in asked.stdout
