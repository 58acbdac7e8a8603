"""What is made of the runs besides the README: the edition to print."""

import re
import shlex
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from retort.cheatsheet.edition import index, paper, readme, shortened, two_pages, write
from retort.cheatsheet.recipes import RECIPES
from retort.cheatsheet.runs.record import Statement
from retort.cheatsheet.runs.result import Shown
from retort.cheatsheet.runs.runner import Lacking, Runner

pytestmark = pytest.mark.reads

SOME = ("like", "many-to-many", "upsert", "statement-timeout")


class Page(HTMLParser):
    """The tags of a page, and what they ask for."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.asked: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.asked += [value or "" for name, value in attrs if name in ("src", "href", "srcset")]


@pytest.fixture
def html(runner: Runner) -> str:
    recipes = [RECIPES[slug] for slug in SOME]
    return paper.document(
        {recipe.slug: runner.run(recipe, dict(recipe.parameters())) for recipe in recipes}
    )


def test_the_edition_to_print_holds_all_that_it_needs(html: str) -> None:
    for each in (html, two_pages.document()):
        page = Page(each)
        assert {address[:1] for address in page.asked} <= {"#"}
        assert not page.tags & {"script", "link", "img", "iframe"}
        assert "@import" not in each
        assert "url(" not in each


def test_the_edition_to_print_shows_code_statements_and_result(html: str) -> None:
    for slug in SOME:
        assert f"<i>{slug}</i>" in html
    text = re.sub(r"<[^>]+>", "", html)
    assert "Person.name.ilike(" in text
    assert "CREATE TABLE posts (…)" in text
    assert "ON CONFLICT" in text
    assert "OperationalError" in text


def test_a_recipe_that_names_another_leads_to_it(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    like, *others = (RECIPES[slug] for slug in ("like", "order-by", "association-object"))
    text = "Not `like()`, but `order_by()` and `rows`; see the association object."
    monkeypatch.setitem(vars(like), "text", text)
    html = paper.document(
        {recipe.slug: runner.run(recipe, dict(recipe.parameters())) for recipe in (like, *others)}
    )
    assert (
        "Not <code>like()</code>, but "
        f'<a href="#order-by"><code>order_by()</code> <b>{others[0].number}</b></a> and '
        "<code>rows</code>; see the "
        f'<a href="#association-object">association object <b>{others[1].number}</b></a>.'
    ) in html


def test_the_index_leads_from_words_to_recipes() -> None:
    words = dict(index.entries(RECIPES.values()))
    for word, slug in {
        "upsert": "upsert",
        "IntegrityError": "integrity-error",
        "on_conflict_do_update": "upsert",
        "NOT": "and-or-not",
        "@>": "jsonb-contains",
    }.items():
        assert RECIPES[slug] in words[word]
    assert not {"the", "The", "a", "how", "(", "COUNT(*"} & words.keys()
    assert all(words.values())
    common = [word for word, recipes in words.items() if len(recipes) > index.MOST]
    for word in common:
        for recipe in words[word]:
            assert word.lower() in recipe.title.lower()
    ordered = list(words)
    assert not ordered[0][0].isalnum()  # signs come first
    assert ordered.index("IntegrityError") < ordered.index("upsert")


def test_the_essential_is_cut_out_of_the_recipes(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = [one for several in two_pages.snippets().values() for one in several]
    assert len({one.recipe.slug for one in shown}) == len(shown)
    for one in shown:
        source = one.recipe.modern.source
        assert all(line.strip() in source for line in one.code.splitlines())
    code = {one.recipe.slug: one.code for one in shown}
    assert code["add"] == "person = Person(name=name)\ndb.session.add(person)\ndb.session.commit()"
    assert code["get-or-404"].startswith('@app.get("/persons/<int:number>")\ndef person(number):\n')
    assert ".join(Person.orders)" in code["join"]
    assert "Person.name.in_([first, second])\n" in code["in-list"]

    monkeypatch.setattr(two_pages, "SUBJECTS", {"Read": {"count": ("count_the_rows(",)}})
    with pytest.raises(LookupError, match=r"^count has no 'count_the_rows\('"):
        two_pages.snippets()


def test_the_essential_has_the_imports_of_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    imports = two_pages.imports()
    assert "\nfrom retort.models import Order, OrderStatus, Person, Project\n" in imports
    monkeypatch.setattr(two_pages, "SUBJECTS", {"Read": {"count": ("select_from(Person)",)}})
    assert two_pages.imports().splitlines() == [
        "from retort.database import db",
        "from retort.models import Person",
        "from sqlalchemy import func, select",
    ]


def test_paper_has_the_statements_that_tell_something() -> None:
    row = {"name": "it's", "amount": Decimal("1.50"), "tags": ["a", None], "is_new": True}
    lines, more = shortened.statements(
        [
            Statement("BEGIN"),
            Statement("SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class"),
            Statement("SELECT a.x, a.y,\n a.z, a.n\nFROM a WHERE a.x LIKE %s || '%%'", ("b",)),
            Statement("ROLLBACK"),
            Statement("BEGIN", connection=2),
            *(
                Statement("INSERT INTO a VALUES (%(name)s::VARCHAR, %(amount)s)", row, connection=2)
                for _ in range(3)
            ),
            Statement("UPDATE a SET t = %(tags)s, n = %(is_new)s", row, error="no", connection=2),
            Statement("ROLLBACK", connection=2),
            Statement("SELECT a WHERE a > $2::INTEGER AND b = $1", ("b", 3)),
        ],
        ddl=False,
    )
    assert [(line.connection, line.sql, line.times, line.error) for line in lines] == [
        (1, "SELECT a.x, … FROM a WHERE a.x LIKE 'b' || '%'", 1, ""),
        (2, "INSERT INTO a VALUES ('it''s', 1.50)", 3, ""),
        (2, "UPDATE a SET t = ARRAY['a', NULL], n = true", 1, "no"),
        (2, "ROLLBACK", 1, ""),
        (1, "SELECT a WHERE a > 3 AND b = 'b'", 1, ""),
    ]
    assert more == 0


def test_paper_has_the_first_of_many() -> None:
    many = [Statement(f"SELECT {number}") for number in range(shortened.STATEMENTS)]
    again = [Statement("SELECT 'again'")] * 3
    lines, more = shortened.statements([*many, *again], ddl=False)
    assert [line.sql for line in lines] == [one.sql for one in many]
    assert [line.connection for line in lines] == [0] * len(many)
    assert more == 3
    (line,), _ = shortened.statements([Statement(f"SELECT '{'x' * 1000}' AS y")], ddl=False)
    assert re.fullmatch(r"SELECT 'x+ … x+' AS y", line.sql)
    assert len(line.sql) < shortened.LONGEST + 10

    rows = [[str(number), "x" * 1000] for number in range(8)]
    shown = shortened.result(Shown(["n", "x"], rows, more=2))
    assert [row[0] for row in shown.rows] == ["0", "1", "2", "3", "4"]
    assert shown.rows[0][1] == "x" * shortened.CELL + "…"
    assert shown.more == 5
    shown = shortened.result(Shown([], [], text="\n".join("abcdefghijkl")))
    assert shown.text.splitlines() == [*"abcdefgh", "…"]


def test_what_changed_is_told_as_a_diff() -> None:
    assert write.difference("a\nb\n", "a\nb\n") == ""
    assert "-b\n+c" in write.difference("a\nb\n", "a\nc\n")


def test_the_readme_takes_what_is_new_and_keeps_what_cannot_run(
    runner: Runner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = write.stored()
    monkeypatch.setattr(write, "README", readme := tmp_path / "README.md")
    old = before.replace("`like`: ", "`like`: Once it said this. ")
    readme.write_text(old, encoding="utf-8")
    runs = {slug: runner.forms(RECIPES[slug]) for slug in ("like", "count")}
    runs["count"][0].result.error = Lacking.__name__
    write.readme(runs)
    assert readme.read_text(encoding="utf-8") == before
    out = capsys.readouterr().out
    assert "count stays as it was: " in out
    assert re.search("^-.*Once it said this", out, re.MULTILINE)


def test_the_introduction_shows_what_a_terminal_shows(client: FlaskClient) -> None:
    shown = re.findall(r"^\$ curl (.*)\n((?:(?![$`]).*\n)*)", readme.INTRODUCTION, re.MULTILINE)
    assert len(shown) == 3
    for command, lines in shown:
        address, *header = shlex.split(command)
        headers = {"Accept": header[-1].removeprefix("Accept: ")} if header else {}
        said = client.get(address.removeprefix("localhost:8000"), headers=headers).text
        assert said.startswith(lines.partition("...")[0].rstrip("\n")), command


def test_without_a_browser_there_is_no_pdf_and_that_is_said(
    runner: Runner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    write.edition({"like": runner.forms(RECIPES["like"])}, tmp_path / "build")
    html = (tmp_path / "build/cheatsheet.html").read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert capsys.readouterr().out.endswith("no PDF: Chromium, which makes it, is not installed\n")
