"""Code and SQL with colours, for a page and for a terminal."""

from __future__ import annotations

from functools import cache, lru_cache

from markupsafe import Markup
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.formatters.terminal import TerminalFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name  # pyright: ignore[reportUnknownVariableType]

_HTML = HtmlFormatter[str](nowrap=True)
_TERMINAL = TerminalFormatter[str]()


@cache  # at the first use, since the words of Python or Postgres are loaded with it
def _lexer(language: str) -> Lexer:
    return get_lexer_by_name({"sql": "postgresql"}.get(language, language))


@lru_cache(maxsize=2000)
def html(code: str, language: str) -> Markup:
    """`python` or `sql` as spans whose classes the style sheet colours."""
    return Markup(highlight(code, _lexer(language), _HTML))  # noqa: S704 - Pygments escapes


@lru_cache(maxsize=2000)
def ansi(code: str, language: str) -> str:
    """`python` or `sql` with a terminal's colours."""
    return highlight(code, _lexer(language), _TERMINAL).rstrip("\n")
