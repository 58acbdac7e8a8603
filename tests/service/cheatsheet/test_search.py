"""What people type finds what they need, among the first three."""

import re

import pytest

from retort.cheatsheet.recipe import Recipe
from retort.cheatsheet.recipes import RECIPES
from retort.cheatsheet.search import WIDEST, search

pytestmark = pytest.mark.reads

# As it is asked in forums and in issues, error messages included, and the recipes that answer.
PHRASINGS = {
    "working outside of application context": "app-context",
    "QueuePool limit overflow connection timed out": "queuepool-limit",
    "can't load plugin sqlalchemy.dialects:postgres": "database-url engines",
    "column does not allow null default now": "server-default timestamps",
    "combination of two columns must be unique": "constraints",
    "models from an existing database": "automap",
    "This Session's transaction has been rolled back": "integrity-error",
    "duplicate key value violates unique constraint": "integrity-error",
    "get id before commit": "flush",
    "raised as a result of Query-invoked autoflush": "autoflush",
    "case insensitive search": "like",
    "MultipleResultsFound: Multiple rows were found": "one",
    "order by null last": "order-by",
    "comparing with None returns nothing": "is-null",
    "join same table twice": "aliased-join self-join",
    "number of posts per user": "group-by count-children",
    "users without any orders": "outer-join exists",
    "could not determine join condition, multiple paths": "two-foreign-keys",
    "extra column in many to many table": "association-object",
    "deleting parent should delete children": "delete-orphan on-delete-cascade",
    "parent child": "one-to-many adjacency-list",
    "too many queries in loop": "n-plus-one selectinload",
    "DetachedInstanceError not bound to a Session": "detached-instance-error",
    "unique() method must be invoked on Result": "joinedload",
    "query consumes all memory": "yield-per",
    "most recent record for each user": "top-n-per-group latest-per-group",
    "execute raw sql": "text-bind",
    "print the actual query with values": "compile-sql",
    "all descendants of a category": "recursive-cte",
    "get or create": "get-or-create",
    "insert or update": "upsert",
    "update without loading": "update-delete",
    "inserting millions of rows is slow": "bulk-insert copy-csv",
    "StaleDataError expected to update 1 row": "version-id-col",
    "lock a row until I commit": "skip-locked",
    "rolling back after each test": "outer-transaction pytest-fixture",
    "undo only part of a transaction": "savepoint",
    "json column changes not saved": "mutable-json",
    "filter by nested json value": "jsonb-path jsonb-contains",
    "fuzzy matching misspelled names": "trigram",
    "tags list contains value": "arrays",
    "pagination with page numbers": "paginate",
    "rows to dict": "to-json columns",
    "hide deleted records in every query": "soft-delete",
    "connecting to multiple databases": "binds",
    "special characters in database password": "database-url",
    "server closed the connection unexpectedly": "statement-timeout",
    "log every statement that is sent": "recorded-queries",
    "circular import models and app": "init-app",
    "create_all does not add new column": "never-alters migration",
    "object prints as memory address": "model-repr",
    "share common fields between models": "mixin",
    "updated_at not changing automatically": "timestamps",
    "discard uncommitted changes": "rollback",
    "object is already attached to session": "merge object-states",
    "stale data, reload from database": "refresh",
    "reject invalid email before saving": "validate",
    "query returns tuples instead of objects": "scalars",
    "check if record already exists": "exists",
    "how many rows match": "count",
    "adding filters only if parameter given": "optional-filters",
    "must appear in the GROUP BY clause": "group-by",
    "totals by month including empty days": "by-month",
    "comma separated names in one row": "array-agg",
    "if else inside a query": "case-when",
    "null value violates not-null constraint deleting parent": "delete-orphan on-delete-cascade",
    "posts with many tags": "many-to-many",
    "user has exactly one profile": "one-to-one",
    "relationship will copy column which conflicts with": "back-populates",
    "lazy loading slow": "n-plus-one selectinload",
    "not available due to lazy='raise'": "raiseload",
    "don't fetch the big text column": "load-only",
    "cumulative sum over previous rows": "window",
    "textual SQL expression should be explicitly declared": "text-bind",
    "raw select returning model instances": "from-statement",
    "skip duplicates when inserting": "upsert insert-ignore",
    "return ids of multiple inserted rows": "insert-returning",
    "set column from another table": "update-from",
    "load csv file quickly": "copy-csv",
    "could not serialize access concurrent update": "isolation-level",
    "several workers taking the same job": "skip-locked",
    "only one process runs the task": "advisory-lock",
    "change one key inside json document": "jsonb-set",
    "search engine for articles, best first": "full-text-search",
    "prevent overlapping bookings": "exclusion-constraint",
    "appending to dict or list ignored": "mutable-json",
    "not JSON serializable": "to-json json-serializer",
    "one schema per customer": "schema-translate-map",
    "keep history of who changed what": "audit-log",
    "page 5000 is very slow": "keyset-pagination",
    "@ sign in database password": "database-url",
    "show generated sql in console": "recorded-queries compile-sql",
    "too many clients already": "statement-timeout",
    "connection dropped overnight": "statement-timeout",
    "created_at updated_at timestamps": "timestamps",
    "use existing database without models": "automap",
    "string field limited choices": "enum-column constraints",
    "two columns unique together": "constraints",
    "get_or_create like django": "get-or-create",
    "get id after saving": "flush add insert-returning",
    "counter += 1 race condition": "update-delete version-id-col skip-locked update-object",
    "duplicate key error handling": "integrity-error",
    "first result or 404": "get-or-404",
    "ilike wildcard user input": "like",
    "filter by list of ids": "in-list",
    "row to dict json": "to-json columns",
    "nulls at the end sorting": "order-by",
    "how many rows in table": "count",
    "employees and their manager": "self-join adjacency-list",
    "latest order of each customer": "top-n-per-group latest-per-group lateral",
    "totals per month": "by-month",
    "cascade delete children": "delete-orphan on-delete-cascade",
    "association table extra field": "association-object",
    "backref vs back_populates": "back-populates",
    "instance is not bound to a session": "detached-instance-error",
    "don't load big text column": "load-only",
    "nested comments any depth": "recursive-cte adjacency-list",
    "running balance": "window",
    "percentage of total": "percent-of-total",
    "fastest way to insert": "bulk-insert copy-csv",
    "update existing row else insert": "upsert",
    "import csv file": "copy-csv",
    "undo changes after exception": "rollback savepoint",
    "stop two workers same job": "skip-locked advisory-lock",
    "search inside json column": "jsonb-path jsonb-contains",
    "tags array contains": "arrays",
    "autocomplete misspelled words": "trigram",
    "alembic add not null column": "not-null-column migration",
    "greenlet_spawn has not been called; can't call await_only() here": "missing-greenlet",
    "fastapi async session": "async-session",
    "send reads to the replica": "read-replica",
    "SSL connection required": "tls",
    "verify server certificate": "tls",
    "prepared statement does not exist pgbouncer": "pgbouncer",
    "rename column without losing data": "alembic-rename",
    "alembic revision is empty": "alembic-empty",
    "target database no changes detected": "alembic-empty",
    "fill new column in migration": "alembic-data",
    "conftest db session rollback fixture": "pytest-fixture",
    "interactive": "app-context",
    "debugging": "app-context",
    "FLASK_APP environment variable": "flask-run",
    "what does the app.route decorator do": "app-route",
    "if __name__ == '__main__'": "flask-run",
    "why is query slow": "explain n-plus-one",
    "pytest database clean each test": "outer-transaction pytest-fixture",
    "create tables from models": "create-all",
    "no tables created flask": "db-create-all",
    "drop all tables": "drop-all",
    "one table per subclass": "joined-inheritance",
    "polymorphic_on discriminator": "single-table-inheritance",
    "AbstractConcreteBase": "concrete-inheritance",
    "expression 'Address' failed to locate a name": "several-files",
    "One or more mappers failed to initialize": "several-files",
    "custom column type": "type-decorator",
    "will not produce a cache key because cache_ok is not set": "type-decorator",
    "set slug automatically before insert": "mapper-events",
    "old and new value of an attribute": "attribute-events",
    "models as dataclasses": "dataclass-models",
    "pydantic model from orm object": "pydantic-models",
    "insert a row by psql": "psql",
    "sequence out of sync after import": "set-sequence",
}


def first_three(words: str) -> list[str]:
    return [match.recipe.slug for match in search(words).matches[:3]]


def line(words: str) -> str:
    """The line of the best recipe, what matched in brackets."""
    best = search(words).matches[0]
    return "".join(f"[{piece}]" if is_met else piece for piece, is_met in best.line)


@pytest.mark.parametrize("words", PHRASINGS)
def test_the_right_recipe_is_among_the_first_three(words: str) -> None:
    assert set(first_three(words)) & set(PHRASINGS[words].split()), first_three(words)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_is_found_by_its_name_and_by_its_title(recipe: Recipe) -> None:
    assert recipe.slug in first_three(recipe.slug.replace("-", " "))
    assert recipe.slug in first_three(recipe.title)


def test_a_word_that_no_recipe_knows_is_told_and_brings_nothing() -> None:
    assert search("xyzzy").unknown == ["xyzzy"]
    assert search("xyzzy").matches == []
    found = search("upsert a xyzzy, with XyzzyFooError")
    assert found.matches[0].recipe.slug == "upsert"
    assert found.unknown == ["xyzzy", "XyzzyFooError"]


def test_the_rarest_word_counts_most() -> None:
    """Each of the other words is in many recipes, this one in few."""
    assert first_three("select query session row table column uuidv7")[0] == "uuidv7"


def test_there_are_eight_at_most_and_none_that_only_has_a_common_word() -> None:
    assert len(search("select").matches) == 8
    assert len(search("uuidv7 select").matches) == 1


def test_each_is_shown_with_the_line_that_matched() -> None:
    assert line("URL: percent-encode") == (
        "if you write the [URL] yourself, [percent]-[encode] special characters of the password: "
        "write @ as %40, and % as …"
    )
    assert line("on_conflict_do_update") == "statement = new.[on_conflict_do_update]("
    for words in PHRASINGS:
        for match in search(words).matches:
            assert sum(len(piece) for piece, _ in match.line) <= WIDEST + 4


def test_people_are_persons_whatever_they_are_called() -> None:
    for other in ("users", "customers", "people", "employees"):
        assert search(other) == search("persons")


def test_other_words_for_what_the_recipes_say_find_it_too() -> None:
    assert {"delete-object", "soft-delete"} <= {
        match.recipe.slug for match in search("erase").matches
    }
    assert search("erase").unknown == []


def test_a_word_that_is_read_as_another_is_told() -> None:
    assert search("uspert").guessed == {"uspert": "upsert"}
    assert search("gevent relationship").guessed == {"gevent": "event"}
    assert search("upser").guessed == search("upsert").guessed == {}


def test_a_word_that_is_read_as_another_counts_less() -> None:
    assert first_three("upsert relatoinship")[0] == "upsert"


def test_an_ending_leaves_what_tells_two_words_apart() -> None:
    assert first_three("collation") == ["order-by"]


def test_a_word_may_be_mistyped() -> None:
    assert first_three("uspert")[0] == "upsert"
    assert "paginate" in first_three("pagintaion")
    assert "relationship" not in search("relatoinship").unknown
    assert "n-plus-one" in first_three("eagr loadng n+1")


def test_a_word_that_is_known_is_no_beginning() -> None:
    """`lock` does not find `lockable` only because it comes last; `upser` finds `upsert`."""
    for match in search("lock").matches:
        for piece in (piece for piece, is_met in match.line if is_met):
            words = piece.lower().split("_")
            assert any(re.fullmatch("lock(s|ed|ing)?", word) for word in words), piece
    assert first_three("upser")[0] == "upsert"


def test_an_error_message_may_be_pasted_whole() -> None:
    message = """Traceback (most recent call last):
      File "/srv/shop/views.py", line 217, in register
        db.session.commit()
    sqlalchemy.exc.IntegrityError: (psycopg2.errors.UniqueViolation) duplicate key value violates
    unique constraint "polymorphic_window_key" DETAIL:  Key (email)=(a@example.com) already exists.
    [SQL: INSERT INTO window (name, email) VALUES (%(name)s, %(email)s) RETURNING window.id]
    [parameters: {'name': 'recursive', 'email': 'lateral@example.com'}]
    (Background on this error at: https://sqlalche.me/e/20/gkpj)"""
    assert first_three(message)[0] == "integrity-error"


def test_the_form_of_a_word_does_not_matter() -> None:
    for words in ("paginate", "pagination", "paginating", "paginated"):
        assert "paginate" in first_three(words), words


def test_code_is_found_too() -> None:
    assert "upsert" in first_three("on_conflict_do_update")
    assert "timestamps" in first_three("onupdate")
