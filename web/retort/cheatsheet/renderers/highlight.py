"""Code and SQL with colours, for a page and for a terminal."""

from __future__ import annotations

from functools import cache, lru_cache

from markupsafe import Markup
from pygments import format as formatted
from pygments import highlight, lex
from pygments.formatters.html import HtmlFormatter
from pygments.formatters.terminal import TerminalFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name  # pyright: ignore[reportUnknownVariableType]
from pygments.token import Name, Operator, Punctuation, Text

_HTML = HtmlFormatter[str](nowrap=True)
# What the style sheet gives no colour is text: else half of a page is spans around it.
_PLAIN = {Name, Operator, Punctuation}
_TERMINAL = TerminalFormatter[str]()


@cache  # at the first use, since the words of Python or Postgres are loaded with it
def _lexer(language: str) -> Lexer:
    return get_lexer_by_name({"sql": "postgresql"}.get(language, language))


@lru_cache(maxsize=2000)
def html(code: str, language: str) -> Markup:
    """`python` or `sql` as spans whose classes the style sheet colours."""
    tokens = lex(code, _lexer(language))
    coloured = ((Text if kind in _PLAIN else kind, text) for kind, text in tokens)
    return Markup(formatted(coloured, _HTML))  # noqa: S704 - Pygments escapes


@lru_cache(maxsize=2000)
def ansi(code: str, language: str) -> str:
    """`python` or `sql` with a terminal's colours."""
    return highlight(code, _lexer(language), _TERMINAL).rstrip("\n")
