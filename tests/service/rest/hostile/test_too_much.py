"""Too much: JSON that is deep, long bodies and lists, huge numbers, absurd patterns."""

from __future__ import annotations

import pytest
from simplejson import scanner as scanners

from retort.rest.login import MAX_BYTES

from .attacker import Attacker, no_cover

DEEP = [1000, 100_000]


@pytest.mark.parametrize("depth", DEEP)
@pytest.mark.parametrize(
    ("method", "path", "around"),
    [
        ("POST", "projects", "%s"),
        ("POST", "persons", '{"name": "x", "profile": %s}'),
        ("PATCH", "persons?id=eq.1", '{"profile": %s}'),
        ("PUT", "projects?id=eq.1", '{"name": %s}'),
        ("FETCH", "persons", "%s"),
        ("FETCH", "persons", '{"where": {"id": %s}}'),
        ("POST", "", "%s"),
        ("POST", "", '[{"path": "/persons", "method": "POST", "body": {"profile": %s}}]'),
        ("POST", "login", "%s"),
    ],
)
def test_json_that_is_deep(send: Attacker, method: str, path: str, around: str, depth: int) -> None:
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        body = around % (opening * depth + "1" + closing * depth)
        response = send.refused(method, path, data=body, content_type="application/json")
        is_large = path == "login" and len(body) > MAX_BYTES
        assert response.get_json()["code"] == ("HTTP413" if is_large else "PGRST102")


def test_json_that_is_deep_in_a_cell_of_csv(send: Attacker) -> None:
    for depth in (101, 1000):
        body = "name,profile\nx," + "[" * depth + "]" * depth
        send.refused("POST", "persons", data=body, content_type="text/csv")
    body = "name,profile\nx," + "[" * 100 + "]" * 100
    assert send("POST", "persons", data=body, content_type="text/csv").status_code == 201


@pytest.mark.parametrize("scanner", ["make_scanner", "py_make_scanner"])
def test_json_nests_as_deep_whatever_reads_it(
    send: Attacker, monkeypatch: pytest.MonkeyPatch, scanner: str
) -> None:
    """Neither Python's version nor how simplejson was built decides."""
    monkeypatch.setattr("simplejson.decoder.make_scanner", getattr(scanners, scanner))
    for opening, inner, closing in (("[", "", "]"), ("[", "1", "]"), ('{"a":', "{}", "}")):
        for depth in (100, 101):
            around = depth - 1 - inner.count("{")
            body = f'{{"profile": {opening * around}{inner}{closing * around}}}'
            response = send("PATCH", "persons?id=eq.1", data=body)
            assert response.status_code == (204 if depth == 100 else 400)


def test_a_number_of_too_many_digits_is_refused_in_our_words(send: Attacker) -> None:
    body = f'{{"profile": {"1" * 5000}}}'
    response = send.refused("PATCH", "persons?id=eq.1", data=body)
    assert response.get_json()["details"] == "a whole number has too many digits"


@pytest.mark.parametrize("content_type", ["application/json", "text/csv", "text/plain"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "projects"),
        ("PATCH", "projects?id=eq.1"),
        ("PUT", "projects?id=eq.1"),
        ("FETCH", "projects"),
        ("POST", ""),
        ("POST", "login"),
    ],
)
def test_a_body_of_10_mb(send: Attacker, method: str, path: str, content_type: str) -> None:
    body = b'{"name": "' + b"x" * 10_000_000 + b'"}'
    response = send.refused(method, path, data=body, content_type=content_type)
    assert response.get_json()["code"] == "HTTP413"


@pytest.mark.parametrize("way", ["GET", "FETCH", "or", "PATCH"])
def test_10_000_elements_of_a_list(send: Attacker, way: str) -> None:
    ids = list(range(3, 10_003))
    listed = ",".join(map(str, ids))
    if way == "FETCH":
        response = send("FETCH", "persons", json={"where": {"id": ids}, "orderby": "id"})
    elif way == "GET":
        response = send("GET", "persons", query_string={"id": f"in.({listed})", "order": "id"})
    elif way == "or":
        response = send("GET", "persons", query_string={"or": f"(id.in.({listed}))"})
    else:
        headers = {"Prefer": "tx=rollback,return=representation"}
        query = {"id": f"in.({listed})"}
        response = send("PATCH", "persons", query_string=query, json={"name": "x"}, headers=headers)
    assert [row["id"] for row in response.get_json()] == [3, 4, 5, 6]


def test_a_list_whose_last_element_is_wrong(send: Attacker) -> None:
    listed = ",".join(map(str, range(10_000)))
    send.refused("GET", "persons", query_string={"id": f"in.({listed},x)"})
    send.refused("FETCH", "persons", json={"where": {"id": [*range(10_000), "x"]}})


def test_embeds_in_embeds(send: Attacker) -> None:
    def embeds(depth: int) -> str:
        return "orders(persons(" * (depth // 2) + "id" + "))" * (depth // 2)

    assert send("GET", f"persons?select=id,{embeds(8)}").status_code == 200
    assert send.refused("GET", f"persons?select=id,{embeds(10)}").get_json()["code"] == "PGRST100"
    send.refused("GET", f"persons?select=id,{embeds(2000)}")


def test_conditions_in_conditions(send: Attacker) -> None:
    def conditions(depth: int) -> str:
        return "(" + "and(" * depth + "id.eq.1" + ")" * depth + ")"

    assert send("GET", "persons", query_string={"or": conditions(7)}).status_code == 200
    for depth in (8, 5000):
        send.refused("GET", "persons", query_string={"or": conditions(depth)})


@no_cover
@pytest.mark.parametrize("many", [2000, 5000])
def test_thousands_of_items(send: Attacker, many: int) -> None:
    every = range(many)
    send("GET", "persons", query_string={"select": ",".join(f"a{n}:id" for n in every)})
    send("GET", "persons", query_string={"select": ",".join("id" for _ in every)})
    send(
        "GET", "persons", query_string={"select": ",".join(f"a{n}:orders(id)" for n in range(300))}
    )
    send("GET", "persons", query_string={"or": "(" + "orders.is.null," * 500 + "id.eq.1)"})
    send("GET", "persons", query_string={"order": ",".join("id" for _ in every)})
    send("GET", "persons", query_string={"or": f"({','.join(f'id.eq.{n}' for n in every)})"})
    send("GET", "persons", query_string=[("id", "gt.0") for _ in every])
    send("GET", "persons", query_string={"select": "profile" + "->a" * many})
    assert send("GET", f"persons?select=profile{'->a' * 50}").status_code == 200
    send("POST", "projects", query_string={"columns": "name," * many + "name"}, json={"name": "x"})


def test_many_embeds(send: Attacker) -> None:
    siblings = ",...orders()" * 11
    nested = f"{'orders(persons(' * 4}id{f'{siblings}){siblings})' * 4}"
    for items in (nested, ",".join(["orders()"] * 100)):
        assert send("GET", "persons", query_string={"select": items}).status_code in {200, 400}
    response = send.refused("GET", "persons", query_string={"select": "...orders()," * 700 + "id"})
    assert "at most 100 embeds" in response.get_json()["details"]


@pytest.mark.parametrize("digits", [18, 19, 30, 5000])
def test_huge_pages(send: Attacker, digits: int) -> None:
    number = "9" * digits
    for query in ({"limit": number}, {"offset": number}, {"orders.limit": number}):
        send("GET", "persons", query_string={"select": "*,orders(*)"} | query)
    send("GET", "persons", query_string={"limit": number, "offset": number})
    send("GET", "persons", headers={"Range": f"0-{number}"})
    send("GET", "persons", headers={"Range": f"{number}-", "Prefer": "count=exact"})
    send("FETCH", "persons", data=f'{{"limit": {number}, "offset": {number}}}')
    headers = {"Prefer": f"tx=rollback,handling=strict,max-affected={number}"}
    send("PATCH", "persons?id=eq.1", json={"name": "x"}, headers=headers)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(x+x+)+y",
        "((((.{1,255}){1,255}){1,255}){1,255})",
        "(" * 1000,
        "(" * 1000 + ")" * 1000,
        "[[:alpha:]",
        "a{999999}",
        r"(.*)\1\1\1\1(.*)\2",
        "***=x",
        "(?i)" * 100,
        "\\",
        "[",
    ],
)
def test_absurd_patterns(send: Attacker, pattern: str) -> None:
    for operator in ("match", "imatch", "like", "ilike", "match(any)"):
        send("GET", "persons", query_string={"name": f"{operator}.{pattern}"})
    send("GET", "persons", query_string={"name": "like." + "%_" * 2000 + pattern})
