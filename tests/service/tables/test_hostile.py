"""Whatever is sent or stored is shown as text, and much of it is no error of ours."""

import html

import pytest
from flask.testing import FlaskClient

from ..postgres import Database
from .browser import get

pytestmark = pytest.mark.reads

HOSTILE = '"><script>alert(1)</script>'


@pytest.mark.parametrize(
    "path",
    [
        f"/tables/{HOSTILE.replace('/', '%2F')}",
        f"/tables/persons/{HOSTILE.replace('/', '%2F')}",
        f"/tables/persons?name=eq.{HOSTILE}",
        f"/tables/persons?{HOSTILE}=eq.1",
        f"/tables/persons?order={HOSTILE}",
        f"/tables/persons?limit={HOSTILE}",
        f"/tables/persons?select={HOSTILE}",
        f"/tables/persons?~column={HOSTILE}&~operator={HOSTILE}&~value={HOSTILE}",
    ],
)
def test_what_is_sent_is_shown_as_text(client: FlaskClient, path: str) -> None:
    page = get(client, path)
    assert page.status < 500
    assert "<script" not in page.html


def test_what_is_in_the_database_is_shown_as_text(client: FlaskClient, database: Database) -> None:
    database.execute(
        "UPDATE persons SET name = :evil, tags = ARRAY[:evil], "
        "profile = jsonb_build_object(:evil, 1) WHERE id = 1",
        evil=HOSTILE,
    )
    for path in ("/tables/persons", "/tables/persons/1"):
        page = get(client, path)
        assert page.status == 200
        assert "<script" not in page.html
        assert HOSTILE in html.unescape(page.html)


def test_much_of_anything_is_no_error_of_ours(client: FlaskClient) -> None:
    conditions = "&".join(f"name=neq.{n}" for n in range(400))
    nested = "and(" * 20 + "id.eq.1" + ")" * 20
    assert get(client, f"/tables/persons?{conditions}").status == 200
    assert get(client, f"/tables/persons?or=({nested})").status == 400
    assert get(client, "/tables/persons?select=projects()").status == 200
    assert get(client, f"/tables/persons?id=in.({','.join(map(str, range(3000)))})").status == 200
