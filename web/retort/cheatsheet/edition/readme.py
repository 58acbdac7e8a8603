"""The sheet as Markdown, made from runs: the README of its package."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from ..recipe import Recipe
from ..recipes import CHAPTERS, RECIPES
from ..renderers import terminal, wording
from ..runs.record import Statement
from ..runs.runner import Run
from . import normal

INTRODUCTION = Path(__file__).with_name("introduction.md").read_text(encoding="utf-8")


def document(sections: Mapping[str, str]) -> str:
    """The whole README. `sections` has the section of each recipe, by its name."""
    counts = {"{count}": len(RECIPES), "{chapters}": len(CHAPTERS)}
    introduction = INTRODUCTION
    for name, count in counts.items():
        introduction = introduction.replace(name, str(count))
    lines = [introduction.rstrip("\n") + "\n"]
    for chapter in CHAPTERS:
        recipes = ", ".join(f"[{one.slug}](#{_anchor(one)})" for one in chapter.recipes)
        lines += [f"- [{chapter.title}](#{chapter.slug}): {recipes}"]
    for chapter in CHAPTERS:
        lines += [f"\n## {chapter.title}"]
        lines += ["\n" + sections[recipe.slug] for recipe in chapter.recipes]
    return "\n".join([*lines, ""])


def _anchor(recipe: Recipe) -> str:
    """The anchor that Markdown's renderers make of a recipe's heading."""
    heading = f"{recipe.number} {recipe.title}".lower()
    return re.sub(r"[^\w -]", "", heading).replace(" ", "-")


def sections(document: str) -> dict[str, str]:
    """The sections of a document, each by its recipe's name."""
    parts = re.split(r"^(?=#{2,3} )", document, flags=re.MULTILINE)
    names = (re.match(r"### .+\n\n`([\w-]+)`: ", part) for part in parts)
    return {name[1]: name.string.strip() for name in names if name}


def section(runs: Sequence[Run]) -> str:
    """A recipe's section, made of a run of each of its forms."""
    modern, *others = runs
    recipe = modern.recipe
    lines = [
        f"### {recipe.number} {_escaped(recipe.title)}",
        f"`{recipe.slug}`: {_escaped(recipe.text)}",
        wording.needs(recipe),
        "\n".join(f"- **{kind}:** {_escaped(note)}" for kind, note in recipe.pitfalls),
        _fence("python", [recipe.modern.source]),
        *(_legacy(run) for run in others),
        _sql(modern),
        _fence("text", terminal.result(normal.result(modern.result), terminal.plain)),
        " · ".join(f"[{_label(link)}]({link})" for link in recipe.links),
    ]
    return "\n\n".join(filter(None, lines))


def _legacy(run: Run) -> str:
    """The legacy form. Instead of its result, which is the same, it says what was sent."""
    form = run.recipe.form(run.form)
    lines = [
        "<details><summary>Legacy</summary>",
        _escaped(form.note),
        _fence("python", [form.source]),
        f"{wording.summary(run.record)}"
        + ("; SQLAlchemy warns that this is deprecated" if form.warns else ""),
        "</details>",
    ]
    return "\n\n".join(filter(None, lines))


def _sql(run: Run) -> str:
    if not run.statements:
        return ""
    return _fence("sql", [*_statements(run.statements), f"-- {wording.summary(run.record)}"])


def _statements(statements: Iterable[Statement]) -> Iterator[str]:
    """The statements in order. What was sent several times in a row is there once."""
    connection = 1
    for (_, at, _), same in groupby(normal.statements(statements), _alike):
        first, *more = same
        if at != connection:
            connection = at
            yield f"-- connection {connection}"
        if wording.reads_catalogue(first):
            yield f"-- {wording.catalogue([first, *more])}"
            continue
        yield normal.normal(wording.sql(first.sql))
        for line in wording.parameters(first.parameters):
            yield normal.normal(f"-- {line}")
        if said := wording.gave(first):
            yield normal.normal(f"-- {said}")
        if more:
            yield f"-- … {wording.count(len(more) + 1, 'time')} in all"


def _alike(statement: Statement) -> tuple[str, int, str | None]:
    sql = "" if wording.reads_catalogue(statement) else statement.sql
    return sql, statement.connection, statement.error


def _fence(language: str, lines: Iterable[str]) -> str:
    return "\n".join([f"```{language}", *(line.rstrip() for line in lines), "```"])


def _escaped(prose: str) -> str:
    """Prose with code in backticks, in which Markdown's other signs are escaped."""
    parts = prose.split("`")
    for at in range(0, len(parts), 2):
        parts[at] = re.sub(r"[*<]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\\g<0>", parts[at])
    return "`".join(parts)


def _label(link: str) -> str:
    """A name for a page of documentation, made of its address."""
    url = urlsplit(link)
    host = url.netloc.removeprefix("www.").removeprefix("docs.")
    page = url.path.rstrip("/").rpartition("/")[2].removesuffix(".html")
    name = (url.fragment or page).rpartition(".")[2]
    return f"{host}: {name.lower().replace('-', ' ')}"
