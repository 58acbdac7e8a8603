"""The ways between the tables of a world, what PostgREST calls them, and the rows they lead to."""

from __future__ import annotations

from dataclasses import dataclass

from .world import Key, Row, Table, World


@dataclass(frozen=True)
class Way:
    """Along a key, back along it, or back along one of an association table and then along its
    other."""

    origin: Table
    target: Table
    key: Key
    is_forward: bool = False
    second: Key | None = None

    @property
    def to_one(self) -> bool:
        return self.second is None and (self.is_forward or self.key.is_unique)

    @property
    def kind(self) -> str:
        if self.second is not None:
            return "many-to-many"
        if self.key.is_unique:
            return "one-to-one"
        return "many-to-one" if self.is_forward else "one-to-many"

    def rows(self, row: Row) -> list[Row]:
        """Those that it leads to from `row`."""
        near, far = self.key.columns, self.key.target.key
        if self.is_forward:
            return _where(self.target.all, far, [row[column] for column in near])
        found = _where(self.key.table.all, near, [row[column] for column in far])
        if self.second is None:
            return found
        return [
            there
            for one in found
            for there in _where(
                self.target.all, self.target.key, [one[c] for c in self.second.columns]
            )
        ]


def _where(rows: list[Row], columns: tuple[str, ...], values: list[int | None]) -> list[Row]:
    return [row for row in rows if None not in values and [row[c] for c in columns] == values]


def ways(world: World, table: Table) -> list[Way]:
    """All that begin at the table."""
    found = [Way(table, key.target, key, is_forward=True) for key in table.keys]
    for other in world.tables:
        found += [Way(table, other, key) for key in other.keys if key.target is table]
        ends = [key for key in other.keys if {*key.columns} <= {*other.key}]
        found += [
            Way(table, second.target, first, second=second)
            for first in ends
            for second in ends
            if first is not second and first.target is table
        ]
    return found


def meant(found: list[Way], name: str, hint: str | None) -> list[Way]:
    """Those that PostgREST takes `name!hint` for. From a table to itself that is its rules for keys
    that are not unique, held to be those for all. Where it knows none, ours."""
    by_postgrest = [way for way in found if _fits(way, name, hint)]
    return by_postgrest or [way for way in found if _may_fit(way, name, hint)]


def _may_fit(way: Way, name: str, hint: str | None) -> bool:
    if way.origin is not way.target:
        return False
    if way.second is None:
        return hint is None and way.is_forward and name == way.key.name
    return name == way.target.name and hint in (None, way.key.table.name, way.key.name)


def _fits(way: Way, name: str, hint: str | None) -> bool:
    is_table, is_single = name == way.target.name, len(way.key.columns) == 1
    if way.origin is way.target:
        if way.second is not None:
            return False
        if way.is_forward:
            return hint is None and is_single and name == way.key.columns[0]
        hints = {None, way.key.name, *(way.key.columns if is_single else ())}
        return is_table and hint in hints
    if way.second is not None:
        return is_table and hint in (None, way.key.table.name)
    columns = {*way.key.columns, *way.key.target.key} if is_single else set[str]()
    if hint is not None:
        return is_table and hint in {way.key.name, *columns}
    return (
        is_table
        or name == way.key.name
        or (way.is_forward and is_single and name == way.key.columns[0])
    )
