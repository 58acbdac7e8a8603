"""What every exchange gets, whichever view answers."""

import re
from collections.abc import Callable

import pytest
from flask import Flask, redirect, request
from flask.testing import FlaskClient

from .application import MakeApp

pytestmark = pytest.mark.reads

PATHS = ["/", "/livez", "/readyz", "/nowhere", "/static/retort.css"]


@pytest.mark.parametrize("path", PATHS)
def test_security_headers_are_everywhere(client: FlaskClient, path: str) -> None:
    headers = client.get(path, buffered=True).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_what_comes_from_the_database_is_not_kept(client: FlaskClient) -> None:
    assert client.get("/").headers["Cache-Control"] == "no-store"
    assert client.get("/").headers["Vary"] == "Accept"


def test_a_file_is_kept_and_asked_about(client: FlaskClient) -> None:
    response = client.get("/static/retort.css", buffered=True)
    assert response.headers["Cache-Control"] == "no-cache"
    known = {"If-None-Match": response.headers["ETag"]}
    again = client.get("/static/retort.css", headers=known, buffered=True)
    assert again.status_code == 304


Make = Callable[..., FlaskClient]


@pytest.fixture
def make(make_app: MakeApp) -> Make:
    """Gives a client of an application with other settings."""

    def make(**changed: object) -> FlaskClient:
        app = make_app(**changed)
        app.add_url_rule(
            "/seen", view_func=lambda: {"url": request.url, "client": request.remote_addr}
        )
        return app.test_client()

    return make


def test_any_host_is_trusted_by_default(make: Make) -> None:
    assert make().get("/livez", headers={"Host": "evil.example"}).status_code == 200


def test_an_untrusted_host_is_refused(make: Make) -> None:
    client = make(trusted_hosts=["retort.example", ".shop.example"])
    assert client.get("/livez", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/livez", headers={"Host": "retort.example"}).status_code == 200
    assert client.get("/livez", headers={"Host": "a.shop.example"}).status_code == 200


@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/json"])
def test_the_refusal_of_a_host_comes_as_asked_for(make: Make, accept: str) -> None:
    headers = {"Host": "evil.example", "Accept": accept}
    response = make(trusted_hosts=["retort.example"]).get("/", headers=headers)
    assert response.status_code == 400
    assert "evil.example" in response.text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.1:8000"])
def test_health_checks_on_the_machine_itself_are_trusted(make: Make, host: str) -> None:
    client = make(trusted_hosts=["retort.example"])
    assert client.get("/livez", headers={"Host": host}).status_code == 200


FORWARDED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "retort.example",
}


def test_without_proxies_nobody_is_believed(make: Make) -> None:
    response = make().get("/seen", headers=FORWARDED)
    assert response.json == {"url": "http://localhost/seen", "client": "127.0.0.1"}
    assert "Strict-Transport-Security" not in response.headers


def test_a_proxy_is_believed_about_its_client(make: Make) -> None:
    response = make(proxies=1).get("/seen", headers=FORWARDED)
    assert response.json == {"url": "https://retort.example/seen", "client": "203.0.113.9"}
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_behind_one_proxy_a_forged_hop_is_ignored(make: Make) -> None:
    headers = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}
    response = make(proxies=1).get("/seen", headers=headers)
    assert response.json is not None
    assert response.json["client"] == "203.0.113.9"


@pytest.mark.parametrize(
    ("prefix", "path"),
    [
        ("/shop", "/shop/api/"),
        ("/shop/", "/shop/api/"),
        ("shop", "/shop/api/"),
        ("/", "/api/"),
        ("//evil.example", "/evil.example/api/"),
        ("/\\evil.example", "/evil.example/api/"),
        ("/\t/evil.example", "/%09/evil.example/api/"),
        ("https://evil.example", "/https%3A//evil.example/api/"),
        ("/?a=", "/%3Fa%3D/api/"),
    ],
)
def test_a_prefix_is_a_path_whatever_it_says(make: Make, prefix: str, path: str) -> None:
    client, headers = make(proxies=1), {"X-Forwarded-Prefix": prefix}
    response = client.get("/api", headers=headers)
    assert (response.status_code, response.headers["Location"]) == (308, path)
    (server,) = client.get("/api/", headers=headers).get_json()["servers"]
    assert f"{server['url']}/" == path
    rest = client.get("/api/persons?limit=1", headers=headers)
    assert rest.headers.get("Link", f"<{path}").startswith(f"<{path}")
    html = client.get("/tables", headers=headers).text
    for tag in re.findall('(?:href|action)="([^"#]+)"', html):
        assert tag.startswith(path.removesuffix("api/"))


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "Evil.example:80"},
        {"Host": "evil.example:8000"},
        {"Host": "a b"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "//evil.example/"},
        {"X-Forwarded-Proto": "javascript"},
        {"X-Forwarded-Proto": "https", "Host": "evil.example:443"},
    ],
)
def test_a_redirect_to_ourselves_is_a_path(make: Make, headers: dict[str, str]) -> None:
    for path, there in (("/api", "/api/"), ("/api?a=b", "/api/?a=b"), ("/tables//x", "/tables/x")):
        response = make(proxies=1).get(path, headers=headers)
        assert (response.status_code, response.headers["Location"]) == (308, there)


def test_a_redirect_to_others_is_left_alone(make_app: MakeApp) -> None:
    app = make_app()
    app.add_url_rule("/away", view_func=lambda: redirect("https://issuer.example/log-in"))
    assert app.test_client().get("/away").headers["Location"] == "https://issuer.example/log-in"


def test_an_application_changes_nothing_of_flasks(make_app: MakeApp) -> None:
    before = [dict(vars(one)) for one in (Flask, Flask.session_interface)]
    make_app().test_client().get("/livez")
    assert [dict(vars(one)) for one in (Flask, Flask.session_interface)] == before
