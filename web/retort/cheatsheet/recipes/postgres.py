"""Postgres types and search: JSONB, arrays, ranges, full text."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import (
    JSON,
    Computed,
    Index,
    Numeric,
    Row,
    any_,
    cast,
    create_engine,
    func,
    insert,
    literal,
    null,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import (
    CIDR,
    DATERANGE,
    INET,
    JSONB,
    TSVECTOR,
    ExcludeConstraint,
    Range,
    array,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.orm.attributes import flag_modified

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order, Person

chapter = Chapter("G", "Postgres types and search")

DIALECT = "https://docs.sqlalchemy.org/en/21/dialects/postgresql.html"


@chapter.recipe(
    "A value inside JSONB",
    keywords="json jsonb path key index astext as_string as_integer nested subscript arrow "
    "->> query json field by key value",
    links=(
        f"{DIALECT}#sqlalchemy.dialects.postgresql.JSONB",
        "https://www.postgresql.org/docs/18/functions-json.html",
    ),
)
def jsonb_path(key: str = "city", index: int = 0) -> list[Row]:
    """Read a key or a nested path of a JSONB column, in SELECT or in WHERE. A key that is
    missing gives NULL, not an error.

    Pitfall: `profile[key]` is JSONB, even if it holds a string. To search, sort or join by it,
    take `.astext`, or cast it with `.as_integer()` and the like.

    Pitfall: `profile[key]` is sent as a subscript, `profile['city']`, which an index on
    `profile -> 'city'` does not serve. Index the same expression that you search by.
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
    """Find the rows whose JSONB contains a document (`@>`) or has a key (`?`). One GIN index on
    the column serves these operators for every key.

    Pitfall: a GIN index serves `@>`, but not `->>` with `=`. An index with `jsonb_path_ops` is
    smaller, and does not serve `?`.

    Deprecated: `JSON.contains()`: Postgres has `@>` only for JSONB, so make the column JSONB.
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
    """SQLAlchemy saves a change inside a JSONB value only if the column's type reports it:
    declare the column as `mapped_column(MutableDict.as_mutable(JSONB))`, as `Person.profile`
    is. For a list there is `MutableList`.

    Pitfall: with plain JSONB, `row.data["key"] = value` is lost, and no error says so.

    Pitfall: `MutableDict` notices changes of its own keys only. After a change further inside,
    call `flag_modified()` or assign a new value to the key.

    Pitfall: keep the object in a variable. After `db.session.get(Person, 1).profile["city"] =
    "Porto"` nothing is saved, because Python frees the object before the change is made.
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
    """Set a key of JSONB in the database, without loading the row, and without overwriting what
    others change in its other keys meanwhile.

    Pitfall: `jsonb_set()` with an SQL NULL makes the whole document NULL. Bind the value as
    JSONB, so that None becomes JSON's null.
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
    "Rows from the elements of a JSONB array",
    keywords="jsonb_array_elements jsonb_array_elements_text jsonb_to_recordset expand unnest json "
    "array list of objects column_valued table_valued",
    links=(
        "https://docs.sqlalchemy.org/en/21/tutorial/data_select.html#table-valued-functions",
        "https://www.postgresql.org/docs/18/functions-json.html#FUNCTIONS-JSON-PROCESSING",
    ),
)
def jsonb_elements(least: int = 1) -> list[Row]:
    """`jsonb_array_elements_text()` makes a row of each element of a JSONB array, so that the
    elements can be joined, filtered and counted. For an array of objects, take
    `jsonb_array_elements()` with `table_valued(column("value", JSONB))`.

    Pitfall: a person whose array is missing or empty gives no row, because the join is an inner
    one; `outerjoin()` keeps them.

    Pitfall: a value that is not an array raises "cannot extract elements from a scalar", or "from
    an object".
    """
    languages = Person.profile["languages"]
    elements = func.jsonb_array_elements_text(languages).table_valued("value")
    language = elements.c.value.label("language")
    persons = func.count(Person.id)
    return db.session.execute(
        select(language, persons.label("persons"))
        .select_from(Person)
        .join(elements, true())
        .group_by(language)
        .having(persons >= least)
        .order_by(persons.desc(), language)
    ).all()


@chapter.recipe(
    "NULL or JSON null",
    keywords="jsonb none null JSON.NULL none_as_null is null not found sqlalchemy.null() empty "
    "json column",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/type_basics.html"
        "#sqlalchemy.types.JSON.params.none_as_null",
        "https://docs.sqlalchemy.org/en/21/core/type_basics.html#sqlalchemy.types.JSON.NULL",
    ),
)
def json_null() -> list[Row]:
    """A JSONB column has two kinds of nothing: SQL's NULL, if no value was given, and the JSON
    value `null`, which is what an object with `data=None` stores. `null()` stores NULL.

    Pitfall: `is_(None)` finds NULL only. The JSON value is found by `== JSON.NULL`.

    Pitfall: if the two should be one, declare the column as `JSONB(none_as_null=True)`: then None
    is stored as NULL.
    """

    class Base(DeclarativeBase):
        pass

    class Event(Base):
        __tablename__ = "events"
        id: Mapped[int] = mapped_column(primary_key=True)
        given: Mapped[str]
        data: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    Base.metadata.create_all(db.engine)
    db.session.add_all(
        [
            Event(given="nothing"),
            Event(given="None", data=None),
            Event(given="null()", data=null()),
        ]
    )
    return db.session.execute(
        select(
            Event.given,
            Event.data.is_(None).label("is_(None)"),
            (Event.data == JSON.NULL).label("== JSON.NULL"),
        ).order_by(Event.id)
    ).all()


@chapter.recipe(
    "Dates and Decimals in JSONB: json_serializer",
    keywords="Object of type datetime is not JSON serializable Object of type Decimal uuid insert "
    "json column custom encoder json_deserializer orjson "
    "DataError invalid input syntax for type json Token is invalid single quotes",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/type_basics.html#sqlalchemy.types.JSON",
        "https://docs.python.org/3/library/json.html#json.dumps",
    ),
)
def json_serializer(day: date = date(2026, 3, 12)) -> dict[str, Any]:
    """A value that Python's `json` does not know, such as a date, raises TypeError: "Object of
    type date is not JSON serializable". The engine takes a function that turns values into JSON;
    `default=str` writes what is unknown as text.

    Pitfall: what comes back is text: JSON has no dates, and the column does not know that it was
    one.

    Pitfall: with Flask-SQLAlchemy the function goes into `SQLALCHEMY_ENGINE_OPTIONS`, as
    `{"json_serializer": dumps}`.

    Pitfall: `str()` of a dict is no JSON, because it has single quotes: "invalid input syntax for
    type json". Use `json.dumps()`.
    """

    class Base(DeclarativeBase):
        pass

    class Event(Base):
        __tablename__ = "events"
        id: Mapped[int] = mapped_column(primary_key=True)
        data: Mapped[dict[str, Any]] = mapped_column(JSONB)

    engine = create_engine(
        db.engine.url, json_serializer=partial(json.dumps, default=str)
    )
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        event = Event(data={"day": day, "price": Decimal("9.90")})
        session.add(event)
        session.commit()
        return event.data


@chapter.recipe(
    "Arrays: contains, overlap, any_, unnest",
    keywords="array tags any_ all_ contains overlap unnest list column @> && = any "
    "malformed array literal array value must start with dimension "
    "information operator does not exist character varying[] @> text[]",
    links=(
        f"{DIALECT}#sqlalchemy.dialects.postgresql.ARRAY",
        "https://www.postgresql.org/docs/18/functions-array.html",
    ),
)
def arrays(tag: str = "engineer", other: str = "remote") -> dict[str, list[Any]]:
    """Find rows by what an array column contains: one value, all of several values, or any of
    them. `unnest()` makes a row of each element.

    Pitfall: a GIN index serves `contains()` and `overlap()`, but not `any_()`.

    Pitfall: Postgres counts from 1, so `tags[0]` is NULL. `ARRAY(Text, zero_indexes=True)`
    counts as Python does.

    Deprecated: `ARRAY.Comparator.any()`: write `any_(column) == value`.

    Pitfall: send a list. Of the text `"red,green"` Postgres says "malformed array literal".
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
    "Change an array: append and remove",
    keywords="array_append array_remove add tag to array update mutablelist append remove element "
    "list column",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/extensions/mutable.html",
        "https://www.postgresql.org/docs/18/functions-array.html",
    ),
)
def array_append(tag: str = "mentor") -> dict[str, list[str]]:
    """In the database, `array_append()` and `array_remove()` change an array without loading
    it, in many rows at once. On an object, `append()` and `remove()` are saved if the column's
    type is `MutableList.as_mutable(ARRAY(Text))`, like the type of `Person.tags`.

    Pitfall: `array_append()` adds the tag even to an array that has it, hence the condition.

    Pitfall: on an object the whole array is written, and what another transaction added
    meanwhile is lost, unless a `version_id_col` notices it.
    """
    engineer = update(Person).where(Person.tags.contains(["engineer"]))
    new = ~Person.tags.contains([tag])
    db.session.execute(
        engineer.where(new).values(tags=func.array_append(Person.tags, tag))
    )
    db.session.execute(engineer.values(tags=func.array_remove(Person.tags, "remote")))
    amy = db.session.get_one(Person, 1)
    amy.tags.append(tag)
    db.session.commit()
    tagged = select(Person).where(Person.tags.contains([tag])).order_by(Person.id)
    return {person.name: person.tags for person in db.session.scalars(tagged)}


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
    the words, a GIN index finds them, and `websearch_to_tsquery()` reads what users type into a
    search box.

    Pitfall: name the same language in the column and in the query. Without it the server's
    setting decides, and Postgres refuses such a generated column.

    Pitfall: since Postgres 18 a generated column is virtual by default, and a virtual column
    cannot have an index: set `persisted=True`.

    Pitfall: `column.match()` sends `plainto_tsquery()`, which gives `-` and quotes no meaning.

    Pitfall: it finds whole words. For the beginning of one, use `to_tsquery()` with `copp:*`;
    for misspelled words, trigrams.
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
    keywords="pg_trgm similarity fuzzy trigram misspelled ilike index gin_trgm_ops did you mean "
    "UndefinedObject operator class does not exist for access method gin "
    "UndefinedFunction function similarity character varying unknown does not "
    "exist permission denied to create extension must have CREATE privilege on "
    "current database",
    links=(
        "https://www.postgresql.org/docs/18/pgtrgm.html",
        f"{DIALECT}#operator-classes",
    ),
    needs="pg_trgm",
)
def trigram(word: str = "lagavulan", size: int = 5) -> list[Row]:
    """Find misspelled names by similarity, most similar first. The extension pg_trgm compares
    texts by their groups of three letters, and its index serves `%`, LIKE and ILIKE.

    Pitfall: `%` matches if the similarity is above 0.3, a limit that the setting
    `pg_trgm.similarity_threshold` changes. To find a word in a long text, use `<%`, which
    compares it with the most similar part.

    Pitfall: run `CREATE EXTENSION pg_trgm` in a migration, because it needs the right CREATE on
    the database.
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
    keywords="range daterange tstzrange exclude constraint booking overlap double reservation gist "
    "ExclusionViolation conflicting key value violates exclusion constraint "
    "conflicts with existing key UndefinedObject data type integer has no default "
    "operator class for access method gist",
    links=(
        f"{DIALECT}#range-and-multirange-types",
        "https://www.postgresql.org/docs/18/rangetypes.html#RANGETYPES-CONSTRAINT",
    ),
    raises=IntegrityError,
)
def exclusion_constraint(
    room: int = 1, begin: date = date(2026, 3, 12), end: date = date(2026, 3, 14)
) -> list[Row]:
    """Prevent double bookings with a range column and an exclusion constraint: Postgres refuses
    a range that overlaps another, even if two transactions insert them at the same time.

    Pitfall: a range includes its first day but not its last, so that one booking can begin on
    the day on which another ends. `Range(begin, end, bounds="[]")` includes both.

    Pitfall: `("room", "=")` in the constraint needs the extension btree_gist, and so does
    WITHOUT OVERLAPS of Postgres 18. A range of one number with `&&`, as here, needs no
    extension.
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


@chapter.recipe(
    "Durations: INTERVAL and timedelta",
    keywords="interval timedelta duration date arithmetic older than days ago difference between "
    "two timestamps make_interval extract epoch now minus",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/type_basics.html#sqlalchemy.types.Interval",
        "https://www.postgresql.org/docs/18/functions-datetime.html",
    ),
)
def interval(days: int = 14) -> dict[str, Any]:
    """Python's `timedelta` is INTERVAL in Postgres, both as a value and as a column. Subtract it
    from `func.now()` to find what is older; the difference of two timestamps is a `timedelta`
    again.

    Pitfall: a `timedelta` has no months. For these use `func.make_interval(0, 1)`, whose
    arguments are years and months, or `text("INTERVAL '1 month'")`.

    Pitfall: do not calculate with the column in a condition: `placed_at + days < now()` cannot
    use an index on `placed_at`, but `placed_at < now() - days` can.
    """
    # Always the same, to show it here; else func.now()
    now = literal(datetime(2026, 4, 3, tzinfo=UTC))
    older = select(Order.id).where(Order.placed_at < now - timedelta(days=days))
    age = (now - Order.placed_at).label("age")
    hours = (func.extract("epoch", age) / 3600).label("hours")
    return {
        "older": db.session.scalars(older.order_by(Order.id)).all(),
        "age of order 6": db.session.scalar(select(age).where(Order.id == 6)),
        "in hours": db.session.scalar(select(func.round(hours)).where(Order.id == 6)),
    }


@chapter.recipe(
    "Money: Numeric, not float",
    keywords="decimal numeric float money currency price amount rounding precision scale cents "
    "double precision 0.30000000000000004",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/type_basics.html#sqlalchemy.types.Numeric",
        "https://www.postgresql.org/docs/18/datatype-numeric.html#DATATYPE-NUMERIC-DECIMAL",
    ),
)
def money() -> dict[str, Any]:
    """Amounts of money are `Mapped[Decimal]`, which is NUMERIC in Postgres and exact.
    `Mapped[float]` is binary: 0.1 has no exact value there, so sums are a little wrong, and
    comparisons fail.

    Pitfall: `Numeric(10, 2)` rounds what has more decimals, without an error; more digits
    before the point raise one. Plain `Numeric` keeps every digit.

    Pitfall: write `Decimal("0.1")`. `Decimal(0.1)` takes over the error of the float.

    Pitfall: avoid Postgres' type `money`: its decimals and its currency sign depend on a
    setting of the server, `lc_monetary`.
    """

    class Base(DeclarativeBase):
        pass

    class Payment(Base):
        __tablename__ = "payments"
        id: Mapped[int] = mapped_column(primary_key=True)
        exact: Mapped[Decimal] = mapped_column(Numeric(10, 2))
        inexact: Mapped[float]

    Base.metadata.create_all(db.engine)
    db.session.add_all([Payment(exact=Decimal("0.1"), inexact=0.1) for _ in range(3)])
    exact, inexact = db.session.execute(
        select(func.sum(Payment.exact), func.sum(Payment.inexact))
    ).one()
    return {
        "sum of Decimal": exact,
        "sum of float": inexact,
        "equal to 0.3": [exact == Decimal("0.3"), inexact == 0.3],
    }


@chapter.recipe(
    "IP addresses and networks: INET, CIDR",
    keywords="inet cidr ip address subnet network contained in ipaddress allow list block "
    "invalid input syntax for type inet cidr",
    links=(
        f"{DIALECT}#sqlalchemy.dialects.postgresql.INET",
        "https://www.postgresql.org/docs/18/functions-net.html",
    ),
)
def inet(network: str = "10.0.0.0/8") -> list[Row]:
    """INET stores an address, IPv4 or IPv6, and CIDR a network. Postgres refuses what is neither,
    sorts by number, and finds the addresses inside a network with `<<=`.

    Pitfall: with psycopg2 the values are strings. Make objects with `ipaddress.ip_address()`,
    which psycopg 3 gives by itself.

    Pitfall: an ordinary index serves `=`, sorting, and `<<=` with a network that is given. For
    `&&`, and for networks that are columns, it has to be GiST with `inet_ops`.
    """

    class Base(DeclarativeBase):
        pass

    class Visit(Base):
        __tablename__ = "visits"
        id: Mapped[int] = mapped_column(primary_key=True)
        address: Mapped[str] = mapped_column(INET)

    Base.metadata.create_all(db.engine)
    addresses = ["10.0.0.9", "10.0.0.10", "192.168.1.1", "2001:db8::1"]
    db.session.add_all([Visit(address=address) for address in addresses])
    inside = Visit.address.bool_op("<<=")(cast(network, CIDR))
    return db.session.execute(
        select(
            Visit.address,
            inside.label("inside"),
            func.family(Visit.address).label("IPv"),
        ).order_by(Visit.address)
    ).all()
