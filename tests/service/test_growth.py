"""No request takes longer the more rows a table has of which it shows a page."""

import re
from collections.abc import Generator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import URL, NullPool, create_engine

from .application import application, settings_on
from .postgres import Server
from .sent import without_claims
from .server_log import heard

ROWS = 1_000_000
BLOCKS = 1000  # of 8 KB, in which a million persons do not fit

# What the parts of an address may be. A recipe has tables of its own, which are always small.
PARTS = {"table": "persons", "key": "1", "path": "nowhere", "name": "nowhere"}
QUERIES = [
    "",
    "limit=25&offset=100",
    "order=id.desc&limit=25",
    "id=gt.500000&limit=25",
    "select=*,manager(*),reports(*)&limit=25",
]
HEADERS = [{}, {"Accept": "text/html"}, {"Prefer": "count=estimated"}]


@dataclass
class Large:
    """An application with a million persons, of whom one is the manager of half of them."""

    app: Flask
    owner: URL
    statements: list[str]

    def blocks(self, statement: str) -> int:
        """How many Postgres looks at for the statement."""
        with create_engine(self.owner, poolclass=NullPool).connect() as connection:
            explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
            plan = connection.exec_driver_sql(explain).scalar_one()[0]["Plan"]
        return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


@pytest.fixture(scope="module")
def large(server: Server) -> Generator[Large]:
    with (
        server.clone() as database,
        application(settings_on(database.web, PREPARED_STATEMENTS="0")) as app,
    ):
        database.execute(
            "SET session_replication_role = replica",  # no look for each one's manager
            "INSERT INTO persons (name, manager_id) "
            "SELECT 'person ' || n, CASE WHEN n % 2 = 0 THEN 1 ELSE n END "
            f"FROM generate_series(1, {ROWS}) n",
            "ANALYZE persons",
        )
        yield Large(app, database.owner, heard(app, database))


def paths(app: Flask) -> list[str]:
    """Of every route that answers GET, but those to files."""
    return [
        re.sub("<(?:[a-z]+:)?([a-z]+)>", lambda part: PARTS[part[1]], rule.rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and "<path:filename>" not in rule.rule
    ]


def test_no_route_looks_at_all_of_a_table(large: Large) -> None:
    client, looked_at = large.app.test_client(), dict[str, int]()
    for path in paths(large.app):
        before = len(looked_at)
        for query in QUERIES if "persons" in path else [""]:
            for headers in HEADERS:
                large.statements.clear()
                response = client.get(f"{path}?{query}", headers=headers)
                assert response.status_code < 500, response.text
                for sent in large.statements:
                    statement = without_claims(sent)
                    if re.match("SELECT|WITH", statement):
                        looked_at[f"{path}?{query} {headers}: {statement}"] = large.blocks(
                            statement
                        )
        assert len(looked_at) > before or "persons" not in path
    assert looked_at
    assert {request: blocks for request, blocks in looked_at.items() if blocks > BLOCKS} == {}
