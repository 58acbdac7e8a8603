"""What people ask of relationships, loading, bulk, transactions and types finds its recipe."""

import pytest

from retort.cheatsheet.search import search

pytestmark = pytest.mark.reads

# As it is asked in forums and in issues, and the recipes that answer.
ASKED = {
    "which rows were inserted by upsert": "upsert-new-rows",
    "followers and following": "self-many-to-many",
    "InstrumentedList object has no attribute filter": "with-parent-filter",
    "foreign key of two columns": "composite-foreign-key",
    "Object of type Decimal is not JSON serializable": "json-serializer to-json",
    "deadlock detected": "isolation-level",
    "could not obtain lock on row": "nowait",
    "delete duplicate rows": "delete-duplicates",
    "send email after commit": "after-commit",
    "A transaction is already begun on this Session": "begin",
    "limit eager loaded children": "limited-loading",
    "set many to many from form ids": "set-by-ids",
    "prevent deleting parent with children": "restrict",
    "CircularDependencyError": "mutual-foreign-keys",
    "circular foreign keys": "mutual-foreign-keys",
    "generic foreign key": "one-of-several-parents",
    "no unique constraint matching the ON CONFLICT specification": "upsert-partial-index upsert",
    "update many rows with different values in one query": "update-from-values bulk-update",
    "returning old value": "old-and-new",
    "delete in chunks": "delete-batches",
    "truncate table restart identity": "truncate",
    "idle in transaction": "idle-in-transaction",
    "difference between lazy select and joined": "lazy-strategies",
    "nested selectinload": "nested-loading selectinload",
    "filter eager loaded relationship": "loading-criteria contains-eager",
    "expand json array into rows": "jsonb-elements",
    "append to array column": "array-append mutable-json",
    "float or decimal for money": "money",
    "older than 30 days": "interval",
    "ip address column": "inet",
    "relationship with where condition": "primaryjoin",
    "reorder list items position": "orderinglist",
    "relationship as dictionary": "keyed-dict",
    "pub sub notifications": "pg-notify",
    "difference between all and delete-orphan": "cascades delete-orphan",
    "MERGE INTO": "merge-statement",
    "insert ignore": "insert-ignore",
    "skip rows that already exist on bulk insert": "insert-ignore",
    "None is stored as null in json column": "json-null",
}


@pytest.mark.parametrize("words", ASKED)
def test_the_recipe_is_among_the_first_three(words: str) -> None:
    found = [match.recipe.slug for match in search(words).matches[:3]]
    assert set(found) & set(ASKED[words].split()), found
