"""Every embed from and to a view has the rows that a join in Python has."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, cast

import pytest
from flask.testing import FlaskClient

from ...postgres import Server
from .database import rows, serving

Row = dict[str, Any]

TABLES = {
    "teams": "id int PRIMARY KEY, name text",
    "people": "id int PRIMARY KEY, team int, boss int",
    "rooms": "x int, y int, name text, PRIMARY KEY (x, y)",
    "seats": "id int PRIMARY KEY, x int, y int, person int UNIQUE",
    "uses": "team int, x int, y int, PRIMARY KEY (team, x, y)",
}


@dataclass(frozen=True)
class Key:
    name: str
    table: str
    columns: tuple[str, ...]
    there: str
    far: tuple[str, ...]
    is_unique: bool = False


KEYS = [
    Key("of_team", "people", ("team",), "teams", ("id",)),
    Key("of_boss", "people", ("boss",), "people", ("id",)),
    Key("in_room", "seats", ("x", "y"), "rooms", ("x", "y")),
    Key("of_person", "seats", ("person",), "people", ("id",), is_unique=True),
    Key("by_team", "uses", ("team",), "teams", ("id",)),
    Key("of_room", "uses", ("x", "y"), "rooms", ("x", "y")),
]

# What a view shows: of what, which column by which name, and only from which value on.
VIEWS: dict[str, tuple[str, Row, tuple[str, int] | None]] = {
    "v teams": ("teams", {"nr": "id", "name": "name"}, None),
    "late teams": ("v teams", {"id": "nr"}, ("nr", 4)),
    "v people": ("people", {"id": "id", "group": "team", "boss": "boss"}, None),
    "few people": ("v people", {"group": "group", "who": "id"}, ("id", 5)),
    "v rooms": ("rooms", {"x": "y", "y": "x", "name": "name"}, None),  # exchanged
    "half rooms": ("rooms", {"x": "x", "name": "name"}, None),
    "v seats": ("seats", {"a": "x", "b": "y", "id": "id", "p": "person"}, None),
    "all seats": ("v seats", {"x": "a", "y": "b", "id": "id", "p": "p"}, None),
    "v uses": ("uses", {"t": "team", "x": "x", "y": "y"}, ("x", 1)),
}


@dataclass(frozen=True)
class Relation:
    """A table or a view: its rows, and by what name it shows a column of the table."""

    name: str
    table: str
    names: Row
    rows: list[Row]

    def shows(self, columns: tuple[str, ...]) -> bool:
        return self.names.keys() >= {*columns}

    def of(self, row: Row, columns: tuple[str, ...]) -> tuple[Any, ...]:
        return tuple(row[self.names[column]] for column in columns)


def generated() -> dict[str, list[Row]]:
    """Some rows, of which some refer to nothing, or to themselves."""
    some = Random(14)
    rooms = [{"x": x, "y": y, "name": f"{x}{y}"} for x in range(3) for y in range(3)]
    people = [{"id": n, "team": some.choice([None, 1, 2, 3, 4, 5]), "boss": None} for n in range(9)]
    for one in people:
        one["boss"] = some.choice([None, *range(9)])
    seats: list[Row] = []
    for number, person in enumerate([*some.sample(range(9), 6), None, None]):
        at = some.choice(rooms)
        y = some.choice([None, at["y"], at["y"]])  # half a key refers to nothing
        seats.append({"id": number, "x": at["x"], "y": y, "person": person})
    uses = [
        {"team": team, "x": one["x"], "y": one["y"]}
        for team in range(1, 6)
        for one in some.sample(rooms, team - 1)
    ]
    teams = [{"id": n, "name": f"team {n}"} for n in range(1, 7)]
    return {"teams": teams, "people": people, "rooms": rooms, "seats": seats, "uses": uses}


def relations() -> dict[str, Relation]:
    found: dict[str, Relation] = {}
    for name, made in generated().items():
        found[name] = Relation(name, name, {column: column for column in made[0]}, made)
    for name, (of, shown, least) in VIEWS.items():
        below, back = found[of], {there: here for here, there in shown.items()}
        names = {column: back[there] for column, there in below.names.items() if there in back}
        kept = [row for row in below.rows if least is None or row[least[0]] >= least[1]]
        made = [{here: row[there] for here, there in shown.items()} for row in kept]
        found[name] = Relation(name, below.table, names, made)
    return found


RELATIONS = relations()


def ends(table: str, columns: tuple[str, ...]) -> list[Relation]:
    return [one for one in RELATIONS.values() if one.table == table and one.shows(columns)]


def pairs() -> Iterator[tuple[Key, Relation, Relation]]:
    """Every key between two relations of which one is a view."""
    for key in KEYS:
        for start in ends(key.table, key.columns):
            for end in ends(key.there, key.far):
                # From a table to a view of it there are two ways, which have one name.
                if {start.name, end.name} & {*VIEWS} and start.table != end.table:
                    yield key, start, end


@pytest.fixture(scope="module")
def client(server: Server) -> Generator[FlaskClient]:
    with server.clone() as database:
        made = ["CREATE SCHEMA joined", "SET search_path TO joined"]
        made += [f"CREATE TABLE {name} ({columns})" for name, columns in TABLES.items()]
        for name, some in generated().items():
            for row in some:
                values = ", ".join("NULL" if v is None else f"'{v}'" for v in row.values())
                made.append(f"INSERT INTO {name} VALUES ({values})")
        for key in KEYS:
            near, far = ", ".join(key.columns), ", ".join(key.far)
            made.append(
                f"ALTER TABLE {key.table} ADD CONSTRAINT {key.name} FOREIGN KEY ({near}) "
                f"REFERENCES {key.there} ({far})"
            )
        for name, (of, shown, least) in VIEWS.items():
            columns = ", ".join(f'"{there}" AS "{here}"' for here, there in shown.items())
            where = "" if least is None else f'WHERE "{least[0]}" >= {least[1]}'
            made.append(f'CREATE VIEW "{name}" AS SELECT {columns} FROM "{of}" {where}')
        web = database.web.username
        made.append(f"GRANT USAGE ON SCHEMA joined TO {web}")
        made.append(f"GRANT SELECT ON ALL TABLES IN SCHEMA joined TO {web}")
        database.execute(*made)
        with serving(database, "joined") as client:
            yield client


def asked(client: FlaskClient, start: Relation, end: Relation, hint: str) -> list[Any]:
    """What each row of `start` embeds of `end`, by the row."""
    path = f'{start.name}?select=*,~found:"{end.name}"!"{hint}"(*)'
    return [(without(row), in_order(row["~found"])) for row in rows(client, path)]


def without(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "~found"}


def in_order(found: Any) -> Any:
    return sorted(cast(list[Row], found), key=str) if isinstance(found, list) else found


def same(found: list[Any], expected: list[Any]) -> bool:
    return sorted(found, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    ("key", "start", "end"), [*pairs()], ids=lambda one: getattr(one, "name", None)
)
def test_a_key_between_views(client: FlaskClient, key: Key, start: Relation, end: Relation) -> None:
    def found(one: Relation, row: Row, columns: tuple[str, ...], other: Relation, far: Any) -> Any:
        wanted = one.of(row, columns)
        return in_order(
            [each for each in other.rows if None not in wanted and other.of(each, far) == wanted]
        )

    along = [(row, found(start, row, key.columns, end, key.far)) for row in start.rows]
    assert same(
        asked(client, start, end, key.name),
        [(row, one[0] if one else None) for row, one in along],
    )
    back = [(row, found(end, row, key.far, start, key.columns)) for row in end.rows]
    if key.is_unique:
        back = [(row, one[0] if one else None) for row, one in back]
    assert same(asked(client, end, start, key.name), back)


@pytest.mark.parametrize("junction", ["uses", "v uses"])
@pytest.mark.parametrize("start", ends("teams", ("id",)), ids=lambda one: one.name)
@pytest.mark.parametrize("end", ends("rooms", ("x", "y")), ids=lambda one: one.name)
def test_many_to_many_through_a_table_or_a_view(
    client: FlaskClient, junction: str, start: Relation, end: Relation
) -> None:
    through = RELATIONS[junction]

    def found(row: Row) -> list[Row]:
        inner = [
            one for one in through.rows if through.of(one, ("team",)) == start.of(row, ("id",))
        ]
        wanted = [through.of(one, ("x", "y")) for one in inner]
        return in_order([each for each in end.rows if end.of(each, ("x", "y")) in wanted])

    expected = [(row, found(row)) for row in start.rows]
    assert any(some for _, some in expected)
    assert same(asked(client, start, end, junction), expected)


def test_every_pair_is_there() -> None:
    assert len(list(pairs())) == 29
    assert [one.name for one in ends("rooms", ("x", "y"))] == ["rooms", "v rooms"]
