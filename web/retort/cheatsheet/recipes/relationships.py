"""Relationships: objects that lead to objects."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportOptionalMemberAccess=false, reportRedeclaration=false
# ruff: noqa: N806

from sqlalchemy import Column, ForeignKey, Integer, Table, Text, func, select
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    WriteOnlyMapped,
    backref,
    declarative_base,
    mapped_column,
    relationship,
    selectinload,
)

from retort.cheatsheet.recipe import Chapter
from retort.database import db

chapter = Chapter("L", "Relationships")

BASIC = "https://docs.sqlalchemy.org/en/21/orm/basic_relationships.html"
CASCADES = "https://docs.sqlalchemy.org/en/21/orm/cascades.html"
LARGE = "https://docs.sqlalchemy.org/en/21/orm/large_collections.html"


@chapter.recipe(
    "One to many",
    keywords="relationship foreign key parent children list belongs to has many many-to-one",
    links=(f"{BASIC}#one-to-many",),
)
def one_to_many(title: str = "Emma") -> dict[str, object]:
    """A one-to-many relationship: the foreign key lies with the many, and `relationship(
        ),
    )
    adds what only Python sees, a list on one side and an object on the other.

    Pitfall: Postgres makes no index for a foreign key: `index=True`, or each join and each
    delete of a parent reads the whole table.

    Pitfall: a list without `order_by=` comes in any order.
    """

    class Base(DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "authors"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        books: Mapped[list["Book"]] = relationship(
            back_populates="author",
            order_by="Book.id",
        )

    class Book(Base):
        __tablename__ = "books"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), index=True)
        author: Mapped[Author] = relationship(back_populates="books")

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        jane = Author(name="Jane", books=[Book(title=title), Book(title="Sanditon")])
        session.add(jane)
        session.commit()
        return {
            "jane.books": [book.title for book in jane.books],
            "book.author.name": jane.books[0].author.name,
        }


@chapter.legacy()
def one_to_many_legacy(title: str = "Emma") -> dict[str, object]:
    Base = declarative_base()

    class Author(Base):
        __tablename__ = "authors"
        id = Column(Integer, primary_key=True)
        name = Column(Text, nullable=False)
        books = relationship("Book", backref="author", order_by="Book.id")

    class Book(Base):
        __tablename__ = "books"
        id = Column(Integer, primary_key=True)
        title = Column(Text, nullable=False)
        author_id = Column(ForeignKey("authors.id"), nullable=False, index=True)

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        jane = Author(name="Jane", books=[Book(title=title), Book(title="Sanditon")])
        session.add(jane)
        session.commit()
        return {
            "jane.books": [book.title for book in jane.books],
            "book.author.name": jane.books[0].author.name,
        }


@chapter.recipe(
    "One to one",
    keywords="relationship uselist unique foreign key has one scalar exactly one profile of a user",
    links=(f"{BASIC}#one-to-one",),
)
def one_to_one() -> dict[str, object]:
    """A one-to-one relationship is a one-to-many whose foreign key is unique. `Mapped` of one
    class, not of a list, makes both sides a single object, or None.

    Pitfall: only `unique=True` keeps a second row out; without it SQLAlchemy takes one of the
    rows and warns.
    """

    class Base(DeclarativeBase):
        pass

    class Country(Base):
        __tablename__ = "countries"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        capital: Mapped["Capital | None"] = relationship(back_populates="country")

    class Capital(Base):
        __tablename__ = "capitals"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        country_id: Mapped[int] = mapped_column(ForeignKey("countries.id"), unique=True)
        country: Mapped[Country] = relationship(back_populates="capital")

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        portugal = Country(name="Portugal", capital=Capital(name="Lisbon"))
        atlantis = Country(name="Atlantis")
        session.add_all([portugal, atlantis])
        session.commit()
        return {
            "portugal.capital.name": portugal.capital.name,
            "atlantis.capital": atlantis.capital,
        }


@chapter.legacy()
def one_to_one_legacy() -> dict[str, object]:
    Base = declarative_base()

    class Country(Base):
        __tablename__ = "countries"
        id = Column(Integer, primary_key=True)
        name = Column(Text, nullable=False)
        capital = relationship("Capital", uselist=False, backref="country")

    class Capital(Base):
        __tablename__ = "capitals"
        id = Column(Integer, primary_key=True)
        name = Column(Text, nullable=False)
        country_id = Column(ForeignKey("countries.id"), nullable=False, unique=True)

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        portugal = Country(name="Portugal", capital=Capital(name="Lisbon"))
        atlantis = Country(name="Atlantis")
        session.add_all([portugal, atlantis])
        session.commit()
        return {
            "portugal.capital.name": portugal.capital.name,
            "atlantis.capital": atlantis.capital,
        }


@chapter.recipe(
    "Many to many",
    keywords="relationship secondary association table junction join table tags",
    links=(f"{BASIC}#many-to-many",),
)
def many_to_many(tag: str = "python") -> dict[str, object]:
    """A many-to-many relationship needs a third table, of the pairs: `secondary`. SQLAlchemy
    alone writes to it, as the lists change.

    Pitfall: the primary key is both columns, so that no pair is there twice; it serves as
    an index for the first column only.

    Pitfall: a pair that has more to say, such as a date, is a class: see the association
    object.
    """

    class Base(DeclarativeBase):
        pass

    posts_tags = Table(
        "posts_tags",
        Base.metadata,
        Column("post_id", ForeignKey("posts.id"), primary_key=True),
        Column("tag_id", ForeignKey("tags.id"), primary_key=True, index=True),
    )

    class Post(Base):
        __tablename__ = "posts"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        tags: Mapped[list["Tag"]] = relationship(
            secondary=posts_tags,
            back_populates="posts",
        )

    class Tag(Base):
        __tablename__ = "tags"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(unique=True)
        posts: Mapped[list[Post]] = relationship(
            secondary=posts_tags,
            back_populates="tags",
        )

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        orm, sql = Tag(name=tag), Tag(name="sql")
        post = Post(title="Joins", tags=[orm, sql])
        session.add(post)
        session.flush()
        post.tags.remove(sql)  # DELETE FROM posts_tags
        session.commit()
        return {
            "post.tags": [tag.name for tag in post.tags],
            "tag.posts": [post.title for post in orm.posts],
        }


@chapter.legacy()
def many_to_many_legacy(tag: str = "python") -> dict[str, object]:
    Base = declarative_base()

    posts_tags = Table(
        "posts_tags",
        Base.metadata,
        Column("post_id", Integer, ForeignKey("posts.id"), primary_key=True),
        Column("tag_id", Integer, ForeignKey("tags.id"), primary_key=True, index=True),
    )

    class Post(Base):
        __tablename__ = "posts"
        id = Column(Integer, primary_key=True)
        title = Column(Text, nullable=False)
        tags = relationship("Tag", secondary=posts_tags, backref="posts")

    class Tag(Base):
        __tablename__ = "tags"
        id = Column(Integer, primary_key=True)
        name = Column(Text, nullable=False, unique=True)

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        orm, sql = Tag(name=tag), Tag(name="sql")
        post = Post(title="Joins", tags=[orm, sql])
        session.add(post)
        session.flush()
        post.tags.remove(sql)
        session.commit()
        return {
            "post.tags": [tag.name for tag in post.tags],
            "tag.posts": [post.title for post in orm.posts],
        }


@chapter.recipe(
    "Both sides: back_populates, formerly backref",
    keywords="backref bidirectional two-way inverse side sync in memory lambda "
    "will copy column which conflicts with relationship overlaps",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/backref.html",
        f"{BASIC}#one-to-many",
    ),
)
def back_populates() -> dict[str, object]:
    """`back_populates` names the other side of a relationship: a change on one shows on the
    other at once, before any SQL. `backref`, which is legacy, writes the other side out of
    sight of readers and type checkers; since 2.1 a lambda can stand for the name.

    Pitfall: two relationships over one foreign key without it: SQLAlchemy warns, and one side
    learns of the other only when it is loaded again.

    Pitfall: `Book(author=author)` does not add the book to the author's session:
    `session.add(book)`, or a warning and no row.

    Removed: `relationship(cascade_backrefs=True)`: it did add the book.
    """

    class Base(DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "authors"
        id: Mapped[int] = mapped_column(primary_key=True)
        books: Mapped[list["Book"]] = relationship(back_populates=lambda: Book.author)

    class Book(Base):
        __tablename__ = "books"
        id: Mapped[int] = mapped_column(primary_key=True)
        author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), index=True)
        author: Mapped["Author | None"] = relationship(
            back_populates=lambda: Author.books,
        )

    jane, book = Author(), Book()
    book.author = jane
    there = book in jane.books
    jane.books.remove(book)
    return {"in author.books": there, "book.author after remove()": book.author}


@chapter.legacy()
def back_populates_legacy() -> dict[str, object]:
    Base = declarative_base()

    class Author(Base):
        __tablename__ = "authors"
        id = Column(Integer, primary_key=True)
        books = relationship("Book", backref="author")

    class Book(Base):
        __tablename__ = "books"
        id = Column(Integer, primary_key=True)
        author_id = Column(ForeignKey("authors.id"), nullable=False, index=True)

    jane, book = Author(), Book()
    book.author = jane
    there = book in jane.books
    jane.books.remove(book)
    return {"in author.books": there, "book.author after remove()": book.author}


@chapter.recipe(
    "Association object",
    keywords="many to many with extra columns data on the link membership role through",
    links=(f"{BASIC}#association-object",),
)
def association_object(role: str = "editor") -> list[str]:
    """An association object is a many-to-many whose pairs hold data of their own, such as a
    role or a date: a class for the third table, with a relationship to each side.

    Pitfall: do not use the same table as `secondary` too, unless that is `viewonly=True`: both
    would write the row.
    """

    class Base(DeclarativeBase):
        pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    class Team(Base):
        __tablename__ = "teams"
        id: Mapped[int] = mapped_column(primary_key=True)
        memberships: Mapped[list["Membership"]] = relationship(
            cascade="all, delete-orphan", order_by="Membership.user_id"
        )

    class Membership(Base):
        __tablename__ = "memberships"
        team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), primary_key=True)
        user_id: Mapped[int] = mapped_column(
            ForeignKey("users.id"),
            primary_key=True,
            index=True,
        )
        role: Mapped[str]
        user: Mapped[User] = relationship(lazy="joined")  # comes in the same SELECT

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        amy = Membership(user=User(name="Amy"), role="owner")
        ben = Membership(user=User(name="Ben"), role=role)
        team = Team(memberships=[amy, ben])
        session.add(team)
        session.commit()
        return [f"{link.user.name}: {link.role}" for link in team.memberships]


@chapter.legacy()
def association_object_legacy(role: str = "editor") -> list[str]:
    Base = declarative_base()

    class User(Base):
        __tablename__ = "users"
        id = Column(Integer, primary_key=True)
        name = Column(Text, nullable=False)

    class Team(Base):
        __tablename__ = "teams"
        id = Column(Integer, primary_key=True)
        memberships = relationship(
            "Membership", cascade="all, delete-orphan", order_by="Membership.user_id"
        )

    class Membership(Base):
        __tablename__ = "memberships"
        team_id = Column(ForeignKey("teams.id"), primary_key=True)
        user_id = Column(ForeignKey("users.id"), primary_key=True, index=True)
        role = Column(Text, nullable=False)
        user = relationship("User", lazy="joined")

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        amy = Membership(user=User(name="Amy"), role="owner")
        ben = Membership(user=User(name="Ben"), role=role)
        team = Team(memberships=[amy, ben])
        session.add(team)
        session.commit()
        return [f"{link.user.name}: {link.role}" for link in team.memberships]


@chapter.recipe(
    "Association proxy",
    keywords="associationproxy list of strings tag names shortcut through relationship creator",
    links=("https://docs.sqlalchemy.org/en/21/orm/extensions/associationproxy.html",),
)
def associationproxy(keyword: str = "glass") -> dict[str, object]:
    """An association proxy shows one attribute of the related objects as a list of its own,
    such as texts instead of keyword objects. `creator` makes an object of a value.

    Pitfall: each value makes a new object, also where a row of that name exists.
    """

    class Base(DeclarativeBase):
        pass

    class Item(Base):
        __tablename__ = "items"
        id: Mapped[int] = mapped_column(primary_key=True)
        keywords: Mapped[list["Keyword"]] = relationship(
            cascade="all, delete-orphan", order_by="Keyword.id"
        )
        words: AssociationProxy[list[str]] = association_proxy(
            "keywords", "word", creator=lambda word: Keyword(word=word)
        )

    class Keyword(Base):
        __tablename__ = "keywords"
        id: Mapped[int] = mapped_column(primary_key=True)
        item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
        word: Mapped[str]

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        item = Item(words=[keyword, "flask"])
        item.words.append("lab")
        session.add(item)
        session.commit()
        found = session.scalars(select(Item).where(Item.words == keyword)).one()
        return {"item.words": list(item.words), "where() finds it": found is item}


@chapter.recipe(
    "A tree: self-referential relationship",
    keywords="self-referential adjacency list parent children hierarchy remote_side "
    "recursion_depth nested category",
    links=("https://docs.sqlalchemy.org/en/21/orm/self_referential.html",),
)
def adjacency_list() -> dict[str, object]:
    """A table that refers to itself is a tree: `remote_side` says which end is the parent.

    Pitfall: lazy loading takes a statement for each node. `recursion_depth=-1` makes it one
    for each level; a recursive CTE reads a whole tree in one.
    """

    class Base(DeclarativeBase):
        pass

    class Category(Base):
        __tablename__ = "categories"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        parent_id: Mapped[int | None] = mapped_column(
            ForeignKey("categories.id"),
            index=True,
        )
        parent: Mapped["Category | None"] = relationship(
            back_populates="children", remote_side=[id]
        )
        children: Mapped[list["Category"]] = relationship(
            back_populates="parent", order_by="Category.id"
        )

    def names(category: Category) -> dict[str, object]:
        return {child.name: names(child) for child in category.children}

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        flask = Category(name="Flask", children=[Category(name="500 ml")])
        session.add(Category(name="Glass", children=[flask, Category(name="Beaker")]))
        session.commit()
        children = selectinload(Category.children, recursion_depth=-1)
        top = select(Category).where(Category.parent_id.is_(None)).options(children)
        return {category.name: names(category) for category in session.scalars(top)}


@chapter.legacy(note="`join_depth` fixes in the class how deep each query goes.")
def adjacency_list_legacy() -> dict[str, object]:
    Base = declarative_base()

    class Category(Base):
        __tablename__ = "categories"
        id = Column(Integer, primary_key=True)
        name = Column(Text, nullable=False)
        parent_id = Column(ForeignKey("categories.id"), index=True)
        children = relationship(
            "Category",
            backref=backref("parent", remote_side=[id]),
            lazy="selectin",
            join_depth=3,
            order_by="Category.id",
        )

    def names(category: Category) -> dict[str, object]:
        return {child.name: names(child) for child in category.children}

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        flask = Category(name="Flask", children=[Category(name="500 ml")])
        session.add(Category(name="Glass", children=[flask, Category(name="Beaker")]))
        session.commit()
        top = session.query(Category).filter(Category.parent_id.is_(None))
        return {category.name: names(category) for category in top}


@chapter.recipe(
    "Two foreign keys to one table",
    keywords="foreign_keys ambiguous AmbiguousForeignKeysError multiple join paths home away "
    "from to origin destination",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/join_conditions.html#handling-multiple-join-paths",
    ),
)
def two_foreign_keys() -> list[str]:
    """Two foreign keys to the same table need a relationship each, and `foreign_keys` says
    which column belongs to it. Without it the first use raises AmbiguousForeignKeysError.

    Pitfall: a list on the other side needs the same, as a text of the class that comes later:
    `relationship(foreign_keys="Flight.origin_id")`.
    """

    class Base(DeclarativeBase):
        pass

    class Airport(Base):
        __tablename__ = "airports"
        id: Mapped[int] = mapped_column(primary_key=True)
        code: Mapped[str]
        departures: Mapped[list["Flight"]] = relationship(
            foreign_keys="Flight.origin_id", back_populates="origin"
        )

    class Flight(Base):
        __tablename__ = "flights"
        id: Mapped[int] = mapped_column(primary_key=True)
        origin_id: Mapped[int] = mapped_column(ForeignKey("airports.id"), index=True)
        target_id: Mapped[int] = mapped_column(ForeignKey("airports.id"), index=True)
        origin: Mapped[Airport] = relationship(
            foreign_keys=[origin_id], back_populates="departures"
        )
        target: Mapped[Airport] = relationship(foreign_keys=[target_id])

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        lis, ams = Airport(code="LIS"), Airport(code="AMS")
        there, back = Flight(origin=lis, target=ams), Flight(origin=ams, target=lis)
        session.add_all([there, back])
        session.commit()
        return [f"{lis.code} to {flight.target.code}" for flight in lis.departures]


@chapter.legacy()
def two_foreign_keys_legacy() -> list[str]:
    Base = declarative_base()

    class Airport(Base):
        __tablename__ = "airports"
        id = Column(Integer, primary_key=True)
        code = Column(Text, nullable=False)

    class Flight(Base):
        __tablename__ = "flights"
        id = Column(Integer, primary_key=True)
        origin_id = Column(ForeignKey("airports.id"), nullable=False, index=True)
        target_id = Column(ForeignKey("airports.id"), nullable=False, index=True)
        origin = relationship("Airport", foreign_keys=[origin_id], backref="departures")
        target = relationship("Airport", foreign_keys=[target_id])

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        lis, ams = Airport(code="LIS"), Airport(code="AMS")
        there, back = Flight(origin=lis, target=ams), Flight(origin=ams, target=lis)
        session.add_all([there, back])
        session.commit()
        return [f"{lis.code} to {flight.target.code}" for flight in lis.departures]


@chapter.recipe(
    "Delete the children too: ORM cascade",
    keywords="cascade all delete-orphan remove child from list delete parent orphans",
    links=(f"{CASCADES}#delete-orphan", f"{CASCADES}#delete"),
)
def delete_orphan() -> dict[str, object]:
    """`cascade="all, delete-orphan"`: a child that leaves its parent's list is deleted, and so
    are all children when the parent is. The ORM loads them first and deletes each by its key.

    Pitfall: without it the children stay and their foreign key becomes NULL: an
    IntegrityError where it may not be.

    Pitfall: it works for objects only, as in `session.delete()`; the statement
    `delete(Parent)`, and `query.delete()`, know no such cascade.
    """

    class Base(DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "authors"
        id: Mapped[int] = mapped_column(primary_key=True)
        books: Mapped[list["Book"]] = relationship(
            cascade="all, delete-orphan",
            order_by="Book.id",
        )

    class Book(Base):
        __tablename__ = "books"
        id: Mapped[int] = mapped_column(primary_key=True)
        author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), index=True)

    Base.metadata.create_all(db.engine)
    count = select(func.count()).select_from(Book)
    with Session(db.engine) as session:
        author = Author(books=[Book(), Book(), Book()])
        session.add(author)
        session.commit()
        author.books.pop()
        session.flush()  # DELETE FROM books
        popped = session.scalar(count)
        session.delete(author)
        session.commit()
        return {"after pop()": popped, "after delete(author)": session.scalar(count)}


@chapter.legacy()
def delete_orphan_legacy() -> dict[str, object]:
    Base = declarative_base()

    class Author(Base):
        __tablename__ = "authors"
        id = Column(Integer, primary_key=True)
        books = relationship("Book", cascade="all, delete-orphan", order_by="Book.id")

    class Book(Base):
        __tablename__ = "books"
        id = Column(Integer, primary_key=True)
        author_id = Column(ForeignKey("authors.id"), nullable=False, index=True)

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        author = Author(books=[Book(), Book(), Book()])
        session.add(author)
        session.commit()
        author.books.pop()
        session.flush()
        popped = session.query(Book).count()
        session.delete(author)
        session.commit()
        deleted = session.query(Book).count()
        return {"after pop()": popped, "after delete(author)": deleted}


@chapter.recipe(
    "Delete the children too: ON DELETE CASCADE",
    keywords="ondelete passive_deletes database cascade foreign key set null delete parent",
    links=(f"{CASCADES}#using-foreign-key-on-delete-cascade-with-orm-relationships",),
)
def on_delete_cascade() -> dict[str, object]:
    """ON DELETE CASCADE leaves the children to the database: one DELETE, however many there
    are, and whoever sends it. `passive_deletes=True` tells the ORM not to load them first.

    Pitfall: `create_all()` does not add it to a table that exists: that is a migration.

    Pitfall: children that are loaded already are deleted by the ORM one by one all the same.
    """

    class Base(DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "authors"
        id: Mapped[int] = mapped_column(primary_key=True)
        books: Mapped[list["Book"]] = relationship(
            cascade="all, delete-orphan", passive_deletes=True
        )

    class Book(Base):
        __tablename__ = "books"
        id: Mapped[int] = mapped_column(primary_key=True)
        author_id: Mapped[int] = mapped_column(
            ForeignKey("authors.id", ondelete="CASCADE"), index=True
        )

    Base.metadata.create_all(db.engine)
    count = select(func.count()).select_from(Book)
    with Session(db.engine) as session:
        author = Author(books=[Book(), Book(), Book()])
        session.add(author)
        session.commit()
        session.delete(author)
        session.commit()
        return {"books left": session.scalar(count)}


@chapter.legacy()
def on_delete_cascade_legacy() -> dict[str, object]:
    Base = declarative_base()

    class Author(Base):
        __tablename__ = "authors"
        id = Column(Integer, primary_key=True)
        books = relationship("Book", cascade="all, delete-orphan", passive_deletes=True)

    class Book(Base):
        __tablename__ = "books"
        id = Column(Integer, primary_key=True)
        author_id = Column(
            ForeignKey("authors.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        )

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        author = Author(books=[Book(), Book(), Book()])
        session.add(author)
        session.commit()
        session.delete(author)
        session.commit()
        return {"books left": session.query(Book).count()}


@chapter.recipe(
    "Large collections: WriteOnlyMapped, formerly dynamic",
    keywords="write only lazy dynamic appenderquery filter children many rows large collection",
    links=(f"{LARGE}#write-only-relationships", f"{LARGE}#dynamic-relationship-loaders"),
)
def write_only(limit: int = 2) -> list[str]:
    """`WriteOnlyMapped` is for a collection too large to load: it is never read as a whole.
    `add()` and `remove()` change it, `select()` begins a query of its rows, and it takes the
    place of `lazy="dynamic"`, which is legacy.

    Pitfall: iterating it raises TypeError: iterate its `select()`.

    Pitfall: without ON DELETE CASCADE and `passive_deletes=True` its owner cannot be deleted.
    """

    class Base(DeclarativeBase):
        pass

    class Sensor(Base):
        __tablename__ = "sensors"
        id: Mapped[int] = mapped_column(primary_key=True)
        readings: WriteOnlyMapped["Reading"] = relationship(
            cascade="all, delete-orphan", passive_deletes=True, order_by="Reading.id"
        )

    class Reading(Base):
        __tablename__ = "readings"
        id: Mapped[int] = mapped_column(primary_key=True)
        celsius: Mapped[int]
        sensor_id: Mapped[int] = mapped_column(
            ForeignKey("sensors.id", ondelete="CASCADE"), index=True
        )

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        sensor = Sensor()
        session.add(sensor)
        sensor.readings.add_all([Reading(celsius=celsius) for celsius in (18, 64, 71)])
        session.commit()
        hot = sensor.readings.select().where(Reading.celsius > 50).limit(limit)
        return [f"{reading.celsius} °C" for reading in session.scalars(hot)]


@chapter.legacy()
def write_only_legacy(limit: int = 2) -> list[str]:
    Base = declarative_base()

    class Sensor(Base):
        __tablename__ = "sensors"
        id = Column(Integer, primary_key=True)
        readings = relationship(
            "Reading",
            lazy="dynamic",
            cascade="all, delete-orphan",
            passive_deletes=True,
            order_by="Reading.id",
        )

    class Reading(Base):
        __tablename__ = "readings"
        id = Column(Integer, primary_key=True)
        celsius = Column(Integer, nullable=False)
        sensor_id = Column(
            ForeignKey("sensors.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        )

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        sensor = Sensor()
        session.add(sensor)
        sensor.readings.extend([Reading(celsius=celsius) for celsius in (18, 64, 71)])
        session.commit()
        hot = sensor.readings.filter(Reading.celsius > 50).limit(limit)
        return [f"{reading.celsius} °C" for reading in hot]
