"""Reads settings from the environment: every variable has a type, and is checked at the start.

Each variable may also be given as ``NAME_FILE``, the path of a file that holds the value, which is
how to pass secrets. White space around a value, like a newline at its end, is ignored, and an empty
variable counts as unset.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError


class BadSettings(SystemExit):
    """Wrong settings, a line for each. If nobody catches it, the process (Gunicorn, ``flask`` or
    db-init) prints these lines and ends with exit code 1."""


class Refused(ValueError):
    """Why a value is refused, in words that do not quote it where it may be secret."""


class Environment(BaseModel):
    """Settings read from the environment. A field's description says what it accepts."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Take the variables of a process, give the settings that they hold.

        Raises BadSettings, which names every wrong variable and what it accepts.
        """
        given: dict[str, str] = {}
        wrong: dict[str, str] = {}
        for field in cls.model_fields:
            name = field.upper()
            value, path = (environ.get(key, "").strip() for key in (name, f"{name}_FILE"))
            if value and path:
                wrong[field] = f"{name}: also given as {name}_FILE; unset one of the two"
            elif path:
                try:
                    value = Path(path).read_text(encoding="utf-8-sig").strip()
                except (OSError, ValueError) as error:
                    wrong[field] = f"{name}_FILE: must be a text file that can be read ({error})"
            if value:
                given[field] = value
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            settings = None
            for detail in error.errors():
                field = str(detail["loc"][0])
                accepts = cls.model_fields[field].description
                reason = detail.get("ctx", {}).get("error")
                why = f" ({reason})" if isinstance(reason, Refused) else ""
                wrong.setdefault(field, f"{field.upper()}: must be {accepts}{why}")
        lines = [*wrong.values(), *cls.disagreements(given)]
        if lines or settings is None:
            raise BadSettings("\n".join(lines))
        return settings

    @classmethod
    def disagreements(cls, given: Mapping[str, str]) -> Iterator[str]:
        """A line for each thing that is wrong with the given fields and that no type tells."""
        for name, value in given.items():
            if cls.model_fields[name].annotation == list[str] and "" in split(value):
                yield f"{name.upper()}: has an empty entry; separate entries by one comma"


def split(text: str) -> list[str]:
    """The entries of a comma-separated text, without the white space around each."""
    return [item.strip() for item in text.split(",")]


AnyCase = BeforeValidator(str.lower)
CommaSeparated = Annotated[list[str], BeforeValidator(split)]
