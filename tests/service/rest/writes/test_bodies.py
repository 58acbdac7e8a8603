"""What a body may be: JSON, CSV, a form."""

from typing import Any

import pytest

from ...postgres import Database
from .conftest import Send

SHOWN = "return=representation"
CSV = "text/csv"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def items(serve: Any) -> Send:
    return serve(
        "CREATE TABLE shop.items (id int PRIMARY KEY, name text, price int, more jsonb)",
        "GRANT ALL ON shop.items TO member",
    )


def test_an_empty_cell_is_an_empty_text_and_a_cell_null_is_null(items: Send) -> None:
    body = 'id,name\n1,\n2,""\n3,NULL\n4,"NULL"\n5,null\n'
    rows = items("POST", "/items", body, Content_Type=CSV, Prefer=SHOWN).get_json()
    assert [row["name"] for row in rows] == ["", "", None, None, "null"]


@pytest.mark.parametrize("body", ['{"id":1}', '[{"id":1}]'])
def test_json_may_begin_with_a_byte_order_mark(items: Send, body: str) -> None:
    answer = items("POST", "/items?select=id", "\ufeff" + body, Content_Type=JSON, Prefer=SHOWN)
    assert answer.get_json() == [{"id": 1}]


def test_an_empty_cell_is_no_number_and_no_json(items: Send) -> None:
    for header, code in (("id,price", "22P02"), ("id,more", "PGRST102")):
        refused = items("POST", "/items", f"{header}\n1,\n", Content_Type=CSV)
        assert (refused.status_code, refused.get_json()["code"]) == (400, code)
    body = 'id,price,more\n1,NULL,NULL\n2,3,"{""a"": [1]}"\n'
    rows = items("POST", "/items?select=price,more", body, Content_Type=CSV, Prefer=SHOWN)
    assert rows.get_json() == [{"price": None, "more": None}, {"price": 3, "more": {"a": [1]}}]


def test_a_form_is_a_row_of_texts(items: Send) -> None:
    body = "id=7&name=forms+are+fun%21&price="
    refused = items("POST", "/items", body, Content_Type=FORM)
    assert refused.get_json()["code"] == "22P02"
    new = items("POST", "/items", body + "3", Content_Type=FORM, Prefer=SHOWN)
    assert new.get_json() == [{"id": 7, "name": "forms are fun!", "price": 3, "more": None}]
    changed = items("PATCH", "/items?id=eq.7", "name=", Content_Type=FORM, Prefer=SHOWN)
    assert changed.get_json()[0]["name"] == ""


@pytest.mark.parametrize("body", ["id=1&id=2", "%ff=1", "id=%ff"])
def test_a_form_that_is_none_is_refused(items: Send, body: str) -> None:
    refused = items("POST", "/items", body, Content_Type=FORM)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "PGRST102")


@pytest.mark.parametrize("body", [[{"id": 1}, 2], [{"id": 1}, {"name": "x"}], [1]])
def test_rows_are_objects_of_the_same_keys(items: Send, body: Any) -> None:
    refused = items("POST", "/items", body).get_json()
    assert (refused["code"], refused["message"]) == ("PGRST102", "All object keys must match")


@pytest.mark.parametrize("parameter", ["columns", "on_conflict"])
def test_no_names_are_not_all_names(items: Send, parameter: str) -> None:
    refused = items("POST", f"/items?{parameter}=", [{"id": 1}])
    assert (refused.status_code, refused.get_json()["code"]) == (400, "PGRST100")


def test_json_is_kept_as_the_client_wrote_it(serve: Any, database: Database) -> None:
    send = serve(
        "CREATE TABLE shop.kept (id int PRIMARY KEY, word text, raw json)",
        "GRANT ALL ON shop.kept TO member",
    )
    for id_, written in enumerate(
        ('{"city":"Zürich \U0001f600"}', r'{"city": "Z\u00fcrich"}', "[ 1e2,2.50,-0 ]")
    ):
        row = f'{{"id":{id_},"word":{written},"raw":{written}}}'
        for method, path, body in (
            ("POST", "/kept", f"[{row}]"),
            ("PATCH", f"/kept?id=eq.{id_}", row),
            ("PUT", f"/kept?id=eq.{id_}", row),
            ("PUT", f"/kept/{id_}", f"[{row}]"),
            ("POST", "/kept?columns=id,word,raw&on_conflict=id", row[:-1] + ',"more":1}'),
        ):
            wish = "resolution=merge-duplicates" if "on_conflict" in path else ""
            answer = send(method, path, body, Content_Type=JSON, Prefer=wish)
            assert answer.status_code in (200, 201, 204), answer.text
            kept = f"SELECT word, raw::text FROM shop.kept WHERE id = {id_}"
            assert database.execute(kept) == [(written, written)]
            database.execute("UPDATE shop.kept SET word = '', raw = '0'")


NOTHING = [
    ("POST", "/items?", "[]"),
    ("PATCH", "/items?id=eq.1&", "[]"),
    ("PATCH", "/items?", "{}"),
]


@pytest.mark.parametrize(("method", "path", "body"), NOTHING)
def test_a_write_of_nothing_shows_no_row_of_what_it_would(
    items: Send, method: str, path: str, body: str
) -> None:
    wish = {"Content_Type": JSON, "Prefer": SHOWN}
    answer = items(method, f"{path}select=id,n:name", body, Accept=CSV, **wish)
    assert (answer.mimetype, answer.text) == (CSV, "id,n\n")
    refused = items(method, f"{path}select=nope", body, **wish)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "42703")


@pytest.mark.parametrize("body", [{}, [], [{}]])
def test_a_patch_of_nothing_changes_nothing(items: Send, body: Any) -> None:
    items("POST", "/items", {"id": 1, "name": "x"})
    for path in ("/items", "/items?id=eq.1", "/items?select=id"):
        assert items("PATCH", path, body).status_code == 204
        shown = items("PATCH", path, body, Prefer=SHOWN)
        assert (shown.status_code, shown.get_json()) == (200, [])
        assert shown.headers["Content-Range"] == "*/*"
