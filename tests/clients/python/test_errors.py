"""What an error says."""
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# The library says what JSON is by an alias that names itself, which the checker does not follow.

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from postgrest import APIError, CountMethod, SyncPostgrestClient

from tests.service.gunicorn import environ, running
from tests.service.postgres import Database

ERRORS: dict[str, tuple[Callable[[SyncPostgrestClient], Any], dict[str, Any]]] = {
    "no such table": (
        lambda api: api.from_("person").select(),
        {
            "code": "PGRST205",
            "message": "Could not find the table 'public.person' in the schema cache",
            "details": None,
            "hint": "Perhaps you meant the table 'public.persons'",
        },
    ),
    "no such schema": (
        lambda api: api.schema("secret").from_("persons").select(),
        {
            "code": "PGRST106",
            "message": "Invalid schema: secret",
            "details": None,
            "hint": "Only the following schemas are exposed: public, library, pagila",
        },
    ),
    "no such column": (
        lambda api: api.from_("persons").select("nam"),
        {
            "code": "42703",
            "message": "column persons.nam does not exist",
            "details": None,
            "hint": "Perhaps you meant the column name",
        },
    ),
    "not a number": (
        lambda api: api.from_("persons").select().eq("id", "x"),
        {
            "code": "22P02",
            "message": 'invalid input syntax for type bigint: "x"',
            "details": None,
            "hint": None,
        },
    ),
    "no token": (
        lambda api: api.from_("projects").insert({"name": "x"}),
        {
            "code": "42501",
            "message": "permission denied for table projects",
            "details": None,
            "hint": "Send a token: Authorization: Bearer …",
        },
    ),
    "no plan is shown": (
        lambda api: api.from_("projects").select().explain(),
        {
            "code": "PGRST107",
            "message": "None of these media types are available: "
            "application/vnd.pgrst.plan+text; options=",
            "details": None,
            "hint": "Accept one of application/json, application/vnd.pgrst.object+json, "
            "text/csv, application/x-ndjson",
        },
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_an_error_says_what_is_wrong(api: SyncPostgrestClient, case: str) -> None:
    build, error = ERRORS[case]
    with pytest.raises(APIError) as raised:
        build(api).execute()
    assert raised.value.json() == error


def test_a_token_that_is_none_is_refused(url: str) -> None:
    with SyncPostgrestClient(url).auth("x.y.z") as client, pytest.raises(APIError) as raised:
        client.from_("persons").select().execute()
    assert raised.value.code == "PGRST301"


def test_a_conflict_names_the_constraint(writer: SyncPostgrestClient) -> None:
    with pytest.raises(APIError) as raised:
        writer.from_("projects").insert({"name": "Funnel"}).execute()
    assert raised.value.code == "23505"
    assert raised.value.details == "Key (name)=(Funnel) already exists."


def test_a_page_past_the_end_is_an_error_where_rows_are_counted(api: SyncPostgrestClient) -> None:
    with pytest.raises(APIError) as raised:
        api.from_("persons").select(count=CountMethod.exact).range(7, 9).execute()
    assert raised.value.code == "PGRST103"


def test_head_has_the_code_of_an_error(api: SyncPostgrestClient) -> None:
    with pytest.raises(APIError) as raised:
        api.from_("person").select(head=True).execute()
    assert raised.value.code == "PGRST205"


def test_a_database_that_is_away_is_an_error_too(database: Database, tmp_path: Path) -> None:
    away = environ(database, DATABASE_URL="postgresql://web:pw@127.0.0.1:1/retort")
    with (
        running(away, tmp_path) as web,
        SyncPostgrestClient(f"{web.url}/api", retry_enabled=False) as client,
        pytest.raises(APIError) as raised,
    ):
        client.from_("persons").select().execute()
    assert (raised.value.code, raised.value.hint) == ("PGRST001", "Try again")


def test_an_embed_of_two_meanings_lists_them(library: SyncPostgrestClient) -> None:
    with pytest.raises(APIError) as raised:
        library.from_("translations").select("languages(name)").execute()
    assert raised.value.code == "PGRST201"
    assert raised.value.hint is not None
    assert "languages!translations_source_fkey" in raised.value.hint
    assert isinstance(raised.value.details, list)
