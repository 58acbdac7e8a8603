"""The sheet in a terminal: the list, and a recipe with what its run gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import zip_longest

import click

from ..recipe import Chapter, Recipe
from ..recipes import CHAPTERS
from ..runs.record import Statement
from ..runs.recorded import recorded
from ..runs.result import Shown
from ..runs.runner import Run
from ..search import Found
from . import highlight, wording

Paint = Callable[..., str]


def found(query: str, found: Found, *, color: bool) -> str:
    """The recipes that a query found, each with the line that matched."""
    paint = _painter(color)
    lines = [f"Nothing here knows {', '.join(found.unknown)}."] if found.unknown else []
    lines += [f"{one} is read as {other}." for one, other in found.guessed.items()]
    for match in found.matches:
        line = "".join(paint(piece, bold=True) if is_met else piece for piece, is_met in match.line)
        lines += [_line(match.recipe, paint), f"      {line}"]
    if not found.matches:
        lines.append(f"No recipe for {query!r}. Without words, all recipes are listed.")
    return "\n".join([*lines, ""])


def listing(*, color: bool) -> str:
    """All recipes, by chapter."""
    paint = _painter(color)
    lines: list[str] = []
    for chapter in CHAPTERS:
        lines += ["", paint(chapter.title, bold=True)]
        lines += [_line(recipe, paint) for recipe in chapter.recipes]
    return "\n".join([*lines[1:], ""])


def _line(recipe: Recipe, paint: Paint) -> str:
    return f"  {recipe.number:<4}{paint(f'{recipe.slug:<28}', fg='cyan')}  {recipe.title}"


def ran(run: Run, *, color: bool) -> str:
    """A recipe: its result, its code, its statements, its pitfalls. If the machine lacks what it
    needs, its recorded run is shown as well."""
    recipe, paint = run.recipe, _painter(color)
    lines = [*_about(recipe, paint), "", *result(run.result, paint), ""]
    if run.is_lacking and (kept := recorded(recipe, run.form)):
        lines += ["This is its recorded result:", "", *result(kept.result, paint), ""]
        run = kept
    lines += [
        _code(recipe.form(run.form).source, "python", color=color),
        "",
        paint(f"-- {_summary(run)}", dim=True),
    ]
    for same in wording.grouped(run.statements):
        if wording.reads_catalogue(same[0]):
            lines.append(paint(f"-- {wording.catalogue(same)}", dim=True))
        else:
            lines += _statement(same[0], paint, color=color)
    if run.record.more:
        lines.append(paint(f"-- and {run.record.more} more", dim=True))
    if recipe.pitfalls:
        lines += ["", *_mind(recipe)]
    return "\n".join([*lines, ""])


def _summary(run: Run) -> str:
    said = wording.summary(run.record)
    return said if run.is_recorded else f"{said}, {run.milliseconds:.0f} ms"


def chapter(chapter: Chapter, *, color: bool) -> str:
    """A chapter: the code of all its recipes."""
    paint = _painter(color)
    lines: list[str] = []
    for recipe in chapter.recipes:
        code = _code(recipe.modern.source, "python", color=color)
        lines += [*_about(recipe, paint), *_mind(recipe), "", code, ""]
    return "\n".join(lines)


def _about(recipe: Recipe, paint: Paint) -> list[str]:
    return [
        paint(f"{recipe.number}  {recipe.title}", bold=True),
        *_wrapped(recipe.text),
        *filter(None, [wording.needs(recipe)]),
    ]


def _mind(recipe: Recipe) -> list[str]:
    return [line for kind, note in recipe.pitfalls for line in _wrapped(f"{kind}: {note}")]


def _statement(statement: Statement, paint: Paint, *, color: bool) -> Iterator[str]:
    yield _code(wording.sql(statement.sql), "sql", color=color)
    for line in wording.parameters(statement.parameters):
        yield paint(f"-- {line}", dim=True)
    if said := wording.took(statement):
        yield paint(f"-- {said}", fg="red" if statement.error else None, dim=True)
    if statement.plan is not None:
        for depth, node, took in wording.plan(statement.plan):
            mark = paint("  <- slowest", fg="yellow") if node.slowest else ""
            yield paint(f"--   {'  ' * depth}{node.title}: {took}", dim=True) + mark
            for detail in node.details:
                yield paint(f"--   {'  ' * depth}  {detail}", dim=True)


def result(shown: Shown, paint: Paint) -> Iterator[str]:
    """What a recipe gave, a line for each row."""
    if shown.error:
        yield f"{paint(shown.error, fg='red', bold=True)}: {shown.text}"
    elif not shown.rows:
        yield shown.text
    else:
        yield from _table(shown, paint)


def _table(shown: Shown, paint: Paint) -> Iterator[str]:
    """Columns aligned; those without names have no heading."""
    rows = shown.rows
    widths = [
        max(len(line) for row in [shown.columns, *rows] for line in row[at].splitlines() or [""])
        for at in range(len(shown.columns))
    ]
    if any(shown.columns):
        yield paint("  ".join(map(str.ljust, shown.columns, widths)).rstrip(), bold=True)
        yield "  ".join("-" * width for width in widths)
    for row in rows:
        cells = (cell.splitlines() or [""] for cell in row)
        for line in zip_longest(*cells, fillvalue=""):
            yield "  ".join(map(str.ljust, line, widths)).rstrip()
    if shown.more:
        yield f"… {shown.more} more"


def _wrapped(paragraph: str) -> list[str]:
    return click.wrap_text(paragraph, 80).splitlines()


def _code(code: str, language: str, *, color: bool) -> str:
    return highlight.ansi(code, language) if color else code


def _painter(color: bool) -> Paint:
    return click.style if color else plain


def plain(text: str, **style: object) -> str:
    """The Paint that adds no colours."""
    return text
