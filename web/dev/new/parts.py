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
    """What is its own in a file of the stack, like a model in `models.py`."""
    strings: str = r"(?!)"
    words: str = r"(?!)"
    phrases: str = r"(?!)"
    """What goes of a text's sentence or line, whose rest stays."""


NOTES = ("Note", "CLAIMED", "CLAIM", "ISSUER")  # whose rows are for whom a token is for
PARTS = {
    "auth": Part(
        folders=(
            "web/retort/auth",
            "db-init/db_init/auth.py",
            "tests/service/auth",
            "tests/stack/test_account.py",
        ),
        needs=("rest",),
        names=("token", "account", *NOTES),
        strings=r"\b(accounts|logins|login_attempts|notes)\b|^(token|member)$|^(JWT|TOKEN)_",
        words=r"\btokens?\b|\baccounts?\b|JWT_|TOKEN_|auth/|\bnotes\b",
    ),
    "rest": Part(
        folders=(
            "web/retort/rest",
            "web/retort/standby",
            "tests/service/standby",
            "tests/stack/test_passwords.py",
            "tests/stack/test_pgbouncer.py",
            "tests/service/rest",
            "tests/stack/test_budget.py",
            "tests/faults",
            "web/deploy/FAULTS.md",
            "tests/clients",
            "tests/bench",
        ),
        needs=("auth",),
        names=("without_db_init", "NEEDS_DB_INIT"),
        strings=r"/api\b|API_|TX_END|DATABASE_READ_URL",
        words=r"\bAPI\b|DATABASE_READ_URL|/api\b|API_|TX_END|\brest/|PostgREST|test-clients|tests/clients|"
        r"test-faults|tests/faults|FAULTS|\bbench\b",
    ),
    "tables": Part(
        folders=("web/retort/tables", "tests/service/tables", "tests/stack/test_budget.py"),
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
        strings=r"\bcheatsheet\b|cheat sheet|^recipes$",
        words=r"[Cc]heat ?sheet|\brecipes?\b|test-browser|[Cc]hromium|_sheet\b",
        phrases=r" \+ 6(?=\))",  # its connections, in a process
    ),
    "demo": Part(
        folders=("tests/stack/test_budget.py", "tests/bench"),
        names=("Project", "Order", "OrderStatus", "persons_projects", *NOTES),
        strings=r"\b(projects|orders|notes|persons_projects|order_status)\b",
        words=r"\b(Order|orders|projects|notes|bench)\b",
        phrases=r", \d+ projects, \d+ orders",
    ),
}
# This command, and this project's own history.
OWN = Part(
    folders=("web/dev/new", "tests/new", "CHANGELOG.md", ".github/pictures"),
    strings=r"CHANGELOG",
    words=r"(make |dev/|test-)new\b|Make it yours|pictures/|CHANGELOG|you cloned|docker-engine",
    phrases=r" to clone(?=:)|, and written to be copied",
)


def all_of(wanted: list[str]) -> list[str]:
    """The parts named, and those that cannot do without them."""
    gone = set(wanted)
    while more := {name for name, part in PARTS.items() if gone & set(part.needs)} - gone:
        gone |= more
    return [name for name in PARTS if name in gone]
