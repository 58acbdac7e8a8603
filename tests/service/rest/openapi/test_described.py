"""Rows, errors and batches are as the document describes them."""

import pytest
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from .document import Make, document

pytestmark = pytest.mark.reads


@pytest.mark.parametrize("table", ["persons", "projects", "orders", "types"])
@pytest.mark.alone
def test_an_answer_is_as_described(make: Make, sales: None, table: str) -> None:
    client = make(api_schemas=["public", "sales"])
    schema = "sales" if table == "types" else "public"
    profile = {"Accept-Profile": schema}
    found = document(client, **profile)
    rows = client.get(f"/api/{table}", headers=profile).get_json()
    assert rows
    row = found["components"]["schemas"][table]
    for each in rows:
        OAS31Validator(row, format_checker=oas31_format_checker).validate(each)
        assert list(each) == list(row["properties"])


def test_an_error_is_as_described(client: FlaskClient) -> None:
    found = document(client)
    said = client.get("/api/persons?nowhere=eq.1").get_json()
    answers = found["paths"]["/persons"]["get"]["responses"]
    assert answers["default"] == {"$ref": "#/components/responses/Error"}
    error = found["components"]["responses"]["Error"]["content"]["application/json"]["schema"]
    assert set(error["required"]) == set(said)
    OAS31Validator(error).validate(said)


def test_a_batch_is_as_described(client: FlaskClient) -> None:
    post = document(client)["paths"]["/"]["post"]
    body = post["requestBody"]["content"]["application/json"]["schema"]
    requests = [{"path": "/persons?id=eq.1", "headers": {"Prefer": "count=exact"}}]
    OAS31Validator(body).validate(requests)
    answers = client.post("/api/", json=requests)
    assert answers.status_code == 200
    said = post["responses"]["200"]["content"]["application/json"]["schema"]
    OAS31Validator(said).validate(answers.get_json())
    for wrong in ([], [{"path": "/persons", "query": ""}], [{"path": "/x", "method": "TRACE"}]):
        assert not OAS31Validator(body).is_valid(wrong)
        assert client.post("/api/", json=wrong).status_code == 400
