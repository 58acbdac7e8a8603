"""Makes a PDF of the edition to print, by an installed browser."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


def chromium() -> str | None:
    """The path of the browser, if there is one: what CHROMIUM names, or else the first of its usual
    names."""
    found = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    return os.environ.get("CHROMIUM") or next(filter(None, found), None)


def print_pdf(browser: str, html: Path, pdf: Path) -> None:
    """Let the browser print the page. Raises subprocess.SubprocessError."""
    command = [browser, "--headless", "--disable-gpu", "--no-pdf-header-footer"]
    if os.geteuid() == 0:
        command.append("--no-sandbox")  # Chromium's sandbox does not work for root
    # A tag for each coloured word would be four fifths of the file.
    command += ["--disable-pdf-tagging", f"--print-to-pdf={pdf}", html.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
