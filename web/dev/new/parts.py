"""The parts of the stack that a project may leave out, and what belongs to each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """What goes with a part: its `folders` and files; elsewhere, what is imported from these, with
    all that uses it; and what names one of its `strings` (in Python) or `words` (in texts)."""

    folders: tuple[str, ...]
    needs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """The names of its models in `models.py`, and of its commands in `embedded/commands.py`."""
    strings: str = r"(?!)"
    words: str = r"(?!)"


PARTS = {
    "auth": Part(
        folders=("web/retort/auth", "db-init/db_init/auth.py", "tests/service/auth"),
        needs=("rest",),
        names=("token", "account"),
        strings=r"\baccounts\b|\blogin_attempts\b|^token$",
        words=r"\btokens?\b|\baccounts?\b|JWT_|TOKEN_|auth/",
    ),
    "rest": Part(
        folders=("web/retort/rest", "tests/service/rest", "tests/clients", "tests/bench"),
        needs=("auth",),
        strings=r"/api\b|API_|TX_END",
        words=r"\bAPI\b|/api\b|API_|TX_END|\brest\b|rest/|PostgREST|test-clients|tests/clients|\bbench\b",
    ),
    "tables": Part(
        folders=("web/retort/tables", "tests/service/tables"),
        needs=("rest",),
        strings=r"/tables\b",
        words=r"/tables\b|tables/|\bbrowse\b",
    ),
    "cheatsheet": Part(
        folders=(
            "web/retort/cheatsheet",
            "db-init/db_init/cheatsheet.py",
            "tests/service/cheatsheet",
            "tests/browser",
            "tests/stack/test_cheatsheet.py",
            ".github/pictures/cheatsheet.png",
        ),
        needs=("demo",),
        names=("recipe", "cheatsheet"),
        strings=r"\bcheatsheet\b|cheat sheet",
        words=r"[Cc]heat ?sheet|\brecipes?\b|test-browser|[Cc]hromium|_sheet\b",
    ),
    "demo": Part(
        folders=(),
        names=("Project", "Order", "OrderStatus", "Note", "persons_projects", "CLAIMED"),
        strings=r"\b(projects|orders|notes|persons_projects|order_status)\b",
        words=r"\b(Order|orders|projects|notes)\b",
    ),
}


def all_of(wanted: list[str]) -> list[str]:
    """The parts named, and those that cannot do without them."""
    gone = set(wanted)
    while more := {name for name, part in PARTS.items() if gone & set(part.needs)} - gone:
        gone |= more
    return [name for name in PARTS if name in gone]
