"""Makes a PDF of the edition to print, by an installed browser, and reads and completes it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.generic import Fit, IndirectObject


@dataclass
class Bookmark:
    """A title, and the id of the element that it leads to."""

    title: str
    name: str
    inner: Sequence[Bookmark] = ()


def chromium() -> str | None:
    """The path of the browser, if there is one: what CHROMIUM names, or else the first of its usual
    names."""
    found = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    return os.environ.get("CHROMIUM") or next(filter(None, found), None)


def print_pdf(browser: str, html: Path) -> Path:
    """Let the browser print the page into a file beside it. Raises subprocess.SubprocessError."""
    pdf = html.with_suffix(".pdf")
    command = [browser, "--headless", "--disable-gpu", "--no-pdf-header-footer"]
    if os.geteuid() == 0:
        command.append("--no-sandbox")  # Chromium's sandbox does not work for root
    # A tag for each coloured word would be four fifths of the file.
    command += ["--disable-pdf-tagging", f"--print-to-pdf={pdf.absolute()}"]
    command.append(html.absolute().as_uri())
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return pdf


def pages(pdf: Path) -> dict[str, int]:
    """On which page each element is that a link leads to, by its id."""
    return {name: number for name, (number, _) in _places(PdfReader(pdf)).items()}


def add_bookmarks(pdf: Path, bookmarks: Iterable[Bookmark]) -> None:
    """Add bookmarks. Chromium makes some too, but only of the tags that are left out."""
    writer = PdfWriter(clone_from=pdf)
    places = _places(PdfReader(pdf))
    for bookmark in bookmarks:
        outer = _add(writer, bookmark, places, None)
        for inner in bookmark.inner:
            _add(writer, inner, places, outer)
    writer.page_mode = "/UseOutlines"
    writer.write(pdf)


def _add(
    writer: PdfWriter,
    bookmark: Bookmark,
    places: Mapping[str, tuple[int, float]],
    parent: IndirectObject | None,
) -> IndirectObject:
    number, top = places[bookmark.name]
    fit = Fit.xyz(left=0, top=top)
    return writer.add_outline_item(
        title=bookmark.title, page_number=number - 1, parent=parent, fit=fit, is_open=False
    )


def _places(reader: PdfReader) -> dict[str, tuple[int, float]]:
    """The page and the height on it, by the id."""
    places: dict[str, tuple[int, float]] = {}
    for name, place in reader.named_destinations.items():
        at = reader.get_destination_page_number(place)
        if at is not None:
            places[name.removeprefix("/")] = at + 1, float(place.top or 0)
    return places
