"""Other origins read the API in a browser only where the settings name them."""

import pytest
from flask.testing import FlaskClient

from ..application import MakeApp

PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization, prefer",
}


def ask(make_app: MakeApp, origins: list[str]) -> FlaskClient:
    return make_app(api_cors_origins=origins).test_client()


@pytest.mark.parametrize("origins", [[], ["https://other.example"]])
def test_no_origin_that_is_not_named(make_app: MakeApp, origins: list[str]) -> None:
    headers = {"Origin": "https://a.example"}
    response = ask(make_app, origins).get("/api/persons", headers=headers)
    assert response.status_code == 200
    assert "Access-Control-Allow-Origin" not in response.headers
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("origins", "allowed"), [(["https://a.example"], "https://a.example"), (["*"], "*")]
)
def test_an_origin_that_is_named(make_app: MakeApp, origins: list[str], allowed: str) -> None:
    client, headers = ask(make_app, origins), {"Origin": "https://a.example"}
    for path in ("/api/persons", "/api/nothing"):  # an error is read as well
        response = client.get(path, headers=headers)
        assert response.headers["Access-Control-Allow-Origin"] == allowed
        assert "Content-Range" in response.headers["Access-Control-Expose-Headers"]
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Origin" in response.headers["Vary"]
    response = client.options("/api/persons", headers=headers | PREFLIGHT)
    assert response.headers["Access-Control-Allow-Headers"] == "authorization, prefer"
    assert "PATCH" in response.headers["Access-Control-Allow-Methods"]
