"""What the headers ask for: Accept, Prefer, Range, the schema."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

from werkzeug.datastructures import Headers, MIMEAccept
from werkzeug.http import parse_accept_header, parse_options_header

from ..errors import ApiError

JSON = "application/json"
OBJECT = "application/vnd.pgrst.object+json"
ARRAY = "application/vnd.pgrst.array+json"
CSV = "text/csv"
FORM = "application/x-www-form-urlencoded"
NDJSON = "application/x-ndjson"
OPENAPI = "application/openapi+json"

Count = Literal["exact", "planned", "estimated"]

PREFERENCES = {
    "return": {"representation", "minimal", "headers-only"},
    "count": {"exact", "planned", "estimated"},
    "resolution": {"merge-duplicates", "ignore-duplicates"},
    "missing": {"default", "null"},
    "handling": {"strict", "lenient"},
    "tx": {"commit", "rollback"},
}
# The order in which PostgREST lists what it honoured.
ORDER = (
    *("resolution", "missing", "return", "count"),
    *("tx", "handling", "timezone", "max-affected"),
)

# The name of a time zone, or an offset. Of what has a number, Postgres also takes the beginning for
# the abbreviation of a zone of the client's own. Before 18.6, to_char() had room for 24 characters
# of it and no check (CVE-2026-14669).
ZONE = re.compile(r"[A-Za-z_/]{1,64}|[A-Za-z0-9_/+.:-]{1,24}")

RANGE = re.compile(r"(?:items=)?(\d{1,4000})-(\d{1,4000})?")  # Python reads no longer numbers
MOST = 10**18  # rows; beyond, Postgres' numbers end


@dataclass(frozen=True)
class Media:
    """The form of the answer."""

    type: str
    strip_nulls: bool = False

    @property
    def is_object(self) -> bool:
        return self.type == OBJECT

    @property
    def content_type(self) -> str:
        stripped = ";nulls=stripped" if self.strip_nulls else ""
        return f"{self.type}{stripped}; charset=utf-8"


@lru_cache(256)  # clients say the same each time
def media(accept: str, allowed: tuple[str, ...]) -> Media:
    """The one of the `allowed` media that the client prefers. Raises ApiError PGRST107."""
    found: list[tuple[float, Media]] = []
    for given, quality in parse_accept_header(accept, MIMEAccept) or [("*/*", 1)]:
        type_, options = parse_options_header(given.lower())
        if type_ in ("*/*", "application/*"):
            type_ = JSON if JSON in allowed else allowed[0]
        strip_nulls = options.get("nulls") == "stripped"
        if type_ in ("application/vnd.pgrst.array", ARRAY):
            type_ = ARRAY if strip_nulls else JSON
        if type_ == "application/vnd.pgrst.object":
            type_ = OBJECT
        if quality > 0 and (type_ in allowed or (type_ == ARRAY and JSON in allowed)):
            found.append((quality, Media(type_, strip_nulls)))
    if not found:
        raise ApiError(
            406,
            "PGRST107",
            f"None of these media types are available: {accept[:200]}",
            hint=f"Accept one of {', '.join(allowed)}",
        )
    return max(found, key=lambda each: each[0])[1]


@dataclass(frozen=True)
class Preferences:
    """`Prefer`, as far as it is known."""

    given: dict[str, str]
    max_affected: int | None = None

    @property
    def count(self) -> Count | None:
        return cast("Count | None", self.given.get("count"))  # a text, faster than a union

    def get(self, name: str) -> str | None:
        return self.given.get(name)

    def applied(self, honoured: set[str]) -> str | None:
        """The header `Preference-Applied`: the given preferences that were `honoured`."""
        said = [
            f"{name}={self.given[name]}" for name in ORDER if name in honoured & set(self.given)
        ]
        return ", ".join(said) or None


NO_PREFERENCES = Preferences({})


def preferences(headers: Headers, *, heeds_tx: bool) -> Preferences:
    """The preferences given, with `tx` only if that is heeded; of several for the same, the first.
    Raises ApiError: PGRST122 for an unknown one if `handling=strict`, 22023 for what cannot be a
    time zone."""
    if "Prefer" not in headers:
        return NO_PREFERENCES
    given: dict[str, str] = {}
    unknown: list[str] = []
    for part in ",".join(headers.getlist("Prefer")).split(","):
        name, _, value = part.strip().partition("=")
        if (
            name == "timezone"
            or (name == "max-affected" and re.fullmatch(r"\d{1,18}", value))
            or value in PREFERENCES.get(name, ())
        ):
            given.setdefault(name, value)
        elif part.strip():
            unknown.append(part.strip())
    if unknown and given.get("handling") == "strict":
        raise ApiError(
            400,
            "PGRST122",
            "Invalid preferences given with handling=strict",
            f"Invalid preferences: {', '.join(unknown)}",
        )
    zone = given.get("timezone")
    if zone is not None and not ZONE.fullmatch(zone):
        raise ApiError(400, "22023", f'invalid value for parameter "TimeZone": "{zone[:100]}"')
    if not heeds_tx:
        given.pop("tx", None)
    # Only strict handling makes it a condition.
    most = given.get("max-affected") if given.get("handling") == "strict" else None
    return Preferences(given, int(most) if most is not None else None)


def range_of(headers: Headers) -> tuple[int, int | None]:
    """The first and the last row of a `Range: 0-9`, which clients send with and without the unit.

    Raises ApiError PGRST103.
    """
    found = RANGE.fullmatch(headers.get("Range", "").strip())
    if not found:
        return 0, None
    first, last = int(found[1]), int(found[2]) if found[2] else None
    if last is not None and last < first:
        raise outside(
            "The lower boundary must be lower than or equal to the upper boundary in the Range "
            "header."
        )
    return min(first, MOST), None if last is None else min(last, MOST)


def outside(details: str, headers: dict[str, str] | None = None) -> ApiError:
    """Error PGRST103: no row can be in the range that was asked for."""
    message = "Requested range not satisfiable"
    return ApiError(416, "PGRST103", message, details, headers=headers)


def header_text(value: str) -> str:
    """A header as UTF-8, if it is that: WSGI gives its bytes as Latin-1."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


Profile = Literal["Accept-Profile", "Content-Profile"]


def schema_of(headers: Headers, header: Profile, schemas: Sequence[str]) -> str:
    """The schema asked for, by default the first. Raises ApiError PGRST106."""
    asked = header_text(headers.get(header) or schemas[0])
    if asked not in schemas:
        raise ApiError(
            406,
            "PGRST106",
            f"Invalid schema: {asked[:100]}",
            hint=f"Only the following schemas are exposed: {', '.join(schemas)}",
        )
    return asked
