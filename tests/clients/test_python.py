"""PyPI `postgrest`, method by method."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from postgrest import APIError, CountMethod, ReturnMethod, SyncPostgrestClient
from sqlalchemy import NullPool, create_engine, text

from db_init.seed import seed
from tests.service.gunicorn import environ, running
from tests.service.postgres import Database


@pytest.fixture(scope="module")
def api(url: str) -> Generator[SyncPostgrestClient]:
    with SyncPostgrestClient(url) as client:
        yield client


@pytest.fixture(scope="module")
def library(api: SyncPostgrestClient) -> SyncPostgrestClient:
    return api.schema("library")


@pytest.fixture
def writer(url: str, token: str, database: Database) -> Generator[SyncPostgrestClient]:
    """A client that may write; afterwards the tables are as they were."""
    with SyncPostgrestClient(url).auth(token) as client:
        yield client
    with create_engine(database.owner, poolclass=NullPool).begin() as connection:
        for table in ("persons", "projects"):
            connection.execute(text(f"TRUNCATE {table} RESTART IDENTITY CASCADE"))
        seed(connection)


def values(column: str, query: Any) -> list[Any]:
    return [row[column] for row in query.execute().data]


def names(query: Any) -> list[str]:
    return values("name", query)


# -- what is selected


def test_a_select_gives_every_column(api: SyncPostgrestClient) -> None:
    (amy,) = api.from_("persons").select().eq("name", "Amy").execute().data
    assert isinstance(amy, dict)
    assert (amy["id"], amy["email"], amy["tags"]) == (1, "amy@example.com", ["founder", "chemist"])


def test_a_select_renames_casts_and_reaches_into_json(api: SyncPostgrestClient) -> None:
    query = api.from_("persons").select("full: name", "id::text", "profile->>city", "tags->0")
    assert query.eq("id", 1).execute().data == [
        {"full": "Amy", "id": "1", "city": "Lisbon", "tags": "founder"}
    ]


def test_a_select_embeds_in_every_direction(api: SyncPostgrestClient) -> None:
    query = api.from_("persons").select(
        "name", "manager:manager_id(name)", "orders(amount)", "projects(name)"
    )
    assert query.eq("name", "Deniz").execute().data == [
        {
            "name": "Deniz",
            "manager": {"name": "Ben"},
            "orders": [{"amount": 12.0}, {"amount": 75.4}],
            "projects": [{"name": "Alembic still"}, {"name": "Funnel"}],
        }
    ]


def test_an_embed_is_filtered_ordered_and_limited(api: SyncPostgrestClient) -> None:
    query = api.from_("persons").select("name", "orders(amount)").in_("name", ["Amy", "Deniz"])
    query = query.order("name").order("amount", desc=True, foreign_table="orders")
    assert query.limit(1, foreign_table="orders").gt("orders.amount", 13).execute().data == [
        {"name": "Amy", "orders": [{"amount": 129.0}]},
        {"name": "Deniz", "orders": [{"amount": 75.4}]},
    ]


def test_an_embed_has_a_range_and_an_or_of_its_own(api: SyncPostgrestClient) -> None:
    query = api.from_("persons").select("orders(status)").eq("name", "Amy")
    query = query.order("id", foreign_table="orders")
    assert query.range(1, 5, foreign_table="orders").execute().data == [
        {"orders": [{"status": "paid"}]}
    ]
    query = api.from_("persons").select("orders(status)").eq("name", "Amy")
    query = query.or_("status.eq.shipped,amount.lt.1", reference_table="orders")
    assert query.execute().data == [{"orders": [{"status": "shipped"}]}]


def test_an_embed_is_counted(api: SyncPostgrestClient) -> None:
    for count in ("count", "count()"):
        query = api.from_("persons").select("name", f"orders({count})").in_("id", [2, 5])
        assert query.order("id").execute().data == [
            {"name": "Ben", "orders": [{"count": 1}]},
            {"name": "Emeka", "orders": [{"count": 0}]},
        ]
    found = api.from_("orders").select("status", "orders: count::text").eq("status", "paid")
    assert found.execute().data == [{"status": "paid", "orders": "2"}]


def test_an_inner_embed_leaves_out_who_has_none(api: SyncPostgrestClient) -> None:
    query = api.from_("persons").select("name", "orders!inner(id)").order("id")
    assert names(query) == ["Amy", "Ben", "Chloé", "Deniz", "Freya"]
    assert names(query.eq("orders.status", "pending")) == ["Deniz"]


def test_a_schema_without_models_is_embedded_by_its_keys(library: SyncPostgrestClient) -> None:
    query = library.from_("books").select("title", "shelves(label)").eq("id", 2)
    assert query.execute().data == [{"title": "The quick brown fox", "shelves": {"label": "plays"}}]


# -- filters

PERSONS: dict[str, tuple[Callable[[Any], Any], list[str]]] = {
    "eq": (lambda query: query.eq("name", "Chloé"), ["Chloé"]),
    "eq, None is the word": (lambda query: query.eq("email", None), []),
    "neq": (lambda query: query.neq("manager_id", 1), ["Deniz", "Emeka", "Freya"]),
    "gt": (lambda query: query.gt("id", 5), ["Freya"]),
    "gte": (lambda query: query.gte("id", 5), ["Emeka", "Freya"]),
    "lt": (lambda query: query.lt("id", 2), ["Amy"]),
    "lte": (lambda query: query.lte("id", 2), ["Amy", "Ben"]),
    "match": (lambda query: query.match({"id": 2, "name": "Ben"}), ["Ben"]),
    "filter": (lambda query: query.filter("name", "match", "^[AB]"), ["Amy", "Ben"]),
    "like %": (lambda query: query.like("name", "%e%"), ["Ben", "Deniz", "Emeka", "Freya"]),
    "like *": (lambda query: query.like("name", "E*"), ["Emeka"]),
    "ilike": (lambda query: query.ilike("name", "%E%a"), ["Emeka", "Freya"]),
    "like_all_of": (lambda query: query.like_all_of("name", "%e%,%a"), ["Emeka", "Freya"]),
    "like_any_of": (lambda query: query.like_any_of("name", "A%,B%"), ["Amy", "Ben"]),
    "ilike_all_of": (lambda query: query.ilike_all_of("name", "E%,%A"), ["Emeka"]),
    "ilike_any_of": (lambda query: query.ilike_any_of("name", "a%,b%"), ["Amy", "Ben"]),
    "is_ None": (lambda query: query.is_("email", None), ["Freya"]),
    "is_ null": (lambda query: query.is_("manager_id", "null"), ["Amy"]),
    "in_": (lambda query: query.in_("id", [1, 3]), ["Amy", "Chloé"]),
    "in_ nothing": (lambda query: query.in_("id", []), []),
    "not_.in_": (lambda query: query.not_.in_("id", [1, 2, 3, 4]), ["Emeka", "Freya"]),
    "not_.is_": (lambda query: query.not_.is_("email", None).gt("id", 4), ["Emeka"]),
    "or_": (
        lambda query: query.or_('id.eq.1,and(name.like.*e*,not.email.is.null,id.in.("4",6))'),
        ["Amy", "Deniz"],
    ),
    "not_.or_": (lambda query: query.not_.or_("id.lt.5,email.is.null"), ["Emeka"]),
    "contains, an array": (lambda query: query.contains("tags", ["on call"]), ["Emeka"]),
    "contains, an object": (
        lambda query: query.contains("profile", {"languages": ["de"]}),
        ["Ben"],
    ),
    "contained_by, an array": (
        lambda query: query.contained_by("tags", ["sales", "engineer"]),
        ["Ben", "Chloé"],
    ),
    "contained_by, an object": (
        lambda query: query.contained_by("profile", {"city": "Lagos", "x": 1}),
        ["Emeka", "Freya"],
    ),
    "cs": (lambda query: query.cs("tags", ["remote", "sales"]), ["Freya"]),
    "cd": (lambda query: query.cd("tags", ["engineer"]), ["Ben"]),
    "overlaps": (lambda query: query.overlaps("tags", ["founder", "on call"]), ["Amy", "Emeka"]),
    "ov": (lambda query: query.ov("tags", "{remote}"), ["Deniz", "Freya"]),
    "a place in JSON": (lambda query: query.eq("profile->languages->>0", "tr"), ["Deniz"]),
}


@pytest.mark.parametrize("case", PERSONS)
def test_a_filter_finds(api: SyncPostgrestClient, case: str) -> None:
    apply, found = PERSONS[case]
    assert names(apply(api.from_("persons").select("name").order("id"))) == found


QUOTED, FOX, DOG = 'A, or "B"', "The quick brown fox", "The lazy dog"
BOOKS: dict[str, tuple[Callable[[Any], Any], list[str]]] = {
    "in_, quoted": (lambda query: query.in_("title", [QUOTED, DOG]), [QUOTED, DOG]),
    "like, as it is": (lambda query: query.like("title", '%, or "B"'), [QUOTED]),
    "eq True": (lambda query: query.eq("lent", True), [QUOTED]),
    "neq True": (lambda query: query.neq("lent", True), [FOX]),
    "is_ True": (lambda query: query.is_("lent", True), [QUOTED]),
    "is_ False": (lambda query: query.is_("lent", False), [FOX]),
    "not_.is_ True": (lambda query: query.not_.is_("lent", True), [FOX, DOG]),
    "fts": (lambda query: query.fts("title", "fox | dog"), [FOX, DOG]),
    "plfts": (lambda query: query.plfts("title", "fox quick"), [FOX]),
    "phfts": (lambda query: query.phfts("title", "quick fox"), []),
    "wfts": (lambda query: query.wfts("title", "fox or -quick"), [QUOTED, FOX, DOG]),
    "text_search": (lambda query: query.text_search("title", "fox & !dog"), [FOX]),
    "text_search, plain": (
        lambda query: query.text_search(
            "title", "lazy dogs", {"type": "plain", "config": "english"}
        ),
        [DOG],
    ),
    "text_search, phrase": (
        lambda query: query.text_search("title", "brown fox", {"type": "phrase"}),
        [FOX],
    ),
    "text_search, web": (
        lambda query: query.text_search(
            "title", '"lazy dog" or foxes', {"type": "web_search", "config": "english"}
        ),
        [FOX, DOG],
    ),
    "contains, a range": (lambda query: query.contains("pages", "[60,70)"), [FOX]),
    "contained_by, a range": (lambda query: query.contained_by("pages", "[1,100)"), [QUOTED, FOX]),
    "ov, a range": (lambda query: query.ov("pages", "[49,51)"), [QUOTED, FOX]),
    "range_gt": (lambda query: query.range_gt("pages", (1, 50)), [FOX, DOG]),
    "range_gte": (lambda query: query.range_gte("pages", (97, 99)), [DOG]),
    "range_lt": (lambda query: query.range_lt("pages", (98, 200)), [QUOTED]),
    "range_lte": (lambda query: query.range_lte("pages", (5, 100)), [QUOTED, FOX]),
    "range_adjacent": (lambda query: query.range_adjacent("pages", (49, 100)), [QUOTED, DOG]),
}


@pytest.mark.parametrize("case", BOOKS)
def test_a_filter_finds_books(library: SyncPostgrestClient, case: str) -> None:
    apply, found = BOOKS[case]
    query = apply(library.from_("books").select("title").order("id"))
    assert values("title", query) == found


# -- order, pages, forms


def test_rows_are_ordered(api: SyncPostgrestClient) -> None:
    query = api.from_("persons").select("name").order("manager_id", desc=True, nullsfirst=True)
    assert names(query.order("name")) == ["Amy", "Freya", "Deniz", "Emeka", "Ben", "Chloé"]
    query = api.from_("persons").select("name").order("email", nullsfirst=False)
    assert names(query)[-1] == "Freya"
    query = api.from_("persons").select("name").order("email", desc=True)
    assert names(query)[0] == "Freya"
    query = api.from_("orders").select("id", "persons(name)").order("persons(name)", desc=True)
    first = query.limit(1).single().execute().data
    assert first == {"id": 6, "persons": {"name": "Freya"}}


def test_a_page_is_a_limit_and_an_offset(api: SyncPostgrestClient) -> None:
    def query() -> Any:
        return api.from_("persons").select("name").order("id")

    assert names(query().limit(2)) == ["Amy", "Ben"]
    assert names(query().offset(4)) == ["Emeka", "Freya"]
    assert names(query().range(1, 2)) == ["Ben", "Chloé"]
    assert names(query().range(6, 9)) == []


def test_single_takes_one_row_only(api: SyncPostgrestClient) -> None:
    persons = api.from_("persons")
    assert persons.select("name").eq("id", 1).single().execute().data == {"name": "Amy"}
    for id_, rows in ((0, 0), (3, 3)):
        with pytest.raises(APIError) as raised:
            persons.select("name").lte("id", id_).single().execute()
        assert raised.value.json() == {
            "code": "PGRST116",
            "message": "Cannot coerce the result to a single JSON object",
            "details": f"The result contains {rows} rows",
            "hint": None,
        }


def test_maybe_single_takes_none_too(api: SyncPostgrestClient) -> None:
    found = api.from_("persons").select("name").eq("id", 1).maybe_single().execute()
    assert found is not None
    assert found.data == {"name": "Amy"}
    assert api.from_("persons").select("name").eq("id", 0).maybe_single().execute() is None
    with pytest.raises(APIError, match="more than one row"):
        api.from_("persons").select("name").maybe_single().execute()


def test_csv_is_text(library: SyncPostgrestClient) -> None:
    query = library.from_("books").select("id", "title", "lent").order("id").csv()
    assert query.execute().data == (
        'id,title,lent\n1,"A, or ""B""",true\n2,The quick brown fox,false\n3,The lazy dog,\n'
    )


def test_nulls_are_stripped(api: SyncPostgrestClient) -> None:
    query = api.from_("persons").select("name", "email").gte("id", 5).order("id").strip_nulls()
    assert query.execute().data == [
        {"name": "Emeka", "email": "emeka@example.com"},
        {"name": "Freya"},
    ]
    query = api.from_("persons").select("name", "email").eq("id", 6).strip_nulls()
    assert query.single().execute().data == {"name": "Freya"}


@pytest.mark.parametrize("head", [False, True])
def test_rows_are_counted(api: SyncPostgrestClient, head: bool) -> None:
    persons = api.from_("persons")
    found = persons.select("name", count=CountMethod.exact, head=head).limit(2).execute()
    assert (found.count, len(found.data)) == (6, 0 if head else 2)
    found = persons.select("name", count=CountMethod.estimated, head=head).gt("id", 4).execute()
    assert (found.count, len(found.data)) == (2, 0 if head else 2)
    found = persons.select("name", count=CountMethod.planned, head=head).limit(1).execute()
    assert found.count is not None
    assert found.count > 1
    assert (
        persons.select("name", count=CountMethod.exact, head=head).eq("id", 0).execute().count == 0
    )
    assert persons.select("name", head=head).execute().count is None


# -- writes


def test_one_row_is_inserted(writer: SyncPostgrestClient) -> None:
    (gita,) = writer.from_("persons").insert({"name": "Gita", "tags": ["a,b"]}).execute().data
    assert isinstance(gita, dict)
    assert (gita["id"], gita["name"], gita["tags"], gita["profile"]) == (7, "Gita", ["a,b"], {})


def test_an_insert_selects_what_it_gives_back(writer: SyncPostgrestClient) -> None:
    query = writer.from_("persons").insert({"name": "Gita", "manager_id": 1})
    assert query.select("name", "manager:manager_id(name)").execute().data == [
        {"name": "Gita", "manager": {"name": "Amy"}}
    ]
    query = writer.from_("persons").insert({"name": "Hal"}, returning=ReturnMethod.minimal)
    assert query.execute().data == []
    query = writer.from_("persons").insert({"name": "Ian"}).select("name")
    assert query.single().execute().data == {"name": "Ian"}


def test_many_rows_are_inserted(writer: SyncPostgrestClient) -> None:
    rows = [{"name": "Gita", "email": "g@example.com"}, {"name": "Hal"}]
    query = writer.from_("persons").insert(rows, count=CountMethod.exact).select("name", "email")
    found = query.execute()
    assert (found.data, found.count) == ([rows[0], {"name": "Hal", "email": None}], 2)
    assert writer.from_("persons").insert([]).execute().data == []


def test_what_a_row_lacks_is_null_or_the_default(writer: SyncPostgrestClient) -> None:
    rows = [{"name": "Gita", "tags": ["new"]}, {"name": "Hal"}]
    with pytest.raises(APIError) as raised:
        writer.from_("persons").insert(rows).execute()
    assert (raised.value.code, raised.value.details) == ("23502", "column tags")
    query = writer.from_("persons").insert(rows, default_to_null=False)
    assert values("tags", query) == [["new"], []]


def test_an_upsert_merges(writer: SyncPostgrestClient) -> None:
    rows = [{"id": 1, "name": "Alembic"}, {"id": 9, "name": "Crucible"}]
    found = writer.from_("projects").upsert(rows, count=CountMethod.exact).execute()
    assert (found.data, found.count) == (rows, 2)
    assert names(writer.from_("projects").select("name").eq("id", 1)) == ["Alembic"]


def test_an_upsert_leaves_alone(writer: SyncPostgrestClient) -> None:
    rows = [{"id": 9, "name": "Funnel"}, {"id": 8, "name": "Crucible"}]
    query = writer.from_("projects").upsert(rows, on_conflict="name", ignore_duplicates=True)
    assert names(query) == ["Crucible"]


def test_an_upsert_meets_another_key(writer: SyncPostgrestClient) -> None:
    row = {"email": "amy@example.com", "name": "Amélie"}
    query = writer.from_("persons").upsert(row, on_conflict="email", default_to_null=False)
    assert query.select("id", "name", "version").execute().data == [
        {"id": 1, "name": "Amélie", "version": 2}
    ]
    query = writer.from_("persons").insert(row, upsert=True)
    with pytest.raises(APIError, match="persons_email_key"):
        query.execute()


def test_rows_are_updated(writer: SyncPostgrestClient) -> None:
    found = (
        writer.from_("orders")
        .update({"status": "paid"}, count=CountMethod.exact)
        .eq("status", "pending")
        .order("id")
        .select("id", "status", "persons(name)")
        .execute()
    )
    assert found.count == 2
    assert found.data == [
        {"id": 5, "status": "paid", "persons": {"name": "Deniz"}},
        {"id": 7, "status": "paid", "persons": {"name": "Deniz"}},
    ]
    query = writer.from_("orders").update({"amount": 1}, returning=ReturnMethod.minimal)
    assert query.eq("id", 1).execute().data == []
    assert writer.from_("orders").update({"amount": 1}).eq("id", 0).execute().data == []
    query = writer.from_("orders").update({"amount": 2}).eq("id", 1).select("amount")
    assert query.single().execute().data == {"amount": 2}


def test_rows_are_deleted(writer: SyncPostgrestClient) -> None:
    query = writer.from_("orders").delete(count=CountMethod.exact).lte("id", 2)
    found = query.select("id").order("id").execute()
    assert (found.data, found.count) == ([{"id": 1}, {"id": 2}], 2)
    query = writer.from_("orders").delete(returning=ReturnMethod.minimal).eq("id", 3)
    assert query.execute().data == []
    left = writer.from_("orders").select("id").order("id")
    assert values("id", left) == [4, 5, 6, 7]


def test_a_write_affects_as_many_rows_as_allowed(writer: SyncPostgrestClient) -> None:
    for query in (
        writer.from_("orders").update({"amount": 1}).gt("id", 0).max_affected(6),
        writer.from_("orders").delete().gt("id", 0).max_affected(6),
    ):
        with pytest.raises(APIError) as raised:
            query.execute()
        assert (raised.value.code, raised.value.details) == ("PGRST124", "The query affects 7 rows")
    query = writer.from_("orders").delete().gt("id", 0).max_affected(7)
    assert len(query.execute().data) == 7


def test_a_singular_write_of_two_rows_is_undone(writer: SyncPostgrestClient) -> None:
    with pytest.raises(APIError) as raised:
        writer.from_("projects").update({"name": "one"}).eq("id", 0).select().single().execute()
    assert (raised.value.code, raised.value.details) == ("PGRST116", "The result contains 0 rows")
    with pytest.raises(APIError) as raised:
        writer.from_("projects").delete().gt("id", 1).select().single().execute()
    assert (raised.value.code, raised.value.details) == ("PGRST116", "The result contains 2 rows")
    assert len(writer.from_("projects").select().execute().data) == 3


def test_a_schema_without_models_is_written(url: str, token: str) -> None:
    with SyncPostgrestClient(url, schema="library").auth(token) as library:
        shelf = {"room": "north", "number": 1, "label": "maps"}
        assert library.from_("shelves").insert(shelf).execute().data == [shelf]
        query = library.from_("shelves").upsert([shelf | {"label": None}])
        assert query.execute().data == [shelf | {"label": None}]
        query = library.from_("shelves").delete().match({"room": "north", "number": 1})
        assert query.execute().data == [shelf | {"label": None}]
        book = library.from_("books").insert([{"title": "New"}], default_to_null=False)
        assert book.select("title").execute().data == [{"title": "New"}]
        assert len(library.from_("books").delete().eq("title", "New").execute().data) == 1
        with pytest.raises(APIError, match="can only be read"):
            library.from_("titles").insert({"title": "New"}).execute()


# -- errors

ERRORS: dict[str, tuple[Callable[[SyncPostgrestClient], Any], dict[str, Any]]] = {
    "no such table": (
        lambda api: api.from_("person").select(),
        {
            "code": "PGRST205",
            "message": "Could not find the table 'public.person' in the schema cache",
            "details": None,
            "hint": "Perhaps you meant the table 'public.persons'",
        },
    ),
    "no such schema": (
        lambda api: api.schema("secret").from_("persons").select(),
        {
            "code": "PGRST106",
            "message": "Invalid schema: secret",
            "details": None,
            "hint": "Only the following schemas are exposed: public, library",
        },
    ),
    "no such column": (
        lambda api: api.from_("persons").select("nam"),
        {
            "code": "42703",
            "message": "column persons.nam does not exist",
            "details": None,
            "hint": "Perhaps you meant the column name",
        },
    ),
    "not a number": (
        lambda api: api.from_("persons").select().eq("id", "x"),
        {
            "code": "22P02",
            "message": 'invalid input syntax for type bigint: "x"',
            "details": None,
            "hint": None,
        },
    ),
    "no token": (
        lambda api: api.from_("projects").insert({"name": "x"}),
        {
            "code": "42501",
            "message": "permission denied for table projects",
            "details": None,
            "hint": "Send a token: Authorization: Bearer …",
        },
    ),
    "no plan is shown": (
        lambda api: api.from_("projects").select().explain(),
        {
            "code": "PGRST107",
            "message": "None of these media types are available: "
            "application/vnd.pgrst.plan+text; options=",
            "details": None,
            "hint": "Accept one of application/json, application/vnd.pgrst.object+json, "
            "text/csv, application/x-ndjson",
        },
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_an_error_says_what_is_wrong(api: SyncPostgrestClient, case: str) -> None:
    build, error = ERRORS[case]
    with pytest.raises(APIError) as raised:
        build(api).execute()
    assert raised.value.json() == error


def test_a_token_that_is_none_is_refused(url: str) -> None:
    with SyncPostgrestClient(url).auth("x.y.z") as client, pytest.raises(APIError) as raised:
        client.from_("persons").select().execute()
    assert raised.value.code == "PGRST301"


def test_a_conflict_names_the_constraint(writer: SyncPostgrestClient) -> None:
    with pytest.raises(APIError) as raised:
        writer.from_("projects").insert({"name": "Funnel"}).execute()
    assert raised.value.code == "23505"
    assert raised.value.details == "Key (name)=(Funnel) already exists."


def test_a_page_past_the_end_is_an_error_where_rows_are_counted(api: SyncPostgrestClient) -> None:
    with pytest.raises(APIError) as raised:
        api.from_("persons").select(count=CountMethod.exact).range(7, 9).execute()
    assert raised.value.code == "PGRST103"


def test_head_has_the_code_of_an_error(api: SyncPostgrestClient) -> None:
    with pytest.raises(APIError) as raised:
        api.from_("person").select(head=True).execute()
    assert raised.value.code == "PGRST205"


def test_a_database_that_is_away_is_an_error_too(database: Database, tmp_path: Path) -> None:
    away = environ(database, DATABASE_URL="postgresql://web:pw@127.0.0.1:1/retort")
    with (
        running(away, tmp_path) as web,
        SyncPostgrestClient(f"{web.url}/api", retry_enabled=False) as client,
        pytest.raises(APIError) as raised,
    ):
        client.from_("persons").select().execute()
    assert (raised.value.code, raised.value.hint) == ("PGRST001", "Try again")


def test_an_embed_of_two_meanings_lists_them(api: SyncPostgrestClient) -> None:
    with pytest.raises(APIError) as raised:
        api.from_("persons").select("persons(name)").execute()
    assert raised.value.code == "PGRST201"
    assert raised.value.hint is not None
    assert "persons!manager" in raised.value.hint
    assert isinstance(raised.value.details, list)
