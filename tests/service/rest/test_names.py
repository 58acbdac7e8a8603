"""What comes under one name, and what an order means by a name."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

import pytest
from flask.testing import FlaskClient

from ..postgres import Server
from .works import works

pytestmark = pytest.mark.reads

LAST = ".desc.nullslast,id"


@pytest.fixture(scope="module")
def client(server: Server) -> Generator[FlaskClient]:
    with works(server) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("clients?select=id,projects(name),projects(id)", "clients_projects_1"),
        ("clients?select=id,p:projects(name),p:projects(id)", "clients_p_1"),
        ("projects?select=id,x:invoices(id),x:workers(id)", "projects_x_1"),
        ("projects?select=id,clients(name),...clients(id)", "projects_clients_1"),
        ("projects?select=id,...clients(name),...clients(id)", "projects_clients_1"),
        ("clients?select=id,projects(invoices(id),invoices(total))", "projects_invoices_2"),
    ],
)
def test_two_embeds_have_two_names(client: FlaskClient, path: str, name: str) -> None:
    response = client.get(f"/api/{path}")
    assert response.status_code == 400
    assert response.get_json() == {
        "code": "42712",
        "message": f'table name "{name}" specified more than once',
        "details": None,
        "hint": None,
    }


def test_and_may_be_of_one_table_then(client: FlaskClient) -> None:
    path = "/api/clients?select=a:projects(name),projects(id)&id=eq.2"
    assert client.get(path).get_json() == [{"a": [{"name": "Crane"}], "projects": [{"id": 3}]}]


@pytest.mark.parametrize(
    ("select", "body"),
    [
        ("id,x:name,x:id", '{"id" : 3, "x" : "Crane", "x" : 3}'),
        ("name,name:id", '{"name" : "Crane", "name" : 3}'),
        ("clients(name),clients:id", '{"clients" : 3, "clients" : {"name":"Bolt"}}'),
        ("client_id(id),client_id", '{"client_id" : 2, "client_id" : {"id":2}}'),
        ("...clients(name),name", '{"name" : "Crane", "name" : "Bolt"}'),
        ("id.sum(),total:client_id.sum(),more->k.count()", '{"sum" : 3, "total" : 2, "count" : 1}'),
        # The same is the same.
        ("id,id,*,name", None),
    ],
)
def test_two_values_under_one_key_are_both_there(
    client: FlaskClient, select: str, body: str | None
) -> None:
    """As in PostgREST: JSON's readers take the last, which is an embed's if there is one."""
    response = client.get(f"/api/projects?select={select}&id=eq.3")
    assert response.status_code == 200, response.text
    if body is None:
        assert response.text.count('"name"') == response.text.count('"id"') == 1
    else:
        assert response.text == f"[{body}]"


def test_and_in_a_csv(client: FlaskClient) -> None:
    path = "/api/projects?select=...clients(name),name,x:id&id=eq.3"
    text = client.get(path, headers={"Accept": "text/csv"}).text
    assert text.split() == ["name,x,name", "Crane,3,Bolt"]


def ids(client: FlaskClient, path: str) -> list[Any]:
    response = client.get(f"/api/{path}")
    assert response.status_code == 200, response.text
    return [row["id"] for row in response.get_json()]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        # A column, though something else comes under its name.
        ("projects?select=id,name:more->>k&order=name.desc", [4, 3, 2, 1]),
        # Else what `select` brings.
        (f"projects?select=id,k:more->k&order=k{LAST}", [2, 1, 3, 4]),
        ("projects?select=id,more->k&order=k.desc.nullslast,id.desc", [2, 3, 1, 4]),
        (f"projects?select=id,j:more&order=j->k{LAST}", [2, 1, 3, 4]),
        (f"projects?select=id,...clients(of:name)&order=of{LAST}", [3, 1, 2, 4]),
        (f"invoices?select=id,...projects(...clients(of:name))&order=of{LAST}", [4, 5, 1, 2, 3, 6]),
        # Of an embed, it is first what comes there.
        (f"projects?select=id,clients(name)&order=clients(name){LAST}", [3, 1, 2, 4]),
        (f"projects?select=id,clients(of:name)&order=clients(of){LAST}", [3, 1, 2, 4]),
        (f"projects?select=id,c:clients()&order=c(name){LAST}", [3, 1, 2, 4]),
        (f"projects?select=id,...clients(of:name)&order=clients(of){LAST}", [3, 1, 2, 4]),
        (f"projects?select=id,...clients(of:name)&order=clients(id){LAST}", [3, 1, 2, 4]),
        (f"invoices?select=id,projects(more)&order=projects(more->k){LAST}", [3, 1, 2, 4, 5, 6]),
        (
            f"invoices?select=id,...projects(of:more)&order=projects(of->>k){LAST}",
            [3, 1, 2, 4, 5, 6],
        ),
        (f"projects?select=id,clients(n:id.max())&order=clients(n){LAST}", [3, 1, 2, 4]),
        # A filter of the embed leaves the others without what they are ordered by.
        (
            "projects?select=id,clients(name)&clients.name=eq.Acme&order=clients(name),id.desc",
            [2, 1, 4, 3],
        ),
        (f"invoices?select=id,projects(id,clients())&order=projects(id){LAST}", [4, 5, 3, 1, 2, 6]),
    ],
)  # fmt: skip
def test_what_an_order_is_by(client: FlaskClient, path: str, found: list[int]) -> None:
    assert ids(client, path) == found


def test_what_an_embed_is_ordered_by(client: FlaskClient) -> None:
    path = "clients?select=id,projects(id,...clients(of:name),n:more->k)&projects.order=n.desc"
    rows = client.get(f"/api/{path}&order=id&limit=1").get_json()
    assert [row["id"] for row in rows[0]["projects"]] == [2, 1]
    path = "workers?select=id,shifts(projects(id))&shifts.order=projects(id).desc&order=id&limit=1"
    shifts = client.get(f"/api/{path}").get_json()[0]["shifts"]
    assert [shift["projects"]["id"] for shift in shifts] == [2, 1]
    path = "clients?select=id,...projects(ids:id)&projects.order=id.desc&order=id&limit=1"
    assert client.get(f"/api/{path}").get_json() == [{"id": 1, "ids": [2, 1]}]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("projects?select=id&order=clients(name)", "PGRST108"),
        ("clients?select=id,p:projects(id)&order=p(id)", "PGRST118"),
        ("clients?select=id,...projects(name)&order=projects(name)", "PGRST118"),
        ("projects?select=id,clients(of:name)&order=of", "42703"),
        ("projects?select=id&order=k", "42703"),
        ("projects?select=id,clients(name)&order=clients(nome)", "42703"),
    ],
)
def test_what_it_cannot_be_by(client: FlaskClient, path: str, code: str) -> None:
    response = client.get(f"/api/{path}")
    assert (response.status_code, response.get_json()["code"]) == (400, code)


@pytest.mark.parametrize(
    "path",
    [
        "clients?select=name,...projects(ids:id)&order=ids",
        "clients?select=name,...projects(ids:id)&order=ids->0.desc",
        "projects?select=name,...clients(...projects(ids:id))&order=ids",
        "projects?select=name,clients(...projects(ids:id))&order=clients(ids)",
        "projects?select=name,...clients(...projects(ids:id))&order=clients(ids)",
        "projects?select=ids:plan&order=ids",
        "projects?select=clients(...projects(ids:id))&order=clients(ids->0)",
    ],
)
def test_what_is_made_of_several_values_has_no_order(client: FlaskClient, path: str) -> None:
    response = client.get(f"/api/{path}")
    assert (response.status_code, response.get_json()["code"]) == (400, "42703")
    assert response.get_json()["hint"] == (
        "What select calls ids is JSON, which has no order: use a text in it, ids->>0"
    )
    by_text = re.sub("order=(.*)ids(->0)?", r"order=\1ids->>0", path)
    assert client.get(f"/api/{by_text}").status_code == 200


def test_spreads_in_spreads_are_lists_in_lists(client: FlaskClient) -> None:
    path = "clients?select=name,...projects(project:name,...invoices(totals:total),clients(id))"
    orders = "projects.order=id&projects.invoices.order=id&order=id"
    assert client.get(f"/api/{path}&{orders}").get_json() == [
        {
            "name": "Acme",
            "project": ["Anvil", "Bridge"],
            "totals": [[10, 20], [30]],
            "clients": [{"id": 1}, {"id": 1}],
        },
        {"name": "Bolt", "project": ["Crane"], "totals": [[40, None]], "clients": [{"id": 2}]},
        {"name": "Corp", "project": [], "totals": [], "clients": []},
    ]
