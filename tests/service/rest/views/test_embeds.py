"""A view embeds what the foreign keys of the tables below lead to, and is embedded by them."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from ...postgres import Database
from .database import rows, serving


@pytest.mark.parametrize(
    ("path", "first"),
    [
        # By keys of tables that are not served, through a view that is not served either.
        ("projects?select=id,clients(name)", {"id": 1, "clients": {"name": "Acme"}}),
        (
            "clients?select=name,projects(loud)",
            {"name": "Acme", "projects": [{"loud": "ROOF"}, {"loud": "WALL"}]},
        ),
        # A materialized view, a WITH, a column that comes from elsewhere.
        ("projects?select=id,people!l(name,jobs)", {"id": 1, "people": {"name": "Ada", "jobs": 1}}),
        # Many to many through a view of the table between.
        (
            "people?select=name,projects!members(title)&id=eq.2",
            {"name": "Bo", "projects": [{"title": "roof"}, {"title": "wall"}]},
        ),
        (
            "projects?select=title,people!members(name)",
            {"title": "roof", "people": [{"name": "Ada"}, {"name": "Bo"}]},
        ),
        ("members?select=job,projects(title)", {"job": 1, "projects": {"title": "roof"}}),
        # One to one.
        ("people?select=name,desks(id)", {"name": "Ada", "desks": {"id": 1}}),
        # A key of two columns.
        ("rooms?select=name,desks(id)", {"name": "hall", "desks": [{"id": 1}]}),
        ("desks?select=id,rooms(name)", {"id": 1, "rooms": {"name": "hall"}}),
        # A join has the keys of both its tables.
        (
            "works?select=who,clients(name)&order=person",
            {"who": "Ada", "clients": {"name": "Acme"}},
        ),
        # A view to itself: the column is the name of the one it leads to.
        ("people?select=name,boss_id(name)&id=eq.2", {"name": "Bo", "boss_id": {"name": "Ada"}}),
    ],
)
def test_views_embed_views(front: FlaskClient, path: str, first: Any) -> None:
    assert rows(front, path)[0] == first


def test_the_columns_have_the_names_of_the_view(front: FlaskClient) -> None:
    by_column = rows(front, "projects?select=clients!client(name),boss:people!l(name)&id=eq.2")
    assert by_column == [{"clients": {"name": "Acme"}, "boss": {"name": "Bo"}}]
    by_key = rows(front, "clients?select=projects!projects_client(title)&no=eq.2")
    assert by_key == [{"projects": [{"title": "door"}]}]


@pytest.mark.parametrize(
    "path",
    [
        "houses?select=desks(*)",  # one of the key's two columns is not there
        "all_names?select=projects(*)",  # a UNION is of no table
        "clients?select=people(*)",
        "projects?select=projects_client(*)",  # this names a table, which is not served
        "projects?select=client(*)",
    ],
)
def test_where_no_key_is_whole_there_is_no_embed(front: FlaskClient, path: str) -> None:
    refused = front.get(f"/api/{path}")
    assert (refused.status_code, refused.get_json()["code"]) == (400, "PGRST200")


def test_a_row_that_the_view_has_twice_is_no_single_one(front: FlaskClient) -> None:
    """A key leads to one row of a table, but maybe to several of a view of it."""
    refused = front.get("/api/members?select=job,works!members_person(who)")
    assert (refused.status_code, refused.get_json()["code"]) == (400, "21000")
    assert "view" in refused.get_json()["hint"]
    spread = front.get("/api/members?select=job,...works!members_person(who)")
    assert spread.status_code == 400
    alone = "members?select=job,works!members_person(who)&person_id=eq.1&works.order=job"
    assert rows(front, alone) == [{"job": 1, "works": {"who": "Ada"}}]
    first = (
        "members?select=works!members_person(job)&works.order=job.desc&works.limit=1&person_id=eq.2"
    )
    assert rows(front, first) == [{"works": {"job": 2}}] * 2
    for embed in ("works!members_person()", "works!members_person!inner(who)"):
        assert front.get(f"/api/members?select=job,{embed}").status_code == 400
    deep = front.get("/api/members?select=job,works!members_person(who,clients(name))")
    assert deep.status_code == 400
    counted = rows(front, "members?select=works!members_person(count())&person_id=eq.2")
    assert counted == [{"works": {"count": 2}}] * 2


def test_tables_and_views_embed_each_other(shop: FlaskClient) -> None:
    assert rows(shop, "jobs?select=clients(name)&id=eq.3") == [{"clients": {"name": "Zeta"}}]
    (acme,) = rows(shop, "clients?select=jobs(name)&id=eq.1")
    assert acme == {"jobs": [{"name": "roof"}, {"name": "wall"}]}
    (roof,) = rows(shop, "projects?select=staff!members(name),people!members(name)&id=eq.1")
    assert roof["staff"] == roof["people"] == [{"name": "Ada"}, {"name": "Bo"}]
    (bo,) = rows(shop, "staff?select=name,desks(id),projects!members(name)&nr=eq.2")
    assert bo == {
        "name": "Bo",
        "desks": {"id": 2},
        "projects": [{"name": "roof"}, {"name": "wall"}],
    }


def test_a_key_and_its_column_name_the_table(shop: FlaskClient) -> None:
    """And not the view of the table, which its own name means."""
    for name in ("lead_id", "projects_lead"):
        assert rows(shop, f"projects?select={name}(id)&id=eq.1") == [{name: {"id": 1}}]
    assert rows(shop, "projects?select=staff!lead_id(nr)&id=eq.1") == [{"staff": {"nr": 1}}]


def test_a_key_that_is_there_twice_is_told_by_the_column(shop: FlaskClient) -> None:
    refused = shop.get("/api/jobs?select=staff(*)")
    assert (refused.status_code, refused.get_json()["code"]) == (300, "PGRST201")
    assert {one["relationship"] for one in refused.get_json()["details"]} >= {
        "projects_lead using jobs(lead_id) and staff(nr)",
        "projects_lead using jobs(also_lead_id) and staff(nr)",
    }
    found = rows(shop, "jobs?select=staff!also_lead_id(name)&id=eq.2")
    assert found == [{"staff": {"name": "Bo"}}]


def test_from_a_view_to_its_table_there_are_two_ways(shop: FlaskClient) -> None:
    """As there are from the table to itself."""
    refused = shop.get("/api/staff?select=people(*)")
    assert (refused.status_code, refused.get_json()["code"]) == (300, "PGRST201")
    kinds = {one["cardinality"] for one in refused.get_json()["details"]}
    assert kinds == {"many-to-one", "one-to-many"}


def test_what_is_unique_is_told_by_constraints(changing: Database) -> None:
    """By none of an index; and a key that is unique makes no association of its table."""
    changing.execute(
        "CREATE TABLE low.seats (person_id int UNIQUE CONSTRAINT sits REFERENCES shop.people, "
        "project_id int CONSTRAINT works REFERENCES shop.projects, "
        "PRIMARY KEY (person_id, project_id))",
        "CREATE UNIQUE INDEX ON low.seats (project_id)",
        "INSERT INTO low.seats VALUES (1, 3)",
        "CREATE VIEW front.seats AS SELECT * FROM low.seats",
        f"GRANT SELECT ON front.seats TO {changing.web.username}",
    )
    with serving(changing, "front") as client:
        found = rows(client, "people?select=seats(project_id)&id=eq.1")
        assert found == [{"seats": {"project_id": 3}}]
        found = rows(client, "projects?select=seats(person_id)&id=eq.3")
        assert found == [{"seats": [{"person_id": 1}]}]
        assert client.get("/api/projects?select=people!seats(*)").status_code == 400


def test_embeds_take_what_other_embeds_take(front: FlaskClient) -> None:
    path = "projects?select=id,clients!inner(name)&clients.name=eq.Zeta&order=clients(name)"
    assert rows(front, path) == [{"id": 3, "clients": {"name": "Zeta"}}]
    path = "clients?select=name,projects(id)&projects.order=id.desc&projects.limit=1&no=eq.1"
    assert rows(front, path) == [{"name": "Acme", "projects": [{"id": 2}]}]
    assert rows(front, "projects?select=id,...people!l(name)&id=eq.1") == [{"id": 1, "name": "Ada"}]
    assert rows(front, "projects?people=is.null&select=id,people!l()") == [{"id": 3}]
