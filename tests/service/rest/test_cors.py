"""Other origins read the API in a browser only where the settings name them."""

import pytest
from flask.testing import FlaskClient

from retort import Settings, create_app

PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization, prefer",
}


def ask(settings: Settings, origins: list[str]) -> FlaskClient:
    return create_app(settings.model_copy(update={"api_cors_origins": origins})).test_client()


@pytest.mark.parametrize("origins", [[], ["https://other.example"]])
def test_no_origin_that_is_not_named(settings: Settings, origins: list[str]) -> None:
    headers = {"Origin": "https://a.example"}
    response = ask(settings, origins).get("/api/persons", headers=headers)
    assert response.status_code == 200
    assert "Access-Control-Allow-Origin" not in response.headers
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("origins", "allowed"), [(["https://a.example"], "https://a.example"), (["*"], "*")]
)
def test_an_origin_that_is_named(settings: Settings, origins: list[str], allowed: str) -> None:
    client, headers = ask(settings, origins), {"Origin": "https://a.example"}
    for path in ("/api/persons", "/api/nothing"):  # an error is read as well
        response = client.get(path, headers=headers)
        assert response.headers["Access-Control-Allow-Origin"] == allowed
        assert "Content-Range" in response.headers["Access-Control-Expose-Headers"]
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Origin" in response.headers["Vary"]
    response = client.options("/api/persons", headers=headers | PREFLIGHT)
    assert response.headers["Access-Control-Allow-Headers"] == "authorization, prefer"
    assert "PATCH" in response.headers["Access-Control-Allow-Methods"]
