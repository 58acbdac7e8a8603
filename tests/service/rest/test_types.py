"""Every type that Postgres has: read, filtered where Postgres can, and written back unchanged."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import ProgrammingError

from retort.auth.tokens import tokens
from retort.rest.request.scanner import in_quotes

from ..application import application, settings_on
from ..postgres import Database, Server
from .every_type import FORMS, OWN, SAMPLES, UNREADABLE, tables, types_of


@dataclass(frozen=True)
class Typed:
    database: Database
    client: FlaskClient

    def text(self, form: str, key: int = 1) -> str:
        """The columns of a row but the key, as Postgres has them."""
        found = self.database.execute(f'SELECT t::text FROM "Odd types".{form} t WHERE id = {key}')
        return str(found[0][0]).partition(",")[2]

    def columns(self, form: str) -> dict[str, str]:
        """The columns but the key, with their values as texts."""
        each = f'SELECT each.* FROM "Odd types".{form} t, json_each_text(row_to_json(t)) each'
        names = [name for name, _ in self.database.execute(each) if name != "id"]
        texts = ", ".join(f'"{name}"::text' for name in names).replace(":", "\\:")
        (row,) = self.database.execute(f'SELECT {texts} FROM "Odd types".{form}')
        return dict(zip(names, row, strict=True))

    def can_compare(self, form: str, column: str) -> bool:
        try:
            self.database.execute(f'SELECT "{column}" = "{column}" FROM "Odd types".{form}')
        except ProgrammingError:
            return False
        return True


@pytest.fixture(scope="module")
def typed(server: Server) -> Generator[Typed]:
    with ExitStack() as stack:
        database = stack.enter_context(server.clone())
        web = f"{database.web.username}, {database.web.username}_member"
        database.execute(
            *OWN,
            *tables(types_of(database)),
            f'GRANT USAGE ON SCHEMA "Odd types" TO {web}',
            f'GRANT ALL ON ALL TABLES IN SCHEMA "Odd types" TO {web}',
        )
        settings = settings_on(database.web, API_SCHEMAS="Odd types")
        app = stack.enter_context(application(settings))
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {tokens(app).issue('me')}"
        yield Typed(database, client)


def test_no_type_of_postgres_is_forgotten(typed: Typed) -> None:
    found = typed.database.execute(
        "SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace "
        "AND typtype IN ('b', 'd', 'e', 'r', 'm') AND typname NOT LIKE '\\_%' AND typrelid = 0"
    )
    assert {name for (name,) in found} == {*SAMPLES} | UNREADABLE


@pytest.mark.parametrize("form", FORMS)
def test_a_row_is_read_as_postgres_makes_json_of_it(typed: Typed, form: str) -> None:
    found = typed.database.execute(f'SELECT row_to_json(t)::text FROM "Odd types".{form} t')
    assert typed.client.get(f"/api/{form}").text == f"[{found[0][0]}]"


@pytest.mark.parametrize("form", FORMS)
def test_a_row_is_written_back_unchanged(typed: Typed, form: str) -> None:
    before, client = typed.text(form), typed.client
    row = client.get(f"/api/{form}/1").text
    as_json = {"content_type": "application/json"}
    changed = client.patch(f"/api/{form}/1", data=row, **as_json)
    assert changed.status_code == 204, changed.text
    assert typed.text(form) == before
    put = client.put(f"/api/{form}/1", data=row, **as_json)
    assert put.status_code == 204, put.text
    assert typed.text(form) == before
    other = row.replace('"id" : 1', '"id" : 2')
    for prefer in ("missing=null", "missing=default", "resolution=merge-duplicates"):
        new = client.post(f"/api/{form}", data=other, headers={"Prefer": prefer}, **as_json)
        assert new.status_code in (200, 201), new.text
        assert typed.text(form, 2) == before
        typed.database.execute(f'DELETE FROM "Odd types".{form} WHERE id = 2')


@pytest.mark.parametrize("form", FORMS)
def test_a_row_is_written_back_as_csv(typed: Typed, form: str) -> None:
    before, client = typed.text(form), typed.client
    head, line = client.get(f"/api/{form}", headers={"Accept": "text/csv"}).text.split("\n", 1)
    other = f"{head}\n2{line.removeprefix('1')}"
    new = client.post(f"/api/{form}", data=other, content_type="text/csv")
    assert new.status_code == 201, new.text
    assert typed.text(form, 2) == before
    typed.database.execute(f'DELETE FROM "Odd types".{form} WHERE id = 2')


@pytest.mark.parametrize("form", FORMS)
def test_a_column_is_filtered_if_postgres_can_compare_its_values(typed: Typed, form: str) -> None:
    columns = typed.columns(form)
    for name, text in columns.items():
        answers = [
            typed.client.get(f"/api/{form}", query_string={"select": "id", f'"{name}"': value})
            for value in (f"eq.{text}", f"isdistinct.{text}", f"in.({in_quotes(text)})", "is.null")
        ]
        *found, of_list, of_null = [answer.get_json() for answer in answers]
        assert of_null == [], (name, found)
        if not typed.can_compare(form, name):
            assert {error["code"] for error in found} == {"42883"}, (name, found)
        else:
            assert found == [[{"id": 1}], []], (name, found)
            # Postgres has no arrays of arrays.
            assert form in ("arrays", "composites") or of_list == [{"id": 1}], (name, of_list)


# Those that a server may lack, with filters that find the row, and one that Postgres refuses.
LACKING = {
    "xml": (["not.is.null"], "eq.<a>1</a>"),
    "ltree": (["cd.Top", "cs.Top.Science.Astronomy", "match.*.Sci*", "lt.Top.Z"], "like.T*"),
    "lquery": (["not.is.null"], "eq.Top"),
    "ltxtquery": (["not.is.null"], "eq.Top"),
}


@pytest.mark.parametrize("type_", LACKING)
def test_a_type_that_not_every_server_has(typed: Typed, type_: str) -> None:
    value = typed.columns("plain").get(type_)
    if value is None:
        pytest.skip(f"this server does not have {type_}")
    client, (found, refused) = typed.client, LACKING[type_]
    assert client.get(f"/api/plain?select={type_}").get_json() == [{type_: value}]
    for text in found:
        answer = client.get("/api/plain", query_string={"select": "id", type_: text})
        assert answer.get_json() == [{"id": 1}], (text, answer.text)
    answer = client.get("/api/plain", query_string={type_: refused})
    assert (answer.status_code, answer.get_json()["code"]) == (404, "42883")


def test_the_types_are_described(typed: Typed) -> None:
    schemas = typed.client.get("/api/").get_json()["components"]["schemas"]
    plain, arrays = (schemas[form]["properties"] for form in ("plain", "arrays"))
    assert plain["point"] == plain["span"] == {"type": "string"}
    assert plain["Row"] == {"type": "object"}
    assert plain["Short"] == {"type": "string"}
    assert plain["row_of"] == {}
    assert arrays["Row"] == {"type": "array", "items": {"type": "object"}}
    assert "point" in schemas["plain.new"]["required"]
    parameters = typed.client.get("/api/").get_json()["components"]["parameters"]
    described = parameters["plain.Mood-3a--20-100-25-"]["description"]
    assert described.startswith('"Odd types"."Mood: 100%", as in')
    assert parameters["plain.point"]["description"].startswith("point, as in")
    assert typed.client.get("/tables/Odd types.plain").status_code == 200
