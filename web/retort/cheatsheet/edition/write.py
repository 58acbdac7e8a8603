"""Writes the README and the edition to print, and says what it wrote."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from difflib import unified_diff
from pathlib import Path

from ..runs.runner import Run
from . import paper, pdf, two_pages
from .readme import document, section, sections

README = Path(__file__).parents[1] / "README.md"


def stored() -> str:
    """The README as it is, or an empty text."""
    return README.read_text(encoding="utf-8") if README.exists() else ""


def difference(before: str, after: str) -> str:
    """What changed, as a unified diff; empty if nothing did."""
    lines = unified_diff(
        before.splitlines(), after.splitlines(), "README.md", "as it runs now", lineterm=""
    )
    return "\n".join(lines)


def readme(runs: Mapping[str, Sequence[Run]]) -> None:
    """Write the README, and print the difference. What this machine cannot run stays as it was."""
    before = stored()
    known = sections(before)
    for slug, forms in runs.items():
        if forms[0].is_lacking and slug in known:
            print(f"{slug} stays as it was: {forms[0].result.text}")
        else:
            known[slug] = section(forms)
    after = document(known)
    README.write_text(after, encoding="utf-8")
    print((difference(before, after) or "no difference") if before else "there was none")
    print(f"{os.path.relpath(README)}: {len(runs)} recipes")


def edition(runs: Mapping[str, Sequence[Run]], folder: Path) -> None:
    """Write the whole and the essential as HTML into the folder, and as PDF where there is
    a browser for it."""
    folder.mkdir(exist_ok=True)
    whole, short = folder / "cheatsheet.html", folder / "cheatsheet-essential.html"
    modern = {slug: first for slug, (first, *_) in runs.items()}
    whole.write_text(paper.document(modern), encoding="utf-8")
    short.write_text(two_pages.document(), encoding="utf-8")
    print(whole, short, sep="\n")
    browser = pdf.chromium()
    if browser is None:
        print("no PDF: Chromium, which makes it, is not installed")
        return
    try:
        # Twice, since the first time tells on which page each recipe comes.
        printed = pdf.print_pdf(browser, whole)
        whole.write_text(paper.document(modern, pdf.pages(printed)), encoding="utf-8")
        pdf.print_pdf(browser, whole)
        pdf.add_bookmarks(printed, paper.bookmarks(modern))
        print(printed, pdf.print_pdf(browser, short), sep="\n")
    except subprocess.SubprocessError as error:
        sys.exit(f"no PDF: {error}")
