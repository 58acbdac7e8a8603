"""Renews what is stored of the cheat sheet, by a run of every recipe: the README of its
package, and the edition to print. Takes which Postgres it is to be."""

import os
import shutil
import subprocess
import sys
import warnings
from difflib import unified_diff
from pathlib import Path

import pytest

from retort.cheatsheet import markdown, printed
from retort.cheatsheet.catalog import RECIPES
from retort.cheatsheet.run import Run, Runner

from .service.application import settings_on
from .service.postgres import Database, Server

ROOT = Path(__file__).parents[1]
README = ROOT / "web/retort/cheatsheet/README.md"
HTML = ROOT / "build/cheatsheet.html"
PDF = ROOT / "build/cheatsheet.pdf"


def runner(database: Database) -> Runner:
    """Runs recipes on a database as db-init leaves it."""
    return Runner(settings_on(database.web))


def readme() -> str:
    """The README as it is, or nothing."""
    return README.read_text(encoding="utf-8") if README.exists() else ""


def difference(before: str, after: str) -> str:
    """What changed, as a unified diff; nothing where nothing did."""
    lines = unified_diff(
        before.splitlines(), after.splitlines(), "README.md", "as it runs now", lineterm=""
    )
    return "\n".join(lines)


def chromium() -> str | None:
    """The path of the browser, if there is one: what CHROMIUM names, or the first of those
    that it is installed as."""
    found = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    return os.environ.get("CHROMIUM") or next(filter(None, found), None)


def print_pdf(browser: str, html: Path, pdf: Path) -> None:
    """Let the browser print the page. Raises subprocess.CalledProcessError."""
    command = [browser, "--headless", "--disable-gpu", "--no-pdf-header-footer"]
    if os.geteuid() == 0:
        command.append("--no-sandbox")  # Chromium's own needs another user than root
    # Tags for each of so many coloured words would be four fifths of the file.
    command += ["--disable-pdf-tagging", f"--print-to-pdf={pdf}", html.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def renew(runs: dict[str, list[Run]]) -> None:
    """Write the README, and say what is new in it."""
    before = readme()
    stored = markdown.sections(before)
    sections = {slug: markdown.section(forms) for slug, forms in runs.items()}
    for slug, (run, *_) in runs.items():
        if run.is_lacking and slug in stored:
            sections[slug] = stored[slug]
            print(f"{slug} stays as it was: {run.result.text}")
    after = markdown.document(sections)
    README.write_text(after, encoding="utf-8")
    print((difference(before, after) or "no difference") if before else "there was none")
    print(f"{README.relative_to(ROOT)}: {len(sections)} recipes")


def print_edition(runs: dict[str, list[Run]]) -> None:
    """Write the HTML, and the PDF where there is a browser for it."""
    HTML.parent.mkdir(exist_ok=True)
    page = printed.document({slug: modern for slug, (modern, *_) in runs.items()})
    HTML.write_text(page, encoding="utf-8")
    print(HTML.relative_to(ROOT))
    browser = chromium()
    if browser is None:
        print("no PDF: that takes Chromium, which is not there")
        return
    try:
        print_pdf(browser, HTML, PDF)
    except subprocess.SubprocessError as error:
        sys.exit(f"no PDF: {error}")
    print(PDF.relative_to(ROOT))


def main(wanted: str | None) -> None:
    warnings.simplefilter("ignore")  # legacy forms give some
    with Server.prepared(wanted) as server, server.clone() as database:
        here = runner(database)
        runs = {slug: here.forms(recipe) for slug, recipe in RECIPES.items()}
    for slug, forms in runs.items():
        for run in forms:
            if not run.is_expected and not run.is_lacking:
                sys.exit(f"{slug}, {run.form}: {run.result.error or 'no error'} {run.result.text}")
    renew(runs)
    print_edition(runs)


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else None)
    except pytest.UsageError as error:
        sys.exit(str(error))
