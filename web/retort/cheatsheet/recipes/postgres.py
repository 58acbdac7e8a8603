"""Postgres types and search: JSONB, arrays, ranges, full text."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false

from datetime import date
from typing import Any

from sqlalchemy import Computed, Index, Row, any_, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import (
    DATERANGE,
    JSONB,
    TSVECTOR,
    ExcludeConstraint,
    Range,
    array,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm.attributes import flag_modified

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Person

chapter = Chapter("G", "Postgres types and search")

DIALECT = "https://docs.sqlalchemy.org/en/21/dialects/postgresql.html"


@chapter.recipe(
    "A value inside JSONB",
    keywords="json jsonb path key index astext as_string as_integer nested subscript arrow ->>",
    links=(
        f"{DIALECT}#sqlalchemy.dialects.postgresql.JSONB",
        "https://www.postgresql.org/docs/18/functions-json.html",
    ),
)
def jsonb_path(key: str = "city", index: int = 0) -> list[Row]:
    """Read a key or a nested path of a JSONB column, in a SELECT or a WHERE. A missing
    key is NULL, not an error.

    Pitfall: `profile[key]` is JSONB, even where a text is in it: search, sort and join it as
    `.astext`, or cast by `.as_integer()` and the like.

    Pitfall: `profile[key]` renders as a subscript, which an index on `profile -> 'city'`
    does not serve: index `profile[key]` or `.astext`, and search by the same.
    """
    languages = Person.profile["languages"]
    language = languages[index].as_string()
    return db.session.execute(
        select(
            Person.name,
            Person.profile[key].astext.label("text"),
            languages.label("json"),
            language.label("nested"),
            func.jsonb_array_length(languages).label("length"),
        )
        .where(language.is_not(None))
        .order_by(Person.id)
    ).all()


@chapter.recipe(
    "Search JSONB by containment",
    keywords="jsonb contains @> has_key has_any exists ? jsonpath path_exists gin document filter",
    links=(
        f"{DIALECT}#sqlalchemy.dialects.postgresql.JSONB.Comparator",
        "https://www.postgresql.org/docs/18/datatype-json.html#JSON-CONTAINMENT",
    ),
)
def jsonb_contains(language: str = "en", key: str = "languages") -> dict[str, list]:
    """Find the rows whose JSONB contains a document (`@>`), or has a key (`?`). One GIN index
    on the column serves these operators for every key.

    Pitfall: `->>` and `=` do not use a GIN index; `@>` does. One with `jsonb_path_ops` is
    smaller, and does not serve `?`.

    Deprecated: `JSON.contains()`: Postgres has `@>` only for JSONB, so make the column one.
    """
    names = select(Person.name).order_by(Person.id)
    conditions = {
        "contains": Person.profile.contains({"languages": [language]}),
        "has_key": Person.profile.has_key(key),
        "not has_key": ~Person.profile.has_key(key),
        "path_exists": Person.profile.path_exists("$.languages[2]"),
    }
    return {
        label: db.session.scalars(names.where(condition)).all()
        for label, condition in conditions.items()
    }


@chapter.recipe(
    "Change JSONB in place",
    keywords="jsonb mutable mutabledict mutablelist flag_modified update lost not saved tracking "
    "appending to a list or dict ignored",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/extensions/mutable.html",
        "https://docs.sqlalchemy.org/en/21/orm/session_api.html"
        "#sqlalchemy.orm.attributes.flag_modified",
    ),
)
def mutable_json(city: str = "Porto") -> dict[str, Any]:
    """A change inside a JSONB value is saved only if SQLAlchemy notices it: for that the
    column's type is wrapped, `mapped_column(MutableDict.as_mutable(JSONB))`, as that of
    `Person.profile` is; a list's by `MutableList`.

    Pitfall: without it, `row.data["key"] = value` is lost, and no error says so.

    Pitfall: `MutableDict` sees its own keys only: after a change further inside, call
    `flag_modified()` or assign a new value to the key.

    Pitfall: hold the object in a variable: `db.session.get(Person, 1).profile["city"] = "Porto"`
    is lost too, for the object is gone before the change.
    """

    class Base(DeclarativeBase):
        pass

    class PlainPerson(Base):
        __tablename__ = "persons"
        id: Mapped[int] = mapped_column(primary_key=True)
        profile: Mapped[dict[str, Any]] = mapped_column(JSONB)

    plain = db.session.get_one(PlainPerson, 1)
    tracked, nested, flagged = (db.session.get_one(Person, key) for key in (2, 3, 4))
    plain.profile["city"] = city
    tracked.profile["city"] = city
    nested.profile["languages"].append("it")
    flagged.profile["languages"].append("it")
    flag_modified(flagged, "profile")
    db.session.commit()
    return {
        "plain JSONB": plain.profile,
        "MutableDict": tracked.profile,
        "MutableDict, further inside": nested.profile,
        "the same with flag_modified()": flagged.profile,
    }


@chapter.recipe(
    "Change one key of JSONB with an UPDATE",
    keywords="jsonb_set update key path subscript assignment concat merge delete_path partial "
    "change one key inside a json document",
    links=(
        f"{DIALECT}#sqlalchemy.dialects.postgresql.JSONB",
        "https://www.postgresql.org/docs/18/functions-json.html#FUNCTIONS-JSON-PROCESSING",
    ),
)
def jsonb_set(name: str = "Amy", city: str = "Porto") -> dict[str, Any]:
    """Set a key of JSONB in the database, without loading the row and without writing over
    what others change in its other keys meanwhile.

    Pitfall: `jsonb_set()` of an SQL NULL makes the whole document NULL; bind the value as
    JSONB, where None is the JSON null.
    """
    profile = Person.profile
    second = array(["languages", "1"])
    changes = {
        "profile[key]": {profile["city"]: city},
        "jsonb_set": {profile: func.jsonb_set(profile, second, literal("es", JSONB))},
        "concat": {profile: profile.concat({"moved": True})},
        "delete_path": {profile: profile.delete_path(["languages", "0"])},
    }
    person = update(Person).where(Person.name == name).returning(profile)
    return {how: db.session.scalar(person.values(new)) for how, new in changes.items()}


@chapter.recipe(
    "Arrays: contains, overlap, any_, unnest",
    keywords="array tags any_ all_ contains overlap unnest list column @> && = any",
    links=(
        f"{DIALECT}#sqlalchemy.dialects.postgresql.ARRAY",
        "https://www.postgresql.org/docs/18/functions-array.html",
    ),
)
def arrays(tag: str = "engineer", other: str = "remote") -> dict[str, list[Any]]:
    """Find rows by what an array column contains: one value, every value, or any of several.
    `unnest()` makes rows of the elements.

    Pitfall: a GIN index serves `contains()` and `overlap()`, not `= ANY`.

    Pitfall: Postgres counts from 1, and `tags[0]` is NULL; `ARRAY(Text, zero_indexes=True)`
    counts as Python does.

    Deprecated: `ARRAY.Comparator.any()`: write `any_(column) == value`.
    """
    names = select(Person.name).order_by(Person.id)
    statements = {
        "any_": names.where(any_(Person.tags) == tag),
        "contains": names.where(Person.tags.contains([tag, other])),
        "overlap": names.where(Person.tags.overlap([tag, other])),
        "first of each": select(Person.tags[1]).order_by(Person.id),
        "unnest": select(func.unnest(Person.tags).label("t")).distinct().order_by("t"),
    }
    return {label: db.session.scalars(one).all() for label, one in statements.items()}


@chapter.recipe(
    "Full-text search with rank",
    keywords="tsvector tsquery websearch_to_tsquery ts_rank ts_headline gin search engine match @@",
    links=(
        f"{DIALECT}#full-text-search",
        "https://www.postgresql.org/docs/18/textsearch-controls.html",
    ),
)
def full_text_search(words: str = "copper still -pot", size: int = 5) -> list[Row]:
    """Search texts by words in any of their forms, best match first. A generated column holds
    the words, a GIN index finds them, and `websearch_to_tsquery()` reads what users type.

    Pitfall: name the language on both sides, the same one; without it the server's setting
    decides, and a generated column is refused.

    Pitfall: from Postgres 18 a generated column is virtual and cannot have an index, unless
    `persisted=True`.

    Pitfall: `column.match()` is `plainto_tsquery()`, to which `-` and quotes mean nothing.
    """

    class Base(DeclarativeBase):
        pass

    class Page(Base):
        __tablename__ = "pages"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        body: Mapped[str]
        words: Mapped[str] = mapped_column(
            TSVECTOR,
            Computed(
                """setweight(to_tsvector('english', title), 'A') ||
                to_tsvector('english', body)""",
                persisted=True,
            ),
            deferred=True,
        )
        __table_args__ = (Index(None, "words", postgresql_using="gin"),)

    Base.metadata.create_all(db.engine)
    db.session.add_all(
        [
            Page(title="Stills", body="Makers of stills like copper for its heat."),
            Page(title="Copper stills", body="How one is soldered, cleaned and kept."),
            Page(title="Pot stills", body="A copper pot, a fire, and patience."),
        ]
    )
    query = func.websearch_to_tsquery("english", words)
    rank = func.ts_rank(Page.words, query).label("rank")
    headline = func.ts_headline("english", Page.body, query).label("headline")
    return db.session.execute(
        select(Page.title, rank, headline)
        .where(Page.words.bool_op("@@")(query))
        .order_by(rank.desc(), Page.id)
        .limit(size)
    ).all()


@chapter.recipe(
    "Typo-tolerant search with trigrams",
    keywords="pg_trgm similarity fuzzy trigram misspelled ilike index gin_trgm_ops did you mean",
    links=("https://www.postgresql.org/docs/18/pgtrgm.html", f"{DIALECT}#operator-classes"),
    needs="pg_trgm",
)
def trigram(word: str = "lagavulan", size: int = 5) -> list[Row]:
    """Find misspelled names by similarity, most similar first. The extension pg_trgm compares
    texts by their groups of three letters; its index serves `%`, LIKE and ILIKE alike.

    Pitfall: `%` holds from a similarity of 0.3, which is a setting
    (`pg_trgm.similarity_threshold`); for a word in a long text take `<%`, word similarity.

    Pitfall: `CREATE EXTENSION pg_trgm` is for a migration: it needs CREATE on the database.
    """

    class Base(DeclarativeBase):
        pass

    class Bottle(Base):
        __tablename__ = "bottles"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        __table_args__ = (
            Index(
                None,
                "name",
                postgresql_using="gist",
                postgresql_ops={"name": "gist_trgm_ops"},
            ),
        )

    Base.metadata.create_all(db.engine)
    names = ["Lagavulin", "Lagavulin 16", "Laphroaig", "Talisker"]
    db.session.add_all([Bottle(name=name) for name in names])
    number = func.generate_series(1, 500).column_valued()
    filler = select(func.concat("Cask ", number))
    db.session.execute(insert(Bottle).from_select(["name"], filler))
    db.session.execute(text("ANALYZE bottles"))

    similarity = func.similarity(Bottle.name, word)
    return db.session.execute(
        select(Bottle.name, similarity.label("similarity"))
        .where(Bottle.name.bool_op("%")(word))
        .order_by(Bottle.name.op("<->")(word), Bottle.id)
        .limit(size)
    ).all()


@chapter.recipe(
    "Ranges that must not overlap",
    keywords="range daterange tstzrange exclude constraint booking overlap double reservation gist",
    links=(
        f"{DIALECT}#range-and-multirange-types",
        "https://www.postgresql.org/docs/18/rangetypes.html#RANGETYPES-CONSTRAINT",
    ),
    raises=IntegrityError,
)
def exclusion_constraint(
    room: int = 1, begin: date = date(2026, 3, 12), end: date = date(2026, 3, 14)
) -> list[Row]:
    """Prevent double bookings with a range column and an exclusion constraint: Postgres
    refuses a range that overlaps another one, even of a transaction under way.

    Pitfall: a range is `[)`, without its end, so that one booking begins where another ends.

    Pitfall: `("room", "=")` in such a constraint needs the extension btree_gist, and so does
    WITHOUT OVERLAPS of Postgres 18; a range of one number and `&&` does not.
    """

    class Base(DeclarativeBase):
        pass

    class Booking(Base):
        __tablename__ = "bookings"
        id: Mapped[int] = mapped_column(primary_key=True)
        room: Mapped[int]
        days: Mapped[Range[date]] = mapped_column(DATERANGE)
        __table_args__ = (
            ExcludeConstraint(
                (text("int8range(room, room, '[]')"), "&&"),
                ("days", "&&"),
                name="one_at_a_time",
            ),
        )

    Base.metadata.create_all(db.engine)
    db.session.add(Booking(room=1, days=Range(date(2026, 3, 10), date(2026, 3, 13))))
    db.session.commit()
    db.session.add(Booking(room=room, days=Range(begin, end)))
    db.session.commit()
    return db.session.execute(
        select(Booking.room, Booking.days)
        .where(Booking.days.overlaps(Range(date(2026, 3, 1), date(2026, 4, 1))))
        .order_by(Booking.id)
    ).all()
