"""What is selected: columns, and the rows of other tables."""
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# The library says what JSON is by an alias that names itself, which the checker does not follow.

from postgrest import SyncPostgrestClient

from .answers import names


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
