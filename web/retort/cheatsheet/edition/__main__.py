"""`python -m retort.cheatsheet.edition`: run every recipe, then write what it gave: the README, the
record that pages show, HTML and PDF.

It runs on the database that the environment names, as `web` does; `make cheatsheet` gives it one.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from ...settings import DatabaseSettings
from ..recipes import RECIPES
from ..runs.runner import Runner
from . import recorded, write


def main() -> None:
    warnings.simplefilter("ignore")  # legacy forms cause some
    runner = Runner(DatabaseSettings.load())
    runs = {slug: runner.forms(recipe) for slug, recipe in RECIPES.items()}
    runner.sandbox.close()
    for slug, forms in runs.items():
        for run in forms:
            if not run.is_expected and not run.is_lacking:
                sys.exit(f"{slug}, {run.form}: {run.result.error or 'no error'} {run.result.text}")
    write.readme(runs)
    recorded.write(runs)
    write.edition(runs, Path("build"))


if __name__ == "__main__":
    main()
