"""Reads a parameter's text from left to right, and says where it does not parse. Also writes a name
in the quotes that it needs to be read as one."""

import re

from ..errors import ApiError

NAME = re.compile(r'(?:[^,():.!"*>\[\]-]|-(?!>))+')
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def quoted(name: str) -> str:
    """A name as the grammar has it: in quotes only where it needs them."""
    if NAME.fullmatch(name) and name == name.strip():
        return name
    return in_quotes(name)


def in_quotes(text: str) -> str:
    """A text in quotes, in which every character stands for itself."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Scanner:
    """A place in the text of the parameter `name`."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text, self.at = name, text, 0

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

    def rest(self) -> str:
        """Step over all that is left."""
        found, self.at = self.text[self.at :], len(self.text)
        return found

    @property
    def done(self) -> bool:
        return self.at >= len(self.text)

    def need_end(self) -> None:
        if not self.done:
            raise self.error("the end")

    def maybe_quoted(self) -> str | None:
        """A text in double quotes, in which a backslash escapes, if one stands here."""
        found = self.match(QUOTED)
        return ESCAPED.sub(r"\1", found[1]) if found else None

    def word(self, what: str) -> str:
        """A name, quoted or not."""
        quoted = self.maybe_quoted()
        if quoted is not None:
            return quoted
        found = self.match(NAME)
        if not found or not found[0].strip():
            raise self.error(what)
        return found[0].strip()

    def error(self, expected: str) -> ApiError:
        """ApiError PGRST100: what was expected here, and what stands here."""
        found = f'"{self.text[self.at]}"' if not self.done else "the end"
        return ApiError(
            400,
            "PGRST100",
            f'failed to parse {self.name} "{self.text[:200]}"',
            f"at character {self.at + 1}: expected {expected}, but there is {found}",
        )
