"""Each column is described as it is, and so is what a new row needs."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from retort.models import Note, Order, Person, Project

from .document import TEXT, Make, columns, document, token

pytestmark = pytest.mark.reads

BIGINT = {"type": "integer", "format": "int64"}
MOMENT = {"type": "string", "format": "date-time"}
KEY = BIGINT | {"description": "Primary key"}


def test_the_columns_of_the_models(client: FlaskClient) -> None:
    found = document(client)
    assert columns(found, "persons") == {
        "id": KEY,
        "name": TEXT,
        "email": {"type": ["string", "null"]},
        "manager_id": {
            "type": ["integer", "null"],
            "format": "int64",
            "description": "Refers to `persons.id`",
        },
        "tags": {"type": "array", "items": TEXT},
        "profile": {},
        "version": BIGINT | {"readOnly": True},
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }
    assert columns(found, "projects") == {"id": KEY, "name": TEXT}
    assert columns(found, "orders") == {
        "id": KEY,
        "person_id": BIGINT | {"description": "Refers to `persons.id`"},
        "status": {"type": "string", "enum": ["pending", "paid", "shipped", "cancelled"]},
        "amount": {"type": "number"},
        "placed_at": MOMENT,
    }
    assert columns(found, "notes") == {
        "id": KEY | {"readOnly": True},
        "owner": TEXT | {"readOnly": True},
        "text": TEXT,
        "created_at": MOMENT,
    }


@pytest.mark.parametrize(
    ("table", "required"),
    [
        (Person, ["name"]),
        (Project, ["name"]),
        (Order, ["person_id", "amount"]),
        (Note, ["text"]),
    ],
)
@pytest.mark.alone
def test_a_new_row_needs_what_nobody_else_fills(
    client: FlaskClient, table: type[Any], required: list[str]
) -> None:
    name = table.__tablename__
    found = document(client)
    new = found["components"]["schemas"][f"{name}.new"]
    assert new == {"allOf": [{"$ref": f"#/components/schemas/{name}"}], "required": required}
    body = found["paths"][f"/{name}"]["post"]["requestBody"]["content"]["application/json"]
    assert {"$ref": f"#/components/schemas/{name}.new"} in body["schema"]["oneOf"]
    said = client.post(f"/api/{name}", json={}, headers=token(client)).get_json()
    assert said["code"] == "23502"  # not null


@pytest.mark.alone
def test_the_types_of_postgres(make: Make, sales: None) -> None:
    client = make(api_schemas=["sales"])
    found = document(client)
    assert columns(found, "types") == {
        "id": {"type": "integer", "format": "int32", "description": "Primary key"},
        "always": {"type": "integer", "format": "int32", "readOnly": True},
        "twice": {"type": ["integer", "null"], "format": "int32", "readOnly": True},
        "flag": {"type": "boolean", "description": "Up or down"},
        "small": {"type": "integer", "format": "int16"},
        "float_": {"type": "number", "format": "double"},
        "number": {"type": "number"},
        "char_": {"type": "string", "maxLength": 10},
        "short": TEXT,
        "mood": {"type": ["string", "null"], "enum": ["good", "bad", None]},
        "day": {"type": "string", "format": "date"},
        "clock": {"type": "string", "format": "time-local"},
        "clock_tz": TEXT,
        "moment": {"type": "string", "format": "date-time-local"},
        "moment_tz": MOMENT,
        "uuid": {"type": "string", "format": "uuid"},
        "bytes": TEXT,
        "address": TEXT,
        "span": TEXT,
        "range": TEXT,
        "grid": {"type": "array", "items": {"type": "integer", "format": "int32"}},
        "json": {},
        "point": {"type": ["string", "null"]},
    }
    assert found["components"]["schemas"]["types"]["description"] == "One of each."
    described = {
        name: found["components"]["parameters"][f"types.{name}"]["description"].partition(",")[0]
        for name in ("short", "mood", "moment_tz", "grid", "point")
    }
    assert described == {
        "short": "sales.short",
        "mood": "sales.mood",
        "moment_tz": "timestamp with time zone",
        "grid": "integer[]",
        "point": "point",
    }
    assert columns(found, "pairs")["b"]["description"] == (
        "Primary key. Refers to `sales.types.id`"
    )
    assert found["components"]["schemas"]["types.new"]["required"] == []
