"""Which rows a filter finds."""

from collections.abc import Callable
from typing import Any

import pytest
from postgrest import SyncPostgrestClient

from .answers import names, values

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
