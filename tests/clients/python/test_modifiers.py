"""In what order, in how many and in what form rows come."""
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# The library says what JSON is by an alias that names itself, which the checker does not follow.

from typing import Any

import pytest
from postgrest import APIError, CountMethod, SyncPostgrestClient

from .answers import names


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
        'id,title,lent\n1,"A, or ""B""",true\n2,The quick brown fox,false\n3,The lazy dog,'
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
