"""Schemas as chance makes them, each the same every time: tables with names that need quotes, keys
to themselves, to each other and of two columns, association tables, partitions, inheritance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]

TABLES = ["e", "order", "a.b", "x, y", 'q"t', "Straße", "from(to)", "and", "select", "in->out!"]
COLUMNS = ["to", "group", "boss id", "a:b", "x,y", "p.q", "or", 'k"', "limit", "Of", "(in)", "is!"]


def name(text: str) -> str:
    """As SQL has it."""
    return '"' + text.replace('"', '""') + '"'


def names(texts: tuple[str, ...]) -> str:
    return ", ".join(map(name, texts))


@dataclass(eq=False)
class Table:
    name: str
    key: tuple[str, ...]
    keys: list[Key] = field(default_factory=list["Key"])
    rows: list[Row] = field(default_factory=list[Row])
    is_parted: bool = False
    heir: list[Row] | None = None
    """The rows of a table that inherits from it."""

    @property
    def all(self) -> list[Row]:
        """What a SELECT finds."""
        return [*self.rows, *(self.heir or [])]


@dataclass(eq=False)
class Key:
    """A foreign key."""

    name: str
    table: Table
    columns: tuple[str, ...]
    target: Table
    is_unique: bool = False


@dataclass
class World:
    schema: str
    tables: list[Table]


def worlds(count: int) -> list[World]:
    return [_world(f"world_{number}", Random(number)) for number in range(count)]


def _world(schema: str, random: Random) -> World:
    tables = [
        Table(title, random.choice([("id",), ("id",), ("x", "y")]))
        for title in random.sample(TABLES, 5)
    ]
    for place, table in enumerate(tables):
        table.is_parted = place == 1 or random.random() < 0.2
        # To itself, to another, and to some.
        for target in [table, random.choice(tables), *random.choices(tables, k=place % 3)]:
            _lead(table, target, random)
        for number in range(1, 6):
            table.rows.append(_row(table, number, random))
    for number in range(2):
        ends = [random.choice(tables), random.choice(tables)]
        tables.append(_association(f"of many {number}", [ends[0], ends[number]], random))
    heirs = [table for table in tables[:5] if not table.is_parted]
    if heirs:
        heirs[0].heir = [_row(heirs[0], number, random) for number in (6, 7)]
    for table in tables[:5]:
        for key in table.keys:
            _fill(key, random)
    return World(schema, tables)


def _lead(table: Table, target: Table, random: Random) -> None:
    number = len(table.keys)
    free = [one for one in COLUMNS if not any(one in key.columns for key in table.keys)]
    columns = tuple(random.sample(free, len(target.key)))
    # Several tables may have a key of one name. Of two such keys that lead to and fro, a column can
    # say which is meant, if they have only one.
    is_common = len(columns) == 1 and random.random() < 0.5
    title = f"key_{number}" if is_common else f"{table.name} {number}"
    is_unique = random.random() < 0.3 and not table.is_parted
    table.keys.append(Key(title, table, columns, target, is_unique))


def _row(table: Table, number: int, random: Random) -> Row:
    return {"id": number} if len(table.key) == 1 else {"x": number, "y": random.randint(1, 3)}


def _fill(key: Key, random: Random) -> None:
    there = key.target.rows.copy()
    random.shuffle(there)
    for row in key.table.all:
        found = None
        if there and random.random() < 0.7:
            found = there.pop() if key.is_unique else random.choice(there)
        for column, far in zip(key.columns, key.target.key, strict=True):
            row[column] = None if found is None else found[far]


def _association(title: str, ends: list[Table], random: Random) -> Table:
    columns = [tuple(f"{place}.{far}" for far in end.key) for place, end in enumerate(ends)]
    table = Table(title, columns[0] + columns[1])
    for place, end in enumerate(ends):
        table.keys.append(Key(f"{title}, {place}", table, columns[place], end))
    pairs = [(one, other) for one in ends[0].rows for other in ends[1].rows]
    for pair in random.sample(pairs, 6):
        row: Row = {}
        for end, some, found in zip(ends, columns, pair, strict=True):
            row |= dict(zip(some, (found[far] for far in end.key), strict=True))
        table.rows.append(row)
    return table


def statements(world: World) -> Iterator[str]:
    """What makes it."""
    schema = world.schema
    yield f"CREATE SCHEMA {schema}"
    for table in world.tables:
        at = f"{schema}.{name(table.name)}"
        every = dict.fromkeys([*table.key, *(c for key in table.keys for c in key.columns)])
        parted = f" PARTITION BY HASH ({names(table.key[:1])})" if table.is_parted else ""
        columns = ", ".join(f"{name(column)} int" for column in every)
        yield f"CREATE TABLE {at} ({columns}, PRIMARY KEY ({names(table.key)})){parted}"
        for part in range(2) if table.is_parted else ():
            yield (
                f"CREATE TABLE {schema}.{name(f'{table.name} part {part}')} PARTITION OF {at} "
                f"FOR VALUES WITH (MODULUS 2, REMAINDER {part})"
            )
        yield from _inserts(at, table.rows)
        if table.heir is not None:
            yield f"CREATE TABLE {schema}.{name(table.name + ' heir')} () INHERITS ({at})"
            yield from _inserts(f"{schema}.{name(table.name + ' heir')}", table.heir)
    for key in (key for table in world.tables for key in table.keys):
        at = f"{schema}.{name(key.table.name)}"
        if key.is_unique:
            yield f"ALTER TABLE {at} ADD UNIQUE ({names(key.columns)})"
        yield (
            f"ALTER TABLE {at} ADD CONSTRAINT {name(key.name)} FOREIGN KEY ({names(key.columns)}) "
            f"REFERENCES {schema}.{name(key.target.name)}"
        )


def _inserts(at: str, rows: list[Row]) -> Iterator[str]:
    for row in rows:
        values = ", ".join("NULL" if value is None else str(value) for value in row.values())
        yield f"INSERT INTO {at} ({names(tuple(row))}) VALUES ({values})"
