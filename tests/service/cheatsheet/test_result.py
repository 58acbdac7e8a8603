"""What a page shows of a run: its result, and the SQL that was sent."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from .added import added
from .client import HTML, JSON

pytestmark = pytest.mark.reads


def test_all_that_was_sent_can_be_copied_with_its_values(client: FlaskClient) -> None:
    html = client.post("/cheatsheet/like", headers=HTML, data={"part": "<i>"}).text
    script = html.split('data-part="sql">')[1].split("</pre>")[0]
    assert '<span class="c1">-- name_1 = &#39;%&lt;i&gt;%&#39;, param_1 = 5</span>' in script
    assert re.sub("<[^>]+>", "", script).strip().startswith("BEGIN;\n\nSELECT persons.name\n")
    assert "<i>" not in html


def test_an_error_is_the_lesson_or_a_surprise(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise KeyError("nobody")

    html = client.post(added(monkeypatch, fail, KeyError), headers=HTML).text
    assert "Raises, as it should" in html
    assert "unexpected" not in html
    html = client.post(added(monkeypatch, fail), headers=HTML).text
    assert 'class="raised unexpected"' in html
    html = client.post(added(monkeypatch, lambda: 1, KeyError), headers=HTML).text
    assert "No KeyError this time." in html


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ([], "[]"),
        ([1, 2], '<ol class="values"><li>1</li><li>2</li></ol>'),
        ([{"n": 1}], '<th scope=col class="right">n</th>'),
        ({"a": "x"}, "<th scope=row>a</th>"),
        ([{"n": n} for n in range(50)], "and 10 more"),
        ([{"n": 1}, 2], "AttributeError"),
        ([{"n": {(1, 2): 3}}], "TypeError"),
    ],
)
def test_each_kind_of_result_has_its_form(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, value: object, shown: str
) -> None:
    assert shown in client.post(added(monkeypatch, lambda: value), headers=HTML).text


def test_statements_that_are_not_kept_are_counted(client: FlaskClient) -> None:
    address = "/cheatsheet/add-all?count=100&batch=1"
    found = client.get(address, headers=JSON).get_json()
    kept = len(found["statements"])
    assert (kept, found["statements_sent"] > 100) == (60, True)
    said = re.search(r"^-- and (\d+) more$", client.get(address).text, re.MULTILINE)
    assert said
    page = client.post(address, headers={"Accept": "text/html"}).text
    assert page.count(f"and {said[1]} more") == 2  # beside the statements, and in the tab SQL
    *_, shown = client.post(f"{address.replace('?', '/run?')}").text.split('"statements"')
    assert f"and {said[1]} more" in shown
