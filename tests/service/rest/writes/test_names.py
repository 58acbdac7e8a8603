"""A column is written whatever it is called."""

from typing import Any

import pytest

from ...postgres import Database
from .conftest import Send

SHOWN = "return=representation"
MERGE = f"resolution=merge-duplicates,missing=default,{SHOWN}"


def written(serve: Any, *names: str) -> Send:
    """Has rows written of a table with these columns, in each way; gives what sends a request."""
    columns = ", ".join(f'"{name}" int' for name in names)
    send: Send = serve(
        f"CREATE TABLE shop.named (id int PRIMARY KEY, {columns})",
        "GRANT ALL ON shop.named TO member",
    )
    row = {"id": 1, **dict.fromkeys(names, 2)}
    for prefer in (SHOWN, MERGE):
        assert send("POST", "/named", row, Prefer=prefer).get_json() == [row]
    row |= dict.fromkeys(names, 3)
    assert send("PATCH", "/named?id=eq.1", row, Prefer=SHOWN).get_json() == [row]
    assert send("PUT", "/named/1", row, Prefer=SHOWN).get_json() == row
    assert send("GET", "/named").get_json() == [row]
    return send


@pytest.mark.parametrize("name", ["x" * 63, "é" * 31, "x" * 60 + "éy"], ids=len)
def test_as_long_as_postgres_has_names(serve: Any, name: str) -> None:
    send = written(serve, name, name[:-1])
    path = f"/named?{name}=eq.3&select={name}"
    assert send("PATCH", path, {name[:-1]: 4}, Prefer=SHOWN).get_json() == [{name: 3}]
    assert send("DELETE", f"{path}&{name[:-1]}=eq.4", Prefer=SHOWN).get_json() == [{name: 3}]


def test_by_any_word_of_postgres(serve: Any, database: Database) -> None:
    found = database.execute("SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'")
    written(serve, *(word for (word,) in found))


def test_as_the_statements_call_what_is_theirs(serve: Any) -> None:
    ours = "_whole_ _is_new_ _written _page _line _text _size _row _order0 body rows new written"
    written(serve, *ours.split(), "count", "c0", "v0", "value", "excluded")
