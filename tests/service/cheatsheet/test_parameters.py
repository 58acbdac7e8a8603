"""A recipe's parameters, and the limits of each type."""

import pytest
from flask.testing import FlaskClient

from retort.cheatsheet.parameters import BadParameter, read
from retort.cheatsheet.recipes import RECIPES

from .client import JSON, run

pytestmark = pytest.mark.reads


def test_a_parameter_is_a_value(client: FlaskClient) -> None:
    found = run(client, "like", part="'; DROP TABLE persons; --")
    assert found["parameters"]["part"] == "'; DROP TABLE persons; --"
    assert "DROP" not in found["statements"][1]["sql"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"limit": "many"}, "limit: must be a whole number from -1000 to 1000"),
        ({"limit": "1001"}, "limit: must be a whole number from -1000 to 1000"),
        ({"limit": "-1001"}, "limit: must be a whole number from -1000 to 1000"),
        ({"limit": ""}, "limit: must be a whole number from -1000 to 1000"),
        ({"part": "x" * 61}, "part: must be text of up to 60 characters"),
        ({"part": "\0"}, "part: must be text of up to 60 characters, without NUL"),
        ({"nothing": "1"}, "nothing: this recipe has no such parameter; it has part, limit"),
        ({"form": "newest"}, "form: like has no form 'newest'"),
    ],
)
def test_a_wrong_one_is_named_with_what_it_accepts(
    client: FlaskClient, query: dict[str, str], said: str
) -> None:
    for headers in ({}, JSON):
        response = client.get("/cheatsheet/like", query_string=query, headers=headers)
        assert response.status_code == 400
        assert said in response.text


@pytest.mark.parametrize("path", ["/cheatsheet/like", "/cheatsheet/like/run"])
def test_a_post_takes_them_from_the_address_or_from_a_form(client: FlaskClient, path: str) -> None:
    for sent in ({"query_string": {"limit": "x"}}, {"data": {"limit": "x"}}):
        response = client.post(path, headers=JSON, **sent)
        assert response.status_code == 400
        assert "limit: must be a whole number" in response.text
    response = client.post(path, headers=JSON, json={"limit": "x"})
    assert response.status_code == 415
    assert "in the address, or as a form" in response.text


AMOUNT = "a number from -1000 to 1000 with up to two decimals"


@pytest.mark.parametrize(
    ("slug", "name", "value", "accepts"),
    [
        ("group-by", "at_least", "1000.01", AMOUNT),
        ("group-by", "at_least", "-1000.01", AMOUNT),
        ("group-by", "at_least", "1.005", AMOUNT),
        ("group-by", "at_least", "NaN", AMOUNT),
        ("by-month", "start", "soon", "a date like 2026-03-31"),
        ("soft-delete", "everything", "perhaps", "true or false"),
        ("first", "status", "lost", "pending or paid or shipped or cancelled"),
        ("like", "part", "\ud800", "text of up to 60 characters, without NUL"),
    ],
)
def test_each_type_has_its_limits(slug: str, name: str, value: str, accepts: str) -> None:
    with pytest.raises(BadParameter, match=f"^{name}: must be {accepts}$"):
        read(RECIPES[slug].parameters, {name: value})


@pytest.mark.no_cover  # the same code a hundred times over
@pytest.mark.parametrize("slug", RECIPES)
def test_no_value_within_its_limits_makes_a_500(client: FlaskClient, slug: str) -> None:
    extremes: dict[str, list[object]] = {
        "integer": [-1000, -1, 0, 1000],
        "number": [-1000, 0, 1000],
        "string": ["", "%_\\'\"", "é\U0001f600" * 30, "0"],
        "boolean": ["true", "false"],
    }
    schema = RECIPES[slug].parameters.model_json_schema()
    for name, accepted in schema["properties"].items():
        kind = accepted.get("type") or accepted.get("anyOf", [{}])[0].get("type")
        for value in accepted.get("enum") or extremes.get(kind, []):
            for form in ("modern", "legacy") if RECIPES[slug].legacy else ("modern",):
                address = f"/cheatsheet/{slug}"
                response = client.get(address, query_string={name: value, "form": form})
                assert response.status_code in (200, 400), (name, value, response.text)
