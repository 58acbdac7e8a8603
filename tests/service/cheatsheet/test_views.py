"""The sheet by curl and by JSON: what it lists, finds, runs and refuses."""

import json
import re
from threading import BoundedSemaphore
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from sqlalchemy import func, literal, select

from retort import Settings
from retort.cheatsheet import commands
from retort.cheatsheet.parameters import BadParameter, read
from retort.cheatsheet.recipe import Chapter
from retort.cheatsheet.recipes import CHAPTERS, RECIPES
from retort.cheatsheet.runs.runner import Runner
from retort.database import db

from ..application import MakeApp
from ..postgres import Server

pytestmark = pytest.mark.reads

JSON = {"Accept": "application/json"}


def run(client: FlaskClient, slug: str, **parameters: object) -> dict[str, Any]:
    response = client.get(f"/cheatsheet/{slug}", query_string=parameters, headers=JSON)
    assert response.status_code == 200, response.text
    return response.get_json()


# -- in a terminal


def test_it_lists_every_recipe_by_chapter(client: FlaskClient) -> None:
    response = client.get("/cheatsheet")
    assert response.content_type == "text/plain; charset=utf-8"
    lines = response.text.splitlines()
    for chapter in CHAPTERS:
        assert chapter.title in lines
    listed = [line.split()[:2] for line in lines if line.startswith("  ")]
    assert listed == [[recipe.number, recipe.slug] for recipe in RECIPES.values()]
    assert max(map(len, lines)) <= 100


def test_it_finds_by_words(client: FlaskClient) -> None:
    first = client.get("/cheatsheet?q=upsert").text.splitlines()[0]
    assert first.split()[1] == "upsert"


def test_nothing_found_says_so(client: FlaskClient) -> None:
    text = client.get("/cheatsheet?q=xyzzy").text
    assert text == "Nothing fits 'xyzzy'. Without words all are listed.\n"


def test_a_recipe_shows_its_code_its_statements_its_plan_and_its_rows(client: FlaskClient) -> None:
    text = client.get("/cheatsheet/like").text
    recipe = RECIPES["like"]
    assert text.startswith(f"{recipe.number}  {recipe.title}\n")
    assert recipe.modern.source in text
    assert re.search(r"^-- 3 statements, 4 round trips, \d+ ms$", text, re.MULTILINE)
    assert "WHERE (persons.name ILIKE" in text
    assert re.search(r"^--     .*Seq Scan on persons: [\d.]+ ms, .*<- slowest$", text, re.MULTILINE)
    assert re.search(r"^icontains +\['", text, re.MULTILINE)


def test_colour_only_where_it_is_asked_for(client: FlaskClient) -> None:
    address = "/cheatsheet/like"
    assert "\x1b[" not in client.get(address).text
    assert "\x1b[" in client.get(f"{address}?color=1").text
    assert "\x1b[" in client.get("/cheatsheet?color=1").text


def test_the_legacy_form_runs_too(client: FlaskClient) -> None:
    text = client.get("/cheatsheet/like?form=legacy").text
    assert "Person.query" in text


# -- as JSON


def test_json_is_what_openapi_says(client: FlaskClient) -> None:
    paths = client.get("/api/").get_json()["paths"]
    for path, answer in (
        ("/cheatsheet", client.get("/cheatsheet", headers=JSON)),
        ("/cheatsheet/{recipe}", client.get("/cheatsheet/n-plus-one", headers=JSON)),
    ):
        assert paths[path]["servers"] == [{"url": "/"}]
        said = paths[path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        OAS31Validator(said).validate(answer.get_json())
        assert answer.get_json()


def test_json_holds_all_of_a_run(client: FlaskClient) -> None:
    recipe = RECIPES["like"]
    assert recipe.legacy
    found = run(client, "like", part="m", form="legacy")
    assert (found["form"], found["code"]) == ("legacy", recipe.modern.source)
    assert found["legacy_code"] == recipe.legacy.source
    assert [(note["kind"], note["text"]) for note in found["pitfalls"]] == recipe.pitfalls
    assert found["links"] == [*recipe.links]
    assert found["parameters"] == {"part": "m", "limit": 5}
    assert (found["statements_sent"], found["round_trips"]) == (3, 4)
    begin, asked, *_ = found["statements"]
    assert (begin["sql"], begin["plan"], begin["rows"]) == ("BEGIN", None, None)
    assert asked["sql"].startswith("SELECT persons.")
    assert asked["parameters"] == ["name_1 = '%m%', param_1 = 5"]
    assert (asked["rows"], asked["round_trips"], asked["connection"]) == (2, 1, 1)
    assert asked["plan"]["title"] == "Limit"


def test_an_error_that_is_not_meant_is_not_expected(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    chapter = Chapter("Z", "Tests")

    @chapter.recipe("Another error", keywords="", links=(), raises=LookupError)
    def another_error() -> None:
        db.session.execute(select(1 / literal(0)))

    monkeypatch.setitem(RECIPES, "another-error", chapter.recipes[0])
    found = run(client, "another-error")
    assert found["result"]["error"] == "DataError"
    assert found["statements"][1]["error"] == "division by zero"
    assert found["expected"] is False


def test_n_plus_one_is_counted(client: FlaskClient) -> None:
    many, few = run(client, "n-plus-one"), run(client, "selectinload")
    assert many["result"] == few["result"]
    assert (many["statements_sent"], few["statements_sent"]) == (1 + 6, 2)


def test_an_error_that_is_the_lesson_is_the_result(client: FlaskClient) -> None:
    found = run(client, "detached-instance-error")
    assert found["result"]["error"] == "DetachedInstanceError"
    assert found["expected"] is True


# -- parameters


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
        ({"nothing": "1"}, "nothing: not a parameter of this recipe, which has part, limit"),
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


def test_an_unknown_recipe_names_what_is_near(client: FlaskClient) -> None:
    response = client.get("/cheatsheet/upserts")
    assert response.status_code == 404
    assert "Perhaps upsert" in response.text


# -- too much, and nothing there


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


def test_too_many_at_once_are_told_when_to_come_back(client: FlaskClient, runner: Runner) -> None:
    for _ in range(4):
        runner.places.acquire()
    response = client.get("/cheatsheet/n-plus-one")
    for _ in range(4):
        runner.places.release()
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "1"
    assert "Try again in a second" in response.text
    assert client.get("/cheatsheet/n-plus-one").status_code == 200


def test_without_a_database_it_lists_and_finds_but_does_not_run(
    client: FlaskClient, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = runner.sandbox.own.url.set(host="127.0.0.1", port=1)
    monkeypatch.setattr(runner.sandbox, "own", db.create_engine(nowhere))  # type: ignore[attr-defined]
    assert client.get("/cheatsheet").status_code == 200
    assert client.get("/cheatsheet/n-plus-one").status_code == 503


def test_a_database_that_db_init_has_not_seen_is_a_503_and_a_line(
    make_app: MakeApp, settings: Settings, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    with server.empty() as empty:
        url = settings.url.set(database=empty.database)
        app = make_app(database_url=url)
        responses = [
            app.test_client().get("/cheatsheet/n-plus-one"),
            app.test_client().post("/cheatsheet/n-plus-one", headers={"Accept": "text/html"}),
            app.test_client().post("/cheatsheet/n-plus-one/run"),
        ]
        code, out = cli(app, "n-plus-one")
        app.extensions["cheatsheet"].sandbox.close()
    assert [response.status_code for response in responses] == [503] * 3
    assert "The database is not prepared for the cheat sheet." in responses[0].text
    said = 'relation "cheatsheet.persons" does not exist; run db-init on this database'
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["message"] for line in lines] == [f"cheatsheet: {said}"] * 3
    assert (code, out) == (1, f"Error: {said}\n")


def test_a_server_that_db_init_has_not_seen_is_one_too(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Settings, "role", "nobody")
    response = make_app().test_client().get("/cheatsheet/n-plus-one")
    assert response.status_code == 503
    assert "The database is not prepared for the cheat sheet." in response.text
    said = json.loads(capsys.readouterr().err)["message"]
    assert said.endswith('role "nobody_sheet" does not exist; run db-init on this database')


# -- by hand


def cli(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["cheatsheet", *arguments])
    return result.exit_code, result.output


def test_the_command_is_the_same_as_curl(app: Flask, client: FlaskClient, runner: Runner) -> None:
    assert cli(app) == (0, client.get("/cheatsheet").text)
    assert cli(app, "get", "or", "create") == (0, client.get("/cheatsheet?q=get+or+create").text)
    code, out = cli(app, "like", "--set", "part=f", "--legacy")
    assert code == 0
    assert "Person.query" in out
    assert out.splitlines()[-1] == "icontains  ['Freya']"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["like", "--set", "limit=x"], "limit: must be a whole number"),
        (["like", "--set", "limit"], "--set limit: write it as NAME=VALUE"),
        (["upsert", "--legacy"], "upsert has no form 'legacy'"),
        (["counts", "--set", "least=1"], "there is no recipe 'counts' to run"),
    ],
)
def test_the_command_says_what_is_wrong(app: Flask, arguments: list[str], said: str) -> None:
    code, out = cli(app, *arguments)
    assert code == 1
    assert said in out


def test_the_command_says_when_too_many_run(
    app: Flask, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "places", BoundedSemaphore(0))
    code, out = cli(app, "like")
    assert code == 1
    assert "Too many recipes run at once" in out


def test_the_command_says_that_the_database_is_away(
    app: Flask, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = runner.sandbox.own.url.set(host="127.0.0.1", port=1)
    monkeypatch.setattr(runner.sandbox, "own", db.create_engine(nowhere))  # type: ignore[attr-defined]
    code, out = cli(app, "like")
    assert code == 1
    assert out.startswith("Error: the database does not answer: connection to server ")
    assert len(out.splitlines()) == 1


def test_the_command_has_colours_on_a_terminal(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" not in cli(app, "upsert")[1]
    terminal = SimpleNamespace(isatty=lambda: True)
    monkeypatch.setattr(commands, "sys", SimpleNamespace(stdout=terminal))
    assert "\x1b[" in cli(app, "upsert")[1]


def test_rows_are_aligned(runner: Runner) -> None:
    from retort.cheatsheet.renderers import terminal  # noqa: PLC0415

    chapter = Chapter("Z", "Tests")

    def rows() -> Any:
        names = select(func.unnest(["a", "a longer one"]).label("name"), literal(3).label("length"))
        return db.session.execute(names.order_by("name")).all()

    chapter.recipe("Test", keywords="", links=())(rows)
    lines = terminal.ran(runner.run(chapter.recipes[0], {}), color=False).splitlines()
    assert lines[-4:] == [
        "name          length",
        "------------  ------",
        "a             3",
        "a longer one  3",
    ]
