"""`/tables`: every table that the API serves, to look at in a browser."""

import html
import json
import re
import shlex
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from retort import tables
from retort.database import db

from ..application import MakeApp
from ..page import Page
from ..postgres import Database

pytestmark = pytest.mark.reads

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
TABLES = ["notes", "orders", "persons", "projects"]


def get(client: FlaskClient, url: str) -> Page:
    return Page(client.get(url, headers={"Accept": BROWSER}, follow_redirects=True))


def shown(page: Page) -> str:
    """Which rows of how many, as the caption has it."""
    found = re.search(r"([\d,]+)\N{EN DASH}([\d,]+ of [\d,]+) ", page.html)
    assert found
    return f"{found[1]}-{found[2]}"


def as_list(document: Any) -> list[Any]:
    return document if isinstance(document, list) else [document]  # pyright: ignore[reportUnknownVariableType]


def names(page: Page) -> list[str]:
    return page.columns["name"]


# The list of tables


def test_every_table_of_the_api_is_listed_and_no_other(client: FlaskClient) -> None:
    page = get(client, "/tables")
    assert page.status == 200
    assert [name for name in page.links if name != "Retort"] == TABLES
    assert "password_hash" not in page.html


def test_a_table_that_needs_a_token_is_marked(client: FlaskClient) -> None:
    marked = re.findall(r">(\w+)</a> <span class=.tag.>needs a token<", get(client, "/tables").html)
    assert marked == ["notes"]


def test_the_front_page_leads_there(client: FlaskClient) -> None:
    assert "/tables" in get(client, "/").links.values()


def test_the_front_page_does_without_it(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> None: ...

    monkeypatch.setattr(tables, "init_app", nothing)
    client = make_app().test_client()
    assert get(client, "/tables").status == 404
    page = get(client, "/")
    assert page.status == 200
    assert "/tables" not in page.links.values()


# Rows


def test_a_table_shows_its_rows(client: FlaskClient) -> None:
    page = get(client, "/tables/projects")
    assert page.rows == [
        ["id", "name"],
        ["1", "Alembic still"],
        ["2", "Funnel"],
        ["3", "Spring catalogue"],
    ]
    assert shown(page) == "1-3 of 3"


def test_it_shows_them_a_page_at_a_time(client: FlaskClient, database: Database) -> None:
    database.execute("INSERT INTO projects (name) SELECT 'p' || n FROM generate_series(1, 1231) n")
    page = get(client, "/tables/projects")
    assert len(page.rows) == 1 + 25
    assert shown(page) == "1-25 of 1,234"
    assert "← Previous" not in page.links
    page = get(client, page.links["Next →"])
    assert shown(page) == "26-50 of 1,234"
    assert page.columns["id"][0] == "26"
    page = get(client, page.links["← Previous"])
    assert shown(page) == "1-25 of 1,234"
    last = get(client, "/tables/projects?offset=1225")
    assert shown(last) == "1,226-1,234 of 1,234"
    assert "Next →" not in last.links


def test_of_many_rows_it_says_about_how_many_there_are(
    client: FlaskClient, database: Database
) -> None:
    database.execute(
        "INSERT INTO projects (name) SELECT 'p' || n FROM generate_series(1, 11_997) n",
        "ANALYZE projects",
    )
    assert "1\N{EN DASH}25 of about 12,000 projects" in get(client, "/tables/projects").html
    page = get(client, "/tables/projects?name=neq.p&offset=11950")
    assert "2 statements, of which the last estimates the number of rows" in page.html
    assert len(page.rows) == 1 + 25
    last = get(client, page.links["Next →"])
    assert len(last.rows) == 1 + 25
    assert get(client, last.links["Next →"]).links["To the first page"]
    assert "No more projects" in get(client, "/tables/projects?offset=12000").html


def test_the_size_of_a_page_is_the_readers_choice(client: FlaskClient, database: Database) -> None:
    database.execute("INSERT INTO projects (name) SELECT 'p' || n FROM generate_series(1, 97) n")
    page = get(client, get(client, "/tables/projects").sent(limit="10"))
    assert shown(page) == "1-10 of 100"
    assert shown(get(client, page.links["Next →"])) == "11-20 of 100"
    assert shown(get(client, page.sent(limit="500"))) == "1-100 of 100"


def test_no_page_is_larger_than_an_answer_of_the_api(make_app: MakeApp) -> None:
    client = make_app(api_max_rows=2).test_client()
    page = get(client, "/tables/persons?limit=4")
    assert shown(page) == "1-2 of 6"
    page = get(client, page.links["Next →"])
    assert shown(page) == "3-4 of 6"
    assert shown(get(client, page.links["← Previous"])) == "1-2 of 6"


def test_an_empty_table_still_has_its_columns(client: FlaskClient, database: Database) -> None:
    database.execute("DELETE FROM projects")
    page = get(client, "/tables/projects")
    assert page.rows == [["id", "name"]]
    assert "No projects<" in page.html
    assert "No projects that match" in get(client, "/tables/projects?id=eq.1").html


def test_a_page_follows_the_one_before_it(client: FlaskClient, database: Database) -> None:
    """Rows have an order, though nobody asked for one."""
    database.execute("UPDATE persons SET name = name WHERE id = 1")  # moves it to the end
    for path in ("/tables/persons", "/tables/persons?select=*,projects(*)"):
        assert get(client, path).columns["id"] == ["1", "2", "3", "4", "5", "6"]


def test_groups_are_shown_too(client: FlaskClient) -> None:
    page = get(client, "/tables/orders?select=status,amount.sum()&order=status")
    assert page.columns == {
        "status": ["pending", "paid", "shipped", "cancelled"],
        "sum": ["87.40", "83.40", "439.25", "240.00"],
    }


# Sorting


def test_a_click_on_a_column_sorts_by_it(client: FlaskClient) -> None:
    def sorted_by(page: Page) -> list[tuple[str | None, str | None]]:
        return [
            (given.get("aria-sort"), given.get("scope"))
            for tag, given in page.tags
            if tag == "th" and "aria-sort" in given
        ]

    page = get(client, "/tables/orders")
    page = get(client, page.links["amount"])
    assert page.columns["amount"][0] == "12.00"
    assert sorted_by(page) == [("ascending", "col")]
    page = get(client, page.links["amount"])
    assert page.columns["amount"][0] == "310.25"
    assert sorted_by(page) == [("descending", "col")]
    assert page.links["amount"] == "/tables/orders"


def test_sorting_keeps_the_filters_and_begins_anew(client: FlaskClient) -> None:
    page = get(client, "/tables/persons?tags=cs.{engineer}&limit=1&offset=1")
    assert names(page) == ["Deniz"]
    page = get(client, page.links["name"])
    assert names(page) == ["Ben"]
    assert shown(page) == "1-1 of 3"


# Filters


@pytest.mark.parametrize(
    ("column", "operator", "value", "found"),
    [
        ("name", "eq", "Amy", ["Amy"]),
        ("name", "eq", "Amy'; DROP TABLE persons --", []),
        ("manager_id", "neq", "1", ["Deniz", "Emeka", "Freya"]),
        ("id", "gt", "4", ["Emeka", "Freya"]),
        ("id", "gte", "5", ["Emeka", "Freya"]),
        ("id", "lt", "2", ["Amy"]),
        ("id", "lte", "2", ["Amy", "Ben"]),
        ("name", "ilike", "*E*", ["Ben", "Deniz", "Emeka", "Freya"]),
        ("name", "not.ilike", "*e*", ["Amy", "Chloé"]),
        ("name", "in", "Amy,Freya", ["Amy", "Freya"]),
        ("name", "in", '("Amy")', ["Amy"]),
        ("tags", "cs", '{"on call"}', ["Emeka"]),
        ("profile", "cs", '{"city": "Lyon"}', ["Chloé"]),
        ("name", "wfts", "amy or ben", ["Amy", "Ben"]),
        ("email", "is.null", "", ["Freya"]),
        ("manager_id", "not.is.null", "whatever", ["Ben", "Chloé", "Deniz", "Emeka", "Freya"]),
    ],
)
def test_the_form_filters(
    client: FlaskClient, column: str, operator: str, value: str, found: list[str]
) -> None:
    form = get(client, "/tables/persons")
    page = get(client, form.sent(column=column, operator=operator, value=value))
    assert page.status == 200
    assert page.columns.get("name", []) == found
    # The form shows the filter, and sent as it stands it changes nothing.
    assert ("~column", column) in page.fields
    assert ("~operator", operator) in page.fields
    assert get(client, page.sent()).rows == page.rows


def test_several_filters_all_hold(client: FlaskClient) -> None:
    page = get(client, "/tables/persons")
    page = get(client, page.sent(column="tags", operator="cs", value="{engineer}"))
    page = get(client, page.sent(column="id", operator="gt", value="2"))
    assert names(page) == ["Deniz", "Emeka"]
    page = get(client, page.links["Remove the filter tags contains {engineer}"])
    assert names(page) == ["Chloé", "Deniz", "Emeka", "Freya"]


def test_every_view_has_an_address_that_is_a_request_of_the_api(client: FlaskClient) -> None:
    form = get(client, "/tables/persons")
    response = client.get(form.sent(column="name", operator="ilike", value="*e&y*"))
    assert response.status_code == 302
    assert response.headers["Location"] == "/tables/persons?name=ilike.*e%26y*"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("or=(name.eq.Amy,name.eq.Ben)", ["Amy", "Ben"]),
        ("profile->>city=eq.Lyon", ["Chloé"]),
        ("name[0]=eq.Amy", ["Amy"]),
        ("select=name,manager!inner(name)&manager.name=eq.Chloé", ["Freya"]),
    ],
)
def test_what_the_form_has_no_field_for_is_kept_and_can_be_removed(
    client: FlaskClient, query: str, found: list[str]
) -> None:
    page = get(client, f"/tables/persons?{query}")
    assert names(page) == found
    assert names(get(client, page.sent(limit="10"))) == found
    condition = query.rpartition("&")[2]
    assert len(names(get(client, page.links[f"Remove the condition {condition}"]))) > len(found)


# What a view is made of


@pytest.mark.parametrize(
    "path",
    [
        "/tables/persons",
        '/tables/persons?name=eq.O\'Neil %25 "x"\\',
        "/tables/persons?id=in.(1,2)&order=name.desc&limit=1",
        "/tables/orders?status=eq.paid",
        "/tables/persons/1",
    ],
)
def test_the_request_that_is_shown_gives_what_is_shown(client: FlaskClient, path: str) -> None:
    page = get(client, path)
    assert page.status == 200
    found = re.search(r'<code class="copy">(.*?)</code>', page.html, re.DOTALL)
    assert found
    curl, *words = shlex.split(html.unescape(found[1]))
    assert curl == "curl"
    url = urlsplit(words.pop())
    assert url.netloc == "localhost"
    headers = dict(word.split(": ") for word in words if word != "-H")
    response = client.get(f"{url.path}?{url.query}", headers=headers)
    assert f"{url.path}?{url.query}".rstrip("?") in page.links
    assert response.status_code in (200, 206)
    for row in as_list(response.json):
        assert f">{row['id']}<" in page.html


@pytest.mark.parametrize(
    "path",
    [
        '/tables/persons?name=not.eq.O\'Neil %25s "x"\\&id=gt.1&limit=2',
        "/tables/orders/1",
        "/tables/projects?select=*,persons!inner()&persons.id=eq.4&order=name.desc",
        "/tables/persons?name=in.(Amy,Chloé)&profile->>city=eq.Lyon",
    ],
)
def test_the_sql_that_is_shown_can_be_run(
    client: FlaskClient, database: Database, path: str
) -> None:
    page = get(client, path)
    assert page.status == 200
    found = re.search(r'aria-labelledby="sql"><code>(.*?)</code>', page.html, re.DOTALL)
    assert found
    assert "<mark>" in found[1]
    sql = html.unescape(re.sub("</?mark>", "", found[1]))
    body = database.execute(sql.replace(":", "\\:"))[0].body
    answer = client.get(path.replace("/tables", "/api"))
    assert json.loads(f"[{body}]") == as_list(answer.json)


@pytest.mark.parametrize(
    "path",
    [
        "/tables/persons",
        "/tables/persons?id=gt.1&order=name&offset=1",
        "/tables/projects?select=*,persons!inner()&persons.id=eq.1",
        "/tables/persons/1",
        "/tables/persons/99",
    ],
)
def test_a_view_is_one_round_trip(client: FlaskClient, statements: list[str], path: str) -> None:
    get(client, path)
    (statement,) = statements
    assert statement.startswith("SELECT")


@pytest.mark.parametrize("path", ["/tables", "/tables/notes", "/tables/nosuch"])
def test_what_shows_no_rows_does_without_the_database(
    client: FlaskClient, statements: list[str], path: str
) -> None:
    get(client, path)
    assert statements == []


# Relations


def test_related_rows_are_counted_up_to_a_hundred(client: FlaskClient, database: Database) -> None:
    database.execute(
        "INSERT INTO persons (name, manager_id) SELECT 'p', 2 FROM generate_series(1, 99)",
        "UPDATE persons SET manager_id = 1 WHERE manager_id = 2 AND name <> 'p'",
    )
    assert ["reports", "99"] in [cells[:2] for cells in get(client, "/tables/persons/2").rows]
    database.execute("INSERT INTO persons (name, manager_id) VALUES ('q', 2), ('q', 2)")
    more = get(client, "/tables/persons/2")
    assert ["reports", "100+"] in [cells[:2] for cells in more.rows]


def test_a_foreign_key_leads_to_its_row(client: FlaskClient) -> None:
    page = get(client, "/tables/orders?id=eq.3")
    url = page.links["3"]
    assert url == "/tables/orders/3"
    assert "/tables/persons/3" in page.html
    assert "<h1>persons 3</h1>" in get(client, "/tables/persons/3").html


def test_a_row_leads_to_those_that_point_at_it(client: FlaskClient) -> None:
    row = get(client, "/tables/persons/1")
    assert dict(cells[:2] for cells in row.rows)["orders"] == "2"
    assert get(client, row.links["orders"]).columns["id"] == ["1", "4"]
    assert dict(cells[:2] for cells in row.rows)["reports"] == "2"
    assert names(get(client, row.links["reports"])) == ["Ben", "Chloé"]


def test_a_row_leads_through_an_association_table(client: FlaskClient) -> None:
    row = get(client, "/tables/persons/4")
    assert dict(cells[:2] for cells in row.rows)["projects"] == "2"
    page = get(client, row.links["projects"])
    assert names(page) == ["Alembic still", "Funnel"]
    back = get(client, "/tables/projects/3")
    assert names(get(client, back.links["persons"])) == ["Chloé", "Freya"]


def test_a_row_leads_to_the_one_it_points_to(client: FlaskClient) -> None:
    assert get(client, "/tables/persons/4").links["manager"] == "/tables/persons/2"
    assert "manager" not in get(client, "/tables/persons/1").links


# Values


def test_null_is_not_an_empty_text(client: FlaskClient, database: Database) -> None:
    database.execute("UPDATE persons SET email = '' WHERE id = 1")
    page = get(client, "/tables/persons?id=in.(1,6)")
    assert page.columns["email"] == ["''", "NULL"]
    assert page.html.count('class="null"') == 3
    database.execute("UPDATE persons SET email = 'NULL' WHERE id = 1")
    page = get(client, "/tables/persons?id=in.(1,6)")
    assert page.columns["email"] == ["NULL", "NULL"]
    assert page.html.count('class="null"') == 3 - 1


def test_a_list_of_texts_and_json_are_readable(client: FlaskClient) -> None:
    page = get(client, "/tables/persons?id=eq.2")
    assert '<span class="tag">engineer</span>' in page.html
    assert page.columns["profile"] == ['{"city": "Utrecht", "languages": ["nl", "en", "de…']
    without_key = get(client, "/tables/persons?select=profile&id=eq.2")
    whole = '{"city": "Utrecht", "languages": ["nl", "en", "de"]}'
    assert without_key.columns["profile"] == [whole]
    row = get(client, "/tables/persons/2")
    profile = dict(cells[:2] for cells in row.rows)["profile"]
    assert profile.startswith('{\n  "city": "Utrecht",\n  "languages": [\n')


def test_a_long_text_is_whole_at_the_page_of_its_row(
    client: FlaskClient, database: Database
) -> None:
    text = "so " * 1000 + "end"
    database.execute("UPDATE persons SET name = :name WHERE id = 1", name=text)
    assert names(get(client, "/tables/persons?id=eq.1")) == [text[:49] + "…"]
    assert text in get(client, "/tables/persons/1").html


def test_numbers_and_times_are_as_postgres_has_them(
    client: FlaskClient, database: Database
) -> None:
    database.execute("UPDATE orders SET amount = 9999999999.10, person_id = 2 WHERE id = 1")
    page = get(client, "/tables/orders?id=eq.1")
    assert page.columns["amount"] == ["9999999999.10"]
    assert page.columns["placed_at"] == ["2026-01-14 09:00:00 UTC"]
    assert 'datetime="2026-01-14T09:00:00+00:00"' in page.html
    assert ("td", {"class": "number"}) in page.tags


def test_what_is_nested_too_deep_is_refused(client: FlaskClient, database: Database) -> None:
    for depth, status in ((200, 200), (247, 200), (248, 413), (2000, 413)):
        database.execute(
            "UPDATE persons SET profile = jsonb_build_object('a', CAST(:deep AS jsonb))",
            deep="[" * depth + "]" * depth,
        )
        for path in ("/tables/persons", "/tables/persons/1"):
            assert get(client, path).status == status
    assert get(client, "/tables/persons?select=id,name").status == 200


# Who may read


@pytest.mark.parametrize("path", ["/tables/notes", "/tables/notes/1", "/tables/notes?id=eq.1"])
def test_what_needs_a_token_is_refused_with_the_way_to_read_it(
    client: FlaskClient, path: str
) -> None:
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "permission denied for table notes" in response.text
    assert "Authorization: Bearer" in response.text
    assert f"http://localhost{path.replace('/tables', '/api')}" in html.unescape(response.text)
    assert "/api/login" in response.text


def test_a_setting_closes_them_all(make_app: MakeApp) -> None:
    client = make_app(api_read="token").test_client()
    assert get(client, "/tables").html.count("needs a token") == len(TABLES)
    assert get(client, "/tables/persons").status == 401


# Wrong and hostile input


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("nosuch=eq.1", 400, "column persons.nosuch does not exist"),
        ("mail=eq.1", 400, "Perhaps you meant the column email"),
        ("id=eq.many", 400, 'invalid input syntax for type bigint: "many"'),
        ("id=eq.99999999999999999999", 400, "out of range"),
        ("id=eq.", 400, "invalid input syntax"),
        ("name=Amy", 400, "an operator"),
        ("created_at=gt.yesterweek", 400, "invalid input syntax"),
        ("name=eq.%00", 400, "invalid byte sequence"),
        ("order=nosuch", 400, "column persons.nosuch does not exist"),
        ("order=name.sideways", 400, "asc, desc"),
        ("limit=many", 400, "a whole number"),
        ("limit=-1", 416, "must not be negative"),
        ("offset=-1", 416, "must not be negative"),
        ("offset=7", 416, "there are only 6 rows"),
        ("select=nosuch(*)", 400, "Could not find a relationship"),
        ("select=*,persons(*)", 400, "more than one relationship"),
        ("password_hash=eq.1", 400, "does not exist"),
        ("~column=name&~operator=evil&~value=x", 400, "an operator"),
        ("~column=nosuch&~operator=eq&~value=x", 400, "does not exist"),
    ],
)
def test_what_is_wrong_is_said_where_it_can_be_mended(
    client: FlaskClient, query: str, status: int, message: str
) -> None:
    page = get(client, f"/tables/persons?{query}")
    assert page.status == status
    assert message in html.unescape(page.html)
    assert 'role="alert"' in page.html
    assert get(client, page.links["Start over"]).status == 200
    assert page.action == "/tables/persons"


def test_a_wrong_value_stays_in_its_field(client: FlaskClient) -> None:
    page = get(client, "/tables/persons?id=eq.many")
    page.fields = [(n, "1" if v == "many" else v) for n, v in page.fields]
    assert names(get(client, page.sent())) == ["Amy"]


@pytest.mark.parametrize("query", ["~column=name", "~value=", "~operator=eq&~value=1", "~column="])
def test_half_a_form_is_no_filter(client: FlaskClient, query: str) -> None:
    page = get(client, f"/tables/persons?{query}")
    assert page.status == 200
    assert "of 6 persons" in page.html


@pytest.mark.parametrize(
    "table", ["nosuch", "accounts", "persons_projects", "alembic_version", "person%22s", "%00", "…"]
)
def test_what_is_no_table_of_the_api_is_a_404(client: FlaskClient, table: str) -> None:
    assert get(client, f"/tables/{table}").status == 404
    assert get(client, f"/tables/{table}/1").status == 404


def test_a_404_says_what_may_have_been_meant(client: FlaskClient) -> None:
    assert "Perhaps you meant persons?" in get(client, "/tables/person").html


@pytest.mark.parametrize(
    ("key", "status"), [("99", 404), ("x", 400), ("1,2", 400), ("%00", 400), ("'--", 400)]
)
def test_a_row_that_is_not_there(client: FlaskClient, key: str, status: int) -> None:
    page = get(client, f"/tables/persons/{key}")
    assert page.status == status
    assert 'role="alert"' in page.html


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


def test_a_database_that_is_gone_is_a_503(
    client: FlaskClient, app: Flask, database: Database
) -> None:
    assert get(client, "/tables/persons").status == 200
    name = database.owner.database
    owner = database.owner.set(database="postgres")
    type(database)(owner, owner).execute(
        f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
    )
    response = client.get("/tables/persons")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "The database does not answer" in response.text
    assert get(client, "/tables").status == 200


def test_a_pool_with_no_connection_left_is_a_503(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        pool = db.engines["read"].pool
        pool._timeout = 0.01  # type: ignore[attr-defined]
        taken = [pool.connect() for _ in range(4)]
    assert get(client, "/tables/persons").status == 503
    for connection in taken:
        connection.close()
    assert get(client, "/tables/persons").status == 200


@pytest.mark.parametrize("prefix", ["", "/v1/data"])
def test_it_stays_where_it_is_wherever_the_api_is(make_app: MakeApp, prefix: str) -> None:
    client = make_app(api_prefix=prefix).test_client()
    page = get(client, get(client, "/tables").links["orders"])
    assert shown(page) == "1-7 of 7"
    request = f"{prefix}/orders?order=id&limit=25"
    assert page.links[request] == request
    assert client.get(request).status_code == 200


# A database that nobody wrote models for


@pytest.fixture
def odd(make_app: MakeApp, database: Database) -> FlaskClient:
    """A client where tables have the names that people give them."""
    database.execute(
        "CREATE SCHEMA sales",
        'CREATE TABLE sales."odd, one" (a text, b int, "order" int, "x y, z" text, '
        "PRIMARY KEY (a, b))",
        "INSERT INTO sales.\"odd, one\" VALUES ('one', 1, 2, 'x'), ('a/b', 2, 1, NULL)",
        "CREATE TABLE sales.parts (id int PRIMARY KEY, whole int REFERENCES sales.parts, "
        'a text, b int, FOREIGN KEY (a, b) REFERENCES sales."odd, one")',
        "INSERT INTO sales.parts VALUES (1, NULL, 'a/b', 2), (2, 1, NULL, NULL)",
        # Two ways to one table, and a table that is called as a column is.
        "CREATE TABLE sales.a (id int PRIMARY KEY, made_of int REFERENCES sales.parts, "
        "kept_in int REFERENCES sales.parts)",
        "INSERT INTO sales.a VALUES (1, 1, 2), (2, 1, 1)",
        "CREATE TABLE sales.things (id int PRIMARY KEY)",
        "CREATE TABLE sales.pairs (one int REFERENCES sales.things, other int REFERENCES "
        "sales.things, PRIMARY KEY (one, other))",
        "INSERT INTO sales.things VALUES (1), (2)",
        "INSERT INTO sales.pairs VALUES (1, 2)",
        "CREATE VIEW sales.texts AS SELECT repeat('long ', 100) AS text",
        f"GRANT USAGE ON SCHEMA sales TO {database.web.username}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA sales TO {database.web.username}",
    )
    return make_app(api_schemas=["public", "sales"]).test_client()


@pytest.mark.alone
def test_the_tables_of_all_schemas_are_there(odd: FlaskClient) -> None:
    links = get(odd, "/tables").links
    assert {"sales.odd, one", "sales.parts", "sales.texts", "persons"} <= links.keys()
    for url in links.values():
        assert get(odd, url).status in (200, 401)


@pytest.mark.alone
def test_a_request_about_another_schema_says_which(odd: FlaskClient) -> None:
    page = get(odd, "/tables/sales.parts")
    assert "-H 'Accept-Profile: sales'" in html.unescape(page.html)
    # A link would ask for the first schema's.
    assert not any(url.startswith("/api") for url in page.links.values())


@pytest.mark.parametrize(
    ("column", "value"), [("order", "2"), ("x y, z", "x"), ("a", "one"), ("b", "1")]
)
@pytest.mark.alone
def test_a_column_may_have_any_name(odd: FlaskClient, column: str, value: str) -> None:
    page = get(odd, "/tables/sales.odd, one")
    found = get(odd, page.sent(column=column, operator="eq", value=value))
    assert found.status == 200
    assert found.columns["a"] == ["one"]
    clicks = [page := get(odd, page.links[column]) for _ in range(3)]
    assert [one.status for one in clicks] == [200] * 3
    assert any('aria-sort="descending"' in one.html for one in clicks)


@pytest.mark.alone
def test_a_key_of_two_columns_leads_to_its_row(odd: FlaskClient) -> None:
    page = get(odd, "/tables/sales.odd, one")
    assert page.columns["Row"] == ["a/b,2", "one,1"]
    row = get(odd, page.links["one,1"])
    assert row.status == 200
    assert dict(cells[:2] for cells in row.rows)["order"] == "2"
    # A slash fits into no path, so the row is found by filter.
    assert get(odd, page.links["a/b,2"]).columns["a"] == ["a/b"]


@pytest.mark.alone
def test_relations_need_no_names_of_an_orm(odd: FlaskClient) -> None:
    row = get(odd, "/tables/sales.parts/1")
    assert row.status == 200
    assert get(odd, row.links["sales.odd, one"]).columns["a"] == ["a/b"]
    assert get(odd, "/tables/sales.parts/2").links["whole"] == "/tables/sales.parts/1"


@pytest.mark.alone
def test_each_of_two_ways_to_a_table_is_counted_by_itself(odd: FlaskClient) -> None:
    row = get(odd, "/tables/sales.parts/1")
    counts = {cells[2]: cells[1] for cells in row.rows if cells[-1].startswith("sales.a.")}
    assert counts == {"sales.a.kept_in → id": "1", "sales.a.made_of → id": "2"}


@pytest.mark.alone
def test_a_way_that_the_api_has_no_name_for_is_no_error(odd: FlaskClient) -> None:
    for path in ("/tables/sales.things/1", "/tables/sales.pairs/1,2"):
        page = get(odd, path)
        assert page.status == 200
        for url in page.links.values():
            assert get(odd, url).status == 200


@pytest.mark.alone
def test_where_there_is_no_page_of_a_row_nothing_is_cut(odd: FlaskClient) -> None:
    assert get(odd, "/tables/sales.texts").columns["text"] == [("long " * 100).strip()]


# For everybody


@pytest.mark.parametrize(
    "path", ["/tables", "/tables/persons?id=eq.1", "/tables/persons/1", "/tables/notes"]
)
def test_it_works_for_everybody(client: FlaskClient, path: str) -> None:
    page = get(client, path)
    labels = {given["for"] for tag, given in page.tags if tag == "label"}
    for tag, given in page.tags:
        assert tag not in ("script", "style")
        assert "style" not in given
        assert not any(name.startswith("on") for name in given)
        if tag in ("select", "input") and given.get("type") != "hidden":
            assert given["id"] in labels
        if tag == "th":
            assert given["scope"] in ("col", "row")
        if tag == "pre" or given.get("role") == "region":
            assert given["tabindex"] == "0"
            assert given["aria-labelledby"] in [one.get("id") for _, one in page.tags]
        if tag in ("link", "a", "form"):
            assert (given.get("href") or given.get("action") or "").startswith("/")
    found = [tag for tag, _ in page.tags]
    assert found.count("h1") == 1
    assert found.count("table") == found.count("caption")
    ids = [given["id"] for _, given in page.tags if "id" in given]
    assert len(ids) == len(set(ids))


def test_every_link_leads_somewhere(client: FlaskClient) -> None:
    for path in ("/tables", "/tables/persons?name=neq.x&limit=2&offset=2", "/tables/persons/1"):
        for url in get(client, path).links.values():
            assert get(client, url).status in (200, 206, 401)
