"""Reads a parameter's text from left to right, and says where it does not parse. Also writes a name
in the quotes that it needs to be read as one."""

import re

from ..errors import ApiError

NAME = re.compile(r'(?:[^,():.!"*>\[\]-]|-(?!>))+')
SPACES = re.compile(r"\s*")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)

# What may stand somewhere, in PostgREST's words.
FIELD = "field name (* or [a..z0..9_$])"
END = "end of input"


def quoted(name: str) -> str:
    """A name as the grammar has it: in quotes only where it needs them."""
    if NAME.fullmatch(name) and name == name.strip():
        return name
    return in_quotes(name)


def in_quotes(text: str) -> str:
    """A text in quotes, in which every character stands for itself."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Scanner:
    """A place in a text. `what` that is, PostgREST's messages say; they count the characters from
    what stands `before` it."""

    def __init__(self, what: str, text: str, before: str = "") -> None:
        self.what, self.text, self.at, self.before = what, text, 0, len(before)

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Step over what `pattern` matches here, if it does."""
        if found := pattern.match(self.text, self.at):
            self.at = found.end()
        return found

    def take(self, token: str) -> bool:
        """Step over `token` if it stands here."""
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def need(self, token: str) -> None:
        if not self.take(token):
            raise self.error(f'"{token}"')

    def peek(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def spaces(self) -> None:
        """Step over the spaces here."""
        if self.text[self.at : self.at + 1].isspace():
            self.match(SPACES)

    def take_spaced(self, token: str) -> bool:
        """Step over `token` if it stands here, and the spaces around it."""
        self.spaces()
        found = self.take(token)
        self.spaces()
        return found

    def need_spaced(self, token: str, expected: str = "") -> None:
        if not self.take_spaced(token):
            raise self.error(expected or f'"{token}"')

    def rest(self) -> str:
        """Step over all that is left."""
        found, self.at = self.text[self.at :], len(self.text)
        return found

    @property
    def done(self) -> bool:
        return self.at >= len(self.text)

    def need_end(self, expected: str = END) -> None:
        if not self.done:
            raise self.error(expected)

    def maybe_quoted(self) -> str | None:
        """A text in double quotes, in which a backslash escapes, if one stands here."""
        found = self.match(QUOTED) if self.peek('"') else None
        return ESCAPED.sub(r"\1", found[1]) if found else None

    def word(self, expected: str = FIELD) -> str:
        """A name, quoted or not."""
        self.spaces()
        quoted = self.maybe_quoted()
        if quoted is not None:
            return quoted
        found = self.match(NAME)
        if not found:
            raise self.error(expected)
        return found[0].strip()

    def one_of(self, *words: str) -> str:
        """Step over the one of the words that stands here. Raises ApiError PGRST100."""
        for word in words:
            if self.take(word):
                return word
        *others, last = (f'"{word}"' for word in words)
        raise self.error(f"{', '.join(others)} or {last}", alike(self.text[self.at :], words[0]))

    def error(self, expected: str, further: int = 0) -> ApiError:
        """ApiError PGRST100: what was expected here, and what stands here, or `further` on."""
        at = self.at + further
        if at >= len(self.text):
            found = END
        else:
            quote = "'" if expected.endswith(END) else '"'
            found = f"{quote}{self.text[at]}{quote}"
        line, column = self.text.count("\n", 0, self.at) + 1, self.at + 1 + self.before
        if line > 1:
            column = self.at - self.text.rindex("\n", 0, self.at)
        return ApiError(
            400,
            "PGRST100",
            f'"failed to parse {self.what} ({self.text[:200]})" (line {line}, column {column})',
            f"unexpected {found} expecting {expected}",
        )


def alike(text: str, word: str) -> int:
    """How many characters they begin with are the same."""
    return next(
        (at for at, (a, b) in enumerate(zip(text, word, strict=False)) if a != b),
        min(len(text), len(word)),
    )
