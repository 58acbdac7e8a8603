"""The edition to print: one HTML file, made from runs, with all that it needs inside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import version

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..recipe import Chapter
from ..recipes import CHAPTERS
from ..renderers import highlight
from ..renderers.page import prose
from ..runs.runner import Run
from . import essential
from .drawing import diagram

# Code of up to WHOLE lines is kept on one page; of longer code, the first HEAD and last TAIL lines.
WHOLE, HEAD, TAIL = 12, 7, 4

_ENVIRONMENT = Environment(
    loader=PackageLoader(__package__ or ""),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def document(runs: Mapping[str, Run]) -> str:
    """Take runs by their recipe's name; give the HTML."""
    chapters = [
        (chapter, shown)
        for chapter in CHAPTERS
        if (shown := [runs[recipe.slug] for recipe in chapter.recipes if recipe.slug in runs])
    ]
    return _ENVIRONMENT.get_template("print.html").render(
        chapters=chapters,
        count=len(runs),
        versions=[f"{name} {version(name)}" for name in ("SQLAlchemy", "Flask-SQLAlchemy")],
        hue=_hue,
        code=_code,
        prose=prose,
        statements=essential.statements,
        result=essential.result,
        highlighted=highlight.html,
        diagram=diagram(),
    )


def _hue(chapter: Chapter) -> int:
    """A colour of its own, as an angle."""
    return (25 + 360 * CHAPTERS.index(chapter) // len(CHAPTERS)) % 360


def _code(source: str) -> Markup:
    """Code without the imports of this project, which the first page names, and with at most one
    empty line at a time."""
    source = re.sub(r"^from retort\..*\n", "", source, flags=re.MULTILINE).strip()
    lines = re.sub(r"\n{3,}", "\n\n", source)
    shown = [_line(line) for line in highlight.html(lines, "python").rstrip("\n").split("\n")]
    if len(shown) <= WHOLE:
        return _kept(shown)
    return _kept(shown[:HEAD]) + Markup("").join(shown[HEAD:-TAIL]) + _kept(shown[-TAIL:])


def _kept(lines: list[Markup]) -> Markup:
    """Lines that stay together on a page."""
    return Markup('<span class="kept">{}</span>').format(Markup("").join(lines))


def _line(line: str) -> Markup:
    """A line of code in an element of its own, so that it can be indented where it is too long and
    wraps, after a bracket or before a dot."""
    if not line:
        return Markup('<span class="gap"></span>')
    indent = _indent(re.sub(r"<[^>]+>", "", line))
    line = re.sub(r"\(</span>", "(</span><wbr>", line)
    line = re.sub(r'\)</span>(?=<span class="o">\.)', ")</span><wbr>", line)
    return Markup(f'<span class="line" style="--in:{indent}">{line}</span>')  # noqa: S704 - of highlight


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
