"""Reading: select, embeds, filters, order, pages, aggregates and media, on the seed."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from ..postgres import Database
from ..sent import statement

pytestmark = pytest.mark.reads

NAMES = {1: "Amy", 2: "Ben", 3: "Chloé", 4: "Deniz", 5: "Emeka", 6: "Freya"}


def ids(client: FlaskClient, query: str, table: str = "persons") -> list[int]:
    response = client.get(f"/api/{table}?select=id&order=id&{query}")
    assert response.status_code == 200, response.text
    return [row["id"] for row in response.get_json()]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=eq.Amy", [1]),
        ("name=neq.Amy", [2, 3, 4, 5, 6]),
        ("id=gt.4", [5, 6]),
        ("id=gte.4&id=lt.6", [4, 5]),
        ("id=lte.1", [1]),
        ("name=like.*ey*", [6]),
        ("name=ilike.%25E%25", [2, 4, 5, 6]),
        ("name=match.^[AB]", [1, 2]),
        ("name=imatch.^[ab]", [1, 2]),
        ("name=in.(Amy,Ben)", [1, 2]),
        ('name=in.("Amy",none,"a,b")', [1]),
        ("id=in.()", []),
        ("email=is.null", [6]),
        ("email=is.not_null", [1, 2, 3, 4, 5]),
        ("email=not.is.null", [1, 2, 3, 4, 5]),
        ("email=isdistinct.amy@example.com", [2, 3, 4, 5, 6]),
        ("id=not.in.(1,2,3)", [4, 5, 6]),
        ("name=like(any).{A*,B*}", [1, 2]),
        ("name=ilike(all).{*e*,*n*}", [2, 4]),
        ("id=eq(any).{1,6}", [1, 6]),
        ("id=gt(all).{1,5}", [6]),
        ("tags=cs.{remote}", [4, 6]),
        ("tags=cd.{sales,remote}", [3, 6]),
        ('tags=ov.{founder,"on call"}', [1, 5]),
        ('profile=cs.{"city":"Lyon"}', [3]),
        ("name=fts.amy", [1]),
        ("name=plfts(simple).amy", [1]),
        ("name=phfts(english).amy", [1]),
        ("name=wfts.amy or ben", [1, 2]),
        ("profile->>city=eq.Lisbon", [1]),
        ("profile->languages->>0=in.(pt,fr)", [1, 3]),
        ('profile->languages=eq.["fr"]', [3]),
        ("tags->>0=eq.sales", [3, 6]),
        ("or=(name.eq.Amy,and(id.gt.4,email.is.null))", [1, 6]),
        ("or=(name.eq.Amy,not.and(id.gt.1,id.lt.6))", [1, 6]),
        ("not.or=(id.lt.3,id.gt.4)", [3, 4]),
        ("and=(id.not.eq.1,not.id.gt.3)", [2, 3]),
        ('or=(name.in.("Amy",Ben),tags.cs.{"on call",engineer})', [1, 2, 5]),
        ("name[0]=ilike.*e*&name[1]=ilike.*n*", [2, 4]),
    ],
)
def test_a_filter(client: FlaskClient, query: str, found: list[int]) -> None:
    assert ids(client, query) == found


@pytest.mark.parametrize(
    ("select", "row"),
    [
        ("id,name", {"id": 1, "name": "Amy"}),
        ("who:name", {"who": "Amy"}),
        ('"a key of mine":name', {"a key of mine": "Amy"}),
        ("id::text", {"id": "1"}),
        ("profile->>city", {"city": "Lisbon"}),
        ("profile->languages->0", {"languages": "pt"}),
        ("first:tags->>0", {"first": "founder"}),
        ("name,orders(amount)", {"name": "Amy", "orders": [{"amount": 129.0}, {"amount": 64.9}]}),
        ("sales:orders(id)", {"sales": [{"id": 1}, {"id": 4}]}),
        ("projects(name)", {"projects": [{"name": "Alembic still"}, {"name": "Funnel"}]}),
        ("persons!manager_id(name)", {"persons": [{"name": "Ben"}, {"name": "Chloé"}]}),
        ("manager_id(name)", {"manager_id": None}),
        ("manager(name)", {"manager": None}),
        ("reports(name)", {"reports": [{"name": "Ben"}, {"name": "Chloé"}]}),
        ("persons!reports(id)", {"persons": [{"id": 2}, {"id": 3}]}),
        ("orders!orders_person_id_fkey(id)", {"orders": [{"id": 1}, {"id": 4}]}),
        ("name,...orders(amount)", {"name": "Amy", "amount": [129.0, 64.9]}),
        ("orders(amount.sum(),count())", {"orders": [{"sum": 193.9, "count": 2}]}),
        (
            "reports(name,reports(name))&reports.order=id&reports.reports.order=id.desc",
            {
                "reports": [
                    {"name": "Ben", "reports": [{"name": "Emeka"}, {"name": "Deniz"}]},
                    {"name": "Chloé", "reports": [{"name": "Freya"}]},
                ]
            },
        ),
        (
            "orders(id)&orders.order=amount&orders.limit=1&orders.offset=1",
            {"orders": [{"id": 1}]},
        ),
        ("orders(id)&orders.or=(amount.gt.100,status.eq.pending)", {"orders": [{"id": 1}]}),
    ],
)
def test_a_select(client: FlaskClient, select: str, row: dict[str, Any]) -> None:
    assert client.get(f"/api/persons?id=eq.1&select={select}").get_json() == [row]


def test_an_order_knows_its_person(client: FlaskClient) -> None:
    query = "id=eq.1&select=id,persons(name),buyer:person_id(name),...person(mail:email)"
    assert client.get(f"/api/orders?{query}").get_json() == [
        {
            "id": 1,
            "persons": {"name": "Amy"},
            "buyer": {"name": "Amy"},
            "mail": "amy@example.com",
        }
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("select=id,orders!inner(id)&orders.amount=gt.200", [3, 6]),
        ("select=id,projects!inner()&projects.name=eq.Funnel", [1, 4, 5]),
        ("select=id,orders()&orders=is.null", [5]),
        ("select=id,manager()&manager=not.is.null", [2, 3, 4, 5, 6]),
        ("select=id,orders!left(id)&orders.amount=gt.200", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_an_embed_may_decide_which_rows_there_are(
    client: FlaskClient, query: str, found: list[int]
) -> None:
    rows = client.get(f"/api/persons?order=id&{query}", headers={"Prefer": "count=exact"})
    assert [row["id"] for row in rows.get_json()] == found
    assert rows.headers["Content-Range"].endswith(f"/{len(found)}")


@pytest.mark.parametrize(
    ("table", "order", "found"),
    [
        ("persons", "name.desc", [6, 5, 4, 3, 2, 1]),
        ("persons", "manager_id.asc.nullsfirst,id.desc", [1, 3, 2, 5, 4, 6]),
        ("persons", "manager_id.desc.nullslast,id", [6, 4, 5, 2, 3, 1]),
        ("persons", "profile->>city.desc.nullslast", [2, 3, 1, 5, 4, 6]),
        ("orders&select=id,persons()", "persons(name).desc,id", [6, 5, 7, 3, 2, 1, 4]),
    ],
)
def test_an_order(client: FlaskClient, table: str, order: str, found: list[int]) -> None:
    table, _, select = table.partition("&")
    rows = client.get(f"/api/{table}?order={order}&{select or 'select=id'}").get_json()
    assert [row["id"] for row in rows] == found


def test_groups_are_ordered_by_what_they_are_called(client: FlaskClient) -> None:
    query = "select=status,n:count(),total:amount.sum()::text&order=total.desc.nullslast,status"
    rows = client.get(f"/api/orders?{query}").get_json()
    assert [(row["status"], row["n"], row["total"]) for row in rows] == [
        ("pending", 2, "87.40"),
        ("paid", 2, "83.40"),
        ("shipped", 2, "439.25"),
        ("cancelled", 1, "240.00"),
    ]


@pytest.mark.parametrize(
    ("query", "headers", "status", "range_", "found"),
    [
        ("", {}, 200, "0-5/*", 6),
        ("limit=2&offset=1", {}, 200, "1-2/*", 2),
        ("limit=0", {}, 200, "*/*", 0),
        ("limit=2", {"Prefer": "count=exact"}, 206, "0-1/6", 2),
        ("", {"Prefer": "count=exact"}, 200, "0-5/6", 6),
        ("id=gt.6", {"Prefer": "count=exact"}, 200, "*/0", 0),
        ("offset=6", {"Prefer": "count=exact"}, 206, "*/6", 0),
        ("", {"Range": "1-2"}, 200, "1-2/*", 2),
        ("", {"Range": "items=4-"}, 200, "4-5/*", 2),
        ("id=lt.3", {"Prefer": "count=estimated"}, 200, "0-1/2", 2),
    ],
)
def test_a_page(
    client: FlaskClient, query: str, headers: dict[str, str], status: int, range_: str, found: int
) -> None:
    response = client.get(f"/api/persons?order=id&{query}", headers=headers)
    assert (response.status_code, response.headers["Content-Range"]) == (status, range_)
    assert len(response.get_json()) == found


def test_a_planned_count_is_the_planners(client: FlaskClient) -> None:
    response = client.get("/api/persons", headers={"Prefer": "count=planned"})
    assert int(response.headers["Content-Range"].rpartition("/")[2]) > 0


ESTIMATED = {"Prefer": "count=estimated"}


def test_an_estimate_of_up_to_ten_thousand_rows_is_their_number(
    client: FlaskClient, database: Database, statements: list[str]
) -> None:
    database.execute("INSERT INTO persons (name) SELECT 'p' FROM generate_series(1, 9_994)")
    response = client.get("/api/persons?limit=1", headers=ESTIMATED)
    assert response.headers["Content-Range"] == "0-0/10000"
    assert len(statements) == 1
    database.execute("INSERT INTO persons (name) VALUES ('p')")
    client.get("/api/persons?limit=1", headers=ESTIMATED)
    explained, asked = map(statement, statements[2:])
    assert explained == "EXPLAIN (VERBOSE, FORMAT JSON) SELECT 1 \nFROM persons"
    assert "row_security_active" in asked


def test_no_estimate_is_below_what_was_seen(client: FlaskClient, database: Database) -> None:
    """The planner, who knows nothing of the names, expects one in two hundred."""
    database.execute("ALTER TABLE persons SET (autovacuum_enabled = off)")  # it would learn them
    database.execute("INSERT INTO persons (name) SELECT 'p' FROM generate_series(1, 12_000)")
    response = client.get("/api/persons?name=eq.p&offset=11990&limit=5", headers=ESTIMATED)
    assert response.headers["Content-Range"] == "11990-11994/11995"


def test_a_head_has_the_head_of_its_get(client: FlaskClient) -> None:
    response = client.head("/api/persons?limit=2", headers={"Prefer": "count=exact"})
    assert (response.status_code, response.headers["Content-Range"]) == (206, "0-1/6")
    assert response.data == b""


@pytest.mark.parametrize(
    ("accept", "type_", "text"),
    [
        ("application/json", "application/json", '[{"id":6,"email":null}]'),
        ("*/*", "application/json", '[{"id":6,"email":null}]'),
        ("text/html, */*;q=0.1", "application/json", '[{"id":6,"email":null}]'),
        (
            "application/vnd.pgrst.object+json",
            "application/vnd.pgrst.object+json",
            '{"id":6,"email":null}',
        ),
        (
            "application/vnd.pgrst.array+json;nulls=stripped",
            "application/vnd.pgrst.array+json",
            '[{"id":6}]',
        ),
        ("text/csv", "text/csv", "id,email\n6,"),
        ("application/x-ndjson", "application/x-ndjson", '{"id":6,"email":null}\n'),
    ],
)
def test_a_medium(client: FlaskClient, accept: str, type_: str, text: str) -> None:
    response = client.get("/api/persons?id=eq.6&select=id,email", headers={"Accept": accept})
    assert (response.mimetype, response.text) == (type_, text)


def test_a_csv_quotes_what_needs_it(client: FlaskClient) -> None:
    query = 'select=name,tags,"a,b":profile->>none&id=eq.1'
    response = client.get(f"/api/persons?{query}", headers={"Accept": "text/csv"})
    assert response.text == 'name,tags,"a,b"\nAmy,"{founder,chemist}",'


@pytest.mark.parametrize(
    "body",
    [
        {"where": {"name": "Amy"}},
        {"where": {"name": ["Amy", "none"], "manager_id": None}},
        {"orderby": "name desc", "limit": 1, "offset": 5},
        {"orderby": "name", "limit": 1, "select": "*"},
    ],
)
def test_a_fetch(client: FlaskClient, body: dict[str, Any]) -> None:
    response = client.open("/api/persons", method="FETCH", json=body)
    assert [row["name"] for row in response.get_json()] == ["Amy"]
