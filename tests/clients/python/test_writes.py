"""What is inserted, updated and deleted."""
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# The library says what JSON is by an alias that names itself, which the checker does not follow.

import pytest
from postgrest import APIError, CountMethod, ReturnMethod, SyncPostgrestClient

from .answers import names, values


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
