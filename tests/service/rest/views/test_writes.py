"""A view is written to as Postgres allows it."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from retort.auth.tokens import tokens

from ...postgres import Database
from .database import rows, serving

SHOWN = {"Prefer": "return=representation"}


def test_rows_of_a_simple_view_are_written(client: FlaskClient, member: dict[str, str]) -> None:
    new = client.post("/api/clients", json={"no": 3, "name": "Ypsilon"}, headers=member | SHOWN)
    assert (new.status_code, new.get_json()) == (201, [{"no": 3, "name": "Ypsilon"}])
    assert "ETag" not in new.headers
    # Through a view of a view.
    new = client.post("/api/projects", json={"id": 4, "client": 3}, headers=member)
    assert new.status_code == 201
    changed = client.patch("/api/projects?client=eq.3", json={"title": "gate"}, headers=member)
    assert changed.status_code == 204
    (row,) = rows(client, "projects?select=title,loud,clients(name)&id=eq.4")
    assert row == {"title": "gate", "loud": "GATE", "clients": {"name": "Ypsilon"}}
    path = "/api/projects?id=eq.4&select=title,clients(name)"
    gone = client.delete(path, headers=member | SHOWN)
    assert (gone.status_code, gone.get_json()) == (
        200,
        [{"title": "gate", "clients": {"name": "Ypsilon"}}],
    )
    assert rows(client, "projects?id=eq.4") == []


@pytest.mark.parametrize("view", ["desks", "works", "people", "all_names"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_others_can_only_be_read(front: FlaskClient, view: str, method: str) -> None:
    """A join, a materialized view, a UNION."""
    token = {"Authorization": f"Bearer {tokens(front.application).issue('me')}"}
    refused = front.open(f"/api/{view}?id=eq.1", method=method, json={"id": 1}, headers=token)
    assert (refused.status_code, refused.headers["Allow"]) == (405, "OPTIONS,GET,HEAD,FETCH")
    assert refused.get_json()["details"] == "it is a view that is not written to"
    assert front.options(f"/api/{view}").headers["Allow"] == "OPTIONS,GET,HEAD,FETCH"


def test_a_column_that_is_made_cannot_be_written(
    client: FlaskClient, member: dict[str, str]
) -> None:
    refused = client.patch("/api/projects?id=eq.1", json={"loud": "X"}, headers=member)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "428C9")


def test_what_the_table_makes_cannot_be_written_either(
    changing: Database, member: dict[str, str]
) -> None:
    changing.execute(
        "CREATE TABLE low.bills (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, net int, "
        "gross int GENERATED ALWAYS AS (net * 2) STORED)",
        "CREATE VIEW front.bills AS SELECT * FROM low.bills",
        f"GRANT ALL ON front.bills TO {changing.web.username}_member",
    )
    with serving(changing, "front") as client:
        for column in ("id", "gross"):
            refused = client.post("/api/bills", json={"net": 1, column: 2}, headers=member)
            assert (refused.status_code, refused.get_json()["code"]) == (400, "428C9")
        new = client.post("/api/bills", json={"net": 1}, headers=member | SHOWN)
        assert new.get_json() == [{"id": 1, "net": 1, "gross": 2}]
        assert client.put("/api/bills/1", json={"net": 2}, headers=member).status_code == 405


def test_an_upsert_tells_what_is_new(client: FlaskClient, member: dict[str, str]) -> None:
    merge = member | {"Prefer": "resolution=merge-duplicates"}
    old, new = {"no": 1, "name": "Acme & sons"}, {"no": 5, "name": "New"}
    assert client.post("/api/clients", json=[old], headers=merge).status_code == 200
    assert client.post("/api/clients", json=[old, new], headers=merge).status_code == 201
    names = rows(client, "clients?select=name&no=in.(1,5)&order=no")
    assert names == [{"name": "Acme & sons"}, {"name": "New"}]
    leave = member | {"Prefer": "resolution=ignore-duplicates,return=representation"}
    left = client.post("/api/clients", json=[{"no": 5, "name": "other"}], headers=leave)
    assert left.get_json() == []


def test_a_row_is_put_at_its_key(client: FlaskClient, member: dict[str, str]) -> None:
    assert client.put("/api/clients/7", json={"name": "Seven"}, headers=member).status_code == 201
    assert client.put("/api/clients/7", json={"name": "7"}, headers=member).status_code == 204
    path = "/api/clients?no=eq.8"
    assert client.put(path, json={"no": 8, "name": "Eight"}, headers=member).status_code == 201
    assert rows(client, "clients?no=gt.6&order=no") == [
        {"name": "7", "no": 7},
        {"name": "Eight", "no": 8},
    ]
    assert client.patch("/api/clients/8", json={"name": "8"}, headers=member).status_code == 204
    assert client.delete("/api/clients/8", headers=member).status_code == 204
    assert client.delete("/api/clients/8", headers=member).status_code == 404
    # A view has no versions, so no row is one.
    stale = client.patch("/api/clients/7", json={"name": "x"}, headers=member | {"If-Match": '"1"'})
    assert stale.status_code == 412


def test_a_view_without_a_key_is_written_to_by_filters(
    client: FlaskClient, member: dict[str, str]
) -> None:
    headers = member | {"Prefer": "return=headers-only"}
    allowed = client.options("/api/houses").headers["Allow"]
    assert allowed == "OPTIONS,GET,HEAD,FETCH,POST,PATCH,DELETE"
    refused = client.put("/api/houses?house=eq.A", json={"house": "A"}, headers=headers)
    assert (refused.status_code, refused.get_json()["details"]) == (405, "it has no primary key")
    assert client.delete("/api/houses", headers=member).get_json()["code"] == "21000"
    assert client.delete("/api/houses?house=eq.B", headers=member).status_code == 204
    # The table's key may not be null, which Postgres says.
    refused = client.post("/api/houses", json={"house": "C"}, headers=headers)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "23502")


def test_a_new_row_is_where_its_location_says(client: FlaskClient, member: dict[str, str]) -> None:
    headers = member | {"Prefer": "return=headers-only"}
    new = client.post("/api/members", json={"person_id": 3, "job": 3}, headers=headers)
    assert new.headers["Location"] == "/api/members?person_id=eq.3&job=eq.3"
    assert client.get(new.headers["Location"]).get_json() == [{"person_id": 3, "job": 3}]


def test_a_default_is_that_of_the_view_or_else_of_the_table(
    changing: Database, member: dict[str, str]
) -> None:
    changing.execute(
        "CREATE VIEW front.plans AS SELECT id, name, state AS how FROM shop.projects",
        "ALTER VIEW front.plans ALTER name SET DEFAULT '50% at 12:30 \\:x'",
        f"GRANT ALL ON front.plans TO {changing.web.username}_member",
    )
    headers = member | SHOWN | {"Prefer": "return=representation,missing=default"}
    with serving(changing, "front") as client:
        given = [{"id": 10}, {"id": 11, "how": "old", "name": None}]
        made = client.post("/api/plans?columns=id,how,name", json=given, headers=headers)
    assert made.get_json() == [
        {"id": 10, "name": "50% at 12:30 :x", "how": "new"},
        {"id": 11, "name": None, "how": "old"},
    ]


def test_a_check_option_is_kept(changing: Database, member: dict[str, str]) -> None:
    changing.execute(
        "CREATE VIEW front.zs AS SELECT * FROM shop.clients WHERE name LIKE 'Z%' WITH CHECK OPTION",
        f"GRANT ALL ON front.zs TO {changing.web.username}_member",
    )
    with serving(changing, "front") as client:
        assert (
            client.post("/api/zs", json={"id": 8, "name": "Zoe"}, headers=member).status_code == 201
        )
        refused = client.patch("/api/zs/8", json={"name": "secret"}, headers=member)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "44000")
    assert "secret" not in refused.text


TRIGGERS = """
CREATE VIEW front.names AS SELECT name, upper(name) AS loud FROM shop.people JOIN shop.desks
    ON person_id = people.id;
CREATE FUNCTION front.rename() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
    IF new.loud IS NULL THEN RETURN NULL; END IF;
    INSERT INTO shop.clients VALUES (100, lower(new.loud));
    RETURN new;
END $$;
CREATE TRIGGER adds INSTEAD OF INSERT ON front.names FOR EACH ROW EXECUTE FUNCTION front.rename();
GRANT ALL ON front.names TO {web}_member;
GRANT SELECT ON front.names TO {web};
"""


def test_a_trigger_writes_what_postgres_could_not(
    changing: Database, member: dict[str, str]
) -> None:
    changing.execute(TRIGGERS.format(web=changing.web.username))
    with serving(changing, "front") as client:
        assert client.options("/api/names").headers["Allow"] == "OPTIONS,GET,HEAD,FETCH,POST"
        new = client.post("/api/names", json={"loud": "LOUD"}, headers=member | SHOWN)
        assert (new.status_code, new.get_json()) == (201, [{"name": None, "loud": "LOUD"}])
        assert rows(client, "clients?select=name&no=eq.100") == [{"name": "loud"}]
        refused = client.patch("/api/names?name=eq.Ada", json={"name": "x"}, headers=member)
        assert (refused.status_code, refused.get_json()["details"]) == (405, "it is a view")
        merge = member | {"Prefer": "resolution=merge-duplicates"}
        refused = client.post("/api/names?on_conflict=name", json={"name": "x"}, headers=merge)
        assert refused.status_code == 400


def test_a_rule_of_the_view_counts_too(changing: Database, member: dict[str, str]) -> None:
    changing.execute(
        "CREATE VIEW front.louder AS SELECT id, upper(name) AS loud FROM shop.clients",
        "CREATE RULE adds AS ON INSERT TO front.louder DO INSTEAD INSERT INTO shop.clients "
        "VALUES (new.id, lower(new.loud)) RETURNING id, upper(name)",
        f"GRANT ALL ON front.louder TO {changing.web.username}_member",
    )
    with serving(changing, "front") as client:
        new = client.post("/api/louder", json={"id": 9, "loud": "nine"}, headers=member | SHOWN)
        assert (new.status_code, new.get_json()) == (201, [{"id": 9, "loud": "NINE"}])


def test_whose_rights_count_is_for_the_view_to_say(
    changing: Database, member: dict[str, str]
) -> None:
    changing.execute(
        "CREATE TABLE low.secrets (id int PRIMARY KEY, text text)",
        "INSERT INTO low.secrets VALUES (1, 'a')",
        "CREATE VIEW front.owners AS SELECT * FROM low.secrets",
        "CREATE VIEW front.invokers WITH (security_invoker) AS SELECT * FROM low.secrets",
        f"GRANT ALL ON front.owners, front.invokers TO {changing.web.username}_member",
    )
    with serving(changing, "front") as client:
        sent = {"json": {"text": "b"}, "headers": member | SHOWN}
        assert client.patch("/api/owners/1", **sent).get_json() == {"id": 1, "text": "b"}
        refused = client.patch("/api/invokers/1", **sent)
        assert (refused.status_code, refused.get_json()["code"]) == (403, "42501")
        assert client.get("/api/invokers", headers=member).status_code == 403


def test_several_rows_with_one_key_are_not_written_as_one(
    changing: Database, member: dict[str, str]
) -> None:
    changing.execute(
        "CREATE FUNCTION front.change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
        "$$ BEGIN UPDATE shop.people SET name = new.name WHERE id = new.id; RETURN new; END $$",
        "CREATE TRIGGER changes INSTEAD OF UPDATE ON front.twice FOR EACH ROW "
        "EXECUTE FUNCTION front.change()",
    )
    with serving(changing, "front") as client:
        refused: Any = client.get("/api/twice/2")
        assert (refused.status_code, refused.get_json()["code"]) == (406, "PGRST116")
        refused = client.patch("/api/twice/2", json={"name": "x"}, headers=member)
        assert (refused.status_code, refused.get_json()["code"]) == (406, "PGRST116")
        assert rows(client, "twice?select=name&id=eq.2&limit=1") == [{"name": "Bo"}]
        assert client.patch("/api/twice/1", json={"name": "A"}, headers=member).status_code == 204
