"""An embed finds the rows that the same join finds among Python objects, whatever the schema; and
where it may be several, each that the error tells is the one that it says."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from ....application import application, settings_on
from ....postgres import Server
from ...generated.examples import no_cover, quick
from ..tables import granted
from .ways import Way, meant, ways
from .world import Row, Table, World, statements, worlds

pytestmark = no_cover

WORLDS = worlds(8)
CALL = re.compile(r"'((?:\"(?:[^\"\\]|\\.)*\"|[^'\"])*)'")


@pytest.fixture(scope="module")
def client(server: Server) -> Generator[FlaskClient]:
    with server.clone() as database:
        schemas = [world.schema for world in WORLDS]
        made = [one for world in WORLDS for one in statements(world)]
        database.execute("; ".join([*made, *granted(database.web.username or "", *schemas)]))
        with application(settings_on(database.web, API_SCHEMAS=",".join(schemas))) as app:
            yield app.test_client()


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass
class Embed:
    """A way, as `select` has it, and what is embedded in turn."""

    way: Way
    call: str
    join: str
    inner: list[Embed]

    def select(self, place: int) -> str:
        inner = [embed.select(at) for at, embed in enumerate(self.inner)]
        items = [*map(quoted, self.way.target.key), *inner]
        return f"e{place}:{self.call}{self.join}({','.join(items)})"

    def order(self, path: str) -> list[tuple[str, str]]:
        found = [(f"{path}.order", ordered(self.way.target))] if not self.way.to_one else []
        for at, embed in enumerate(self.inner):
            found += embed.order(f"{path}.e{at}")
        return found

    def of(self, row: Row) -> Any:
        found = shown(self.way.target, self.way.rows(row), self.inner)
        return (found[0] if found else None) if self.way.to_one else found


def ordered(table: Table) -> str:
    return ",".join(map(quoted, table.key))


def shown(table: Table, rows: list[Row], embeds: list[Embed]) -> list[Row]:
    """The rows in order, as the answer has them."""
    found: list[Row] = []
    for row in sorted(rows, key=lambda row: [row[column] for column in table.key]):
        more = {f"e{place}": embed.of(row) for place, embed in enumerate(embeds)}
        inner = [place for place, embed in enumerate(embeds) if embed.join == "!inner"]
        if all(more[f"e{place}"] for place in inner):
            found.append({column: row[column] for column in table.key} | more)
    return found


def asked(client: FlaskClient, world: World, table: Table, embeds: list[Embed]) -> Any:
    items = [*map(quoted, table.key), *(embed.select(at) for at, embed in enumerate(embeds))]
    query = [("select", ",".join(items)), ("order", ordered(table))]
    for at, embed in enumerate(embeds):
        query += embed.order(f"e{at}")
    path = urlencode({"": table.name}).replace("+", "%20")[1:]
    headers = {"Accept-Profile": world.schema}
    return client.get(f"/api/{path}?{urlencode(query)}", headers=headers)


def calls(world: World, table: Table) -> list[tuple[str, str | None]]:
    """What may be tried from a table: every name, with every hint."""
    found = ways(world, table)
    own = {column for way in found for column in (*way.key.columns, *way.key.target.key)}
    hints = {way.key.name for way in found} | {way.key.table.name for way in found} | own
    names_ = {way.target.name for way in found} | {way.key.name for way in found}
    columns = {c for way in found if way.is_forward for c in way.key.columns}
    return [(name, hint) for name in sorted(names_ | columns) for hint in [None, *sorted(hints)]]


def written(name: str, hint: str | None) -> str:
    return quoted(name) + (f"!{quoted(hint)}" if hint else "")


@st.composite
def trees(draw: st.DrawFn, world: World, table: Table, depth: int = 0) -> list[Embed]:
    """Embeds of what PostgREST finds exactly one way for."""
    found = ways(world, table)
    clear = [call for call in calls(world, table) if len(meant(found, *call)) == 1]
    embeds: list[Embed] = []
    for call in draw(st.lists(st.sampled_from(clear), max_size=2 if depth else 3)):
        (way,) = meant(found, *call)
        join = draw(st.sampled_from(["", "", "!left", "!inner"]))
        inner = draw(trees(world, way.target, depth + 1)) if depth < 2 else []
        embeds.append(Embed(way, written(*call), join, inner))
    return embeds


@settings(quick, max_examples=80)
@given(data=st.data())
def test_embeds_find_what_joins_find(client: FlaskClient, data: st.DataObject) -> None:
    world = data.draw(st.sampled_from(WORLDS))
    table = data.draw(st.sampled_from(world.tables))
    embeds = data.draw(trees(world, table))
    response = asked(client, world, table, embeds)
    assert response.status_code == 200, response.text
    assert response.get_json() == shown(table, table.all, embeds)


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.schema)
def test_what_may_be_several_is_told(client: FlaskClient, world: World) -> None:
    """And what the error tells to write instead is what its details say."""
    for table in world.tables:
        found = ways(world, table)
        # Of calls that mean the same ways, one.
        several = {tuple(meant(found, *call)): call for call in calls(world, table)}
        for meant_, call in several.items():
            if len(meant_) > 1:
                embed = Embed(meant_[0], written(*call), "", [])
                response = asked(client, world, table, [embed])
                assert response.status_code == 300, call
                check_told(client, world, list(meant_), response.get_json())


def check_told(client: FlaskClient, world: World, several: list[Way], body: dict[str, Any]) -> None:
    instead = CALL.findall(body["hint"].partition("following: ")[2])[:-1]
    ways_ = {(way.kind, told(way)): way for way in several}
    assert len(instead) == len(ways_) == len(several)
    for call, detail in zip(instead, body["details"], strict=True):
        way = ways_.pop((detail["cardinality"], detail["relationship"]))
        embed = Embed(way, call, "", [])
        response = asked(client, world, way.origin, [embed])
        assert response.status_code == 200, (call, response.text)
        assert response.get_json() == shown(way.origin, way.origin.all, [embed])


def told(way: Way) -> str:
    columns, far = f"({', '.join(way.key.columns)})", f"({', '.join(way.key.target.key)})"
    if way.second is not None:
        second = f"{way.second.name}({', '.join(way.second.columns)})"
        return f"{way.key.table.name} using {way.key.name}{columns} and {second}"
    near, there = (columns, far) if way.is_forward else (far, columns)
    return f"{way.key.name} using {way.origin.name}{near} and {way.target.name}{there}"
