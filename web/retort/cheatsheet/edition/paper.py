"""The edition to print: one HTML file, made from runs, with all that it needs inside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..recipe import Chapter, Recipe
from ..recipes import CHAPTERS, RECIPES
from ..renderers import highlight, wording
from ..renderers.page import prose
from ..runs.runner import Run
from . import index, shortened
from .drawing import diagram
from .pdf import Bookmark

ENVIRONMENT = Environment(
    loader=PackageLoader(__package__ or ""),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
VERSIONS = [f"{name} {version(name)}" for name in ("SQLAlchemy", "Flask-SQLAlchemy")]

_OURS = re.compile(r"^from retort\..*\n", re.MULTILINE)  # imports that the first page names

# What may name another recipe: `order_by()`, `association-object`, "see the association object".
_WORDS = "|".join(sorted((slug.replace("-", " ") for slug in RECIPES), reverse=True))
_REFERENCE = re.compile(
    rf"<code>(?:db\.)?(?:session\.)?([\w-]+)(?:\(\))?</code>|(?<=see the )(?:{_WORDS})\b"
)


def document(runs: Mapping[str, Run], pages: Mapping[str, int] | None = None) -> str:
    """Take runs by their recipe's name; give the HTML. It has the numbers of pages where they are
    known, by the ids of what is there: those that `pdf.pages()` reads from it without numbers."""
    return ENVIRONMENT.get_template("print.html").render(
        chapters=_chapters(runs),
        index=index.entries(run.recipe for run in runs.values()),
        pages=pages or {},
        count=len(runs),
        versions=VERSIONS,
        hue=_hue,
        code=_code,
        inline=prose,
        prose=partial(_prose, runs),
        needs=wording.needs,
        statements=shortened.statements,
        result=shortened.result,
        highlighted=highlight.html,
        diagram=diagram(),
    )


def bookmarks(runs: Mapping[str, Run]) -> list[Bookmark]:
    """A bookmark for each chapter, with its recipes, and one for the index."""
    return [
        *(
            Bookmark(
                f"{chapter.letter} {chapter.title}",
                f"chapter-{chapter.slug}",
                [_bookmark(run.recipe) for run in shown],
            )
            for chapter, shown in _chapters(runs)
        ),
        Bookmark("Index", "index"),
    ]


def _bookmark(recipe: Recipe) -> Bookmark:
    return Bookmark(f"{recipe.number} {recipe.title.replace('`', '')}", recipe.slug)


def _chapters(runs: Mapping[str, Run]) -> list[tuple[Chapter, list[Run]]]:
    """The chapters that have runs, with them."""
    return [
        (chapter, shown)
        for chapter in CHAPTERS
        if (shown := [runs[recipe.slug] for recipe in chapter.recipes if recipe.slug in runs])
    ]


def _prose(runs: Mapping[str, Run], words: str, recipe: Recipe) -> Markup:
    """A text as HTML, with a link from the name of each other recipe to it."""

    def link(found: re.Match[str]) -> str:
        slug = re.sub("[_ ]", "-", found[1] or found[0])
        if slug not in runs or slug == recipe.slug:
            return found[0]
        return f'<a href="#{slug}">{found[0]} <b>{runs[slug].recipe.number}</b></a>'

    return Markup(_REFERENCE.sub(link, prose(words)))  # noqa: S704 - of prose


def _hue(chapter: Chapter) -> int:
    return hue(CHAPTERS.index(chapter), len(CHAPTERS))


def _code(source: str) -> Markup:
    return listing(_OURS.sub("", source))


def hue(at: int, count: int) -> int:
    """A colour of its own for one of `count`, as an angle."""
    return (25 + 360 * at // count) % 360


def listing(source: str) -> Markup:
    """Code as HTML, with at most one empty line at a time."""
    lines = re.sub(r"\n{3,}", "\n\n", source.strip())
    html = highlight.html(lines, "python").rstrip("\n")
    return Markup("").join(map(_line, html.split("\n")))


def _line(line: str) -> Markup:
    """A line of code in an element of its own, so that it can be indented where it is too long and
    wraps, after a bracket or before a dot."""
    if not line:
        return Markup('<span class="gap"></span>')
    inner = indent(re.sub(r"<[^>]+>", "", line))
    line = re.sub(r"\(</span>", "(</span><wbr>", line)
    line = re.sub(r'\)</span>(?=<span class="o">\.)', ")</span><wbr>", line)
    return Markup(f'<span class="line" style="--in:{inner}">{line}</span>')  # noqa: S704 - of highlight


def indent(line: str) -> int:
    """How many spaces a line begins with."""
    return len(line) - len(line.lstrip(" "))
