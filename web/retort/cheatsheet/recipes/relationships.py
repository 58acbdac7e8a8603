"""Relationships: objects that lead to objects."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportOptionalMemberAccess=false, reportRedeclaration=false
# ruff: noqa: N806

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    and_,
    func,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.ext.orderinglist import ordering_list
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    WriteOnlyMapped,
    attribute_keyed_dict,
    attribute_mapped_collection,
    backref,
    declarative_base,
    mapped_column,
    relationship,
    selectinload,
)

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Person, Project

chapter = Chapter("L", "Relationships")

BASIC = "https://docs.sqlalchemy.org/en/21/orm/basic_relationships.html"
CASCADES = "https://docs.sqlalchemy.org/en/21/orm/cascades.html"
JOINS = "https://docs.sqlalchemy.org/en/21/orm/join_conditions.html"
COLLECTIONS = "https://docs.sqlalchemy.org/en/21/orm/collection_api.html"
LARGE = "https://docs.sqlalchemy.org/en/21/orm/large_collections.html"


@chapter.recipe(
    "One to many",
    keywords="relationship foreign key parent child children list belongs to has many many-to-one "
    "NoForeignKeysError Could not determine join condition between parent/child "
    "tables on relationship there are no foreign keys linking these tables "
    "TypeError Incompatible collection type is not list-like AttributeError "
    "InstrumentedList object has no attribute DatatypeMismatch foreign key "
    "constraint cannot be implemented key columns are of incompatible types "
    "AttributeError str dict object has no attribute _sa_instance_state",
    links=(f"{BASIC}#one-to-many",),
)
def one_to_many(title: str = "Emma") -> dict[str, object]:
    """A parent has a list of children: the child's table holds the foreign key, and
    `relationship()` adds a list to the parent and an object to the child. The database knows
    only the foreign key; both attributes exist in Python alone.

    Pitfall: Postgres makes no index for a foreign key. Without `index=True`, each join and each
    delete of a parent reads the whole table of the children.

    Pitfall: without `order_by=` the list comes in no particular order.

    Pitfall: `jane.books.append(book)` loads the whole list first; `Book(author=jane)` does not.

    Pitfall: if you set `author_id` instead of `author`, a list that is loaded already lacks the
    book until it is loaded again.

    Pitfall: without a ForeignKey in either table, the relationship raises NoForeignKeysError:
    "there are no foreign keys linking these tables".

    Pitfall: `jane.books` is a list. Assign a list to it, since one book is "not list-like". Read
    `jane.books[0].title`, since "'InstrumentedList' object has no attribute 'title'".

    Pitfall: a foreign key needs the type of the column that it refers to. Otherwise Postgres says
    that it "cannot be implemented".

    Pitfall: a relationship takes objects. A text, a dict or an id raises AttributeError: "'str'
    object has no attribute '_sa_instance_state'".
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
    keywords="relationship uselist unique foreign key has one scalar exactly one profile of a user "
    "SAWarning multiple rows returned with uselist=False for lazily-loaded "
    "attribute",
    links=(f"{BASIC}#one-to-one",),
)
def one_to_one() -> dict[str, object]:
    """A one-to-one relationship is a one-to-many whose foreign key is unique. Annotate both
    sides with a single class, `Mapped["Capital"]` rather than `Mapped[list["Capital"]]`, and
    each side is one object or None.

    Pitfall: only `unique=True` keeps a second row out. Without it, SQLAlchemy takes one of the
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
    keywords="relationship secondary association table junction join table tags "
    "secondary argument passed to relationship() must be a Table object or other "
    "FROM clause can't send a mapped class directly as rows in secondary are "
    "persisted independently of a class",
    links=(f"{BASIC}#many-to-many",),
)
def many_to_many(tag: str = "python") -> dict[str, object]:
    """A many-to-many relationship needs a third table, `secondary`, with a row for each pair.
    You change the lists, and SQLAlchemy inserts and deletes the rows of that table.

    Pitfall: make both columns the primary key, so that no pair is there twice. Its index serves
    searches by the first column; give the second column an index of its own.

    Pitfall: if a pair has data of its own, such as a date, map the third table as a class: see
    the recipe `association-object`.

    Pitfall: `secondary` takes a Table or its name. A model raises ArgumentError, "must be a Table
    object".
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
    "Many to many, set by a list of ids",
    keywords="assign replace ids form checkboxes multiple select update many-to-many clear",
    links=(f"{BASIC}#deleting-rows-from-the-many-to-many-table",),
)
def set_by_ids(first: int = 2, second: int = 3) -> list[Project]:
    """To set a many-to-many from ids, as a form sends them, load the objects with these ids and
    assign the list. SQLAlchemy compares it with the old list, and inserts and deletes only the
    pairs that differ.

    Pitfall: an id that no row has is ignored. If that has to be an error, compare the number of
    objects with the number of ids.

    Pitfall: `session.delete(project)` deletes the project's pairs too. For the statement
    `delete(Project)` the foreign keys need ON DELETE CASCADE, or Postgres refuses.
    """
    amy = db.session.get_one(Person, 1)
    ids = [first, second]
    chosen = select(Project).where(Project.id.in_(ids)).order_by(Project.id)
    amy.projects = db.session.scalars(chosen).all()
    db.session.commit()
    return amy.projects


@chapter.legacy()
def set_by_ids_legacy(first: int = 2, second: int = 3) -> list[Project]:
    amy = Person.query.filter_by(id=1).one()
    ids = [first, second]
    amy.projects = Project.query.filter(Project.id.in_(ids)).order_by(Project.id).all()
    db.session.commit()
    return amy.projects


@chapter.recipe(
    "Many to many with the same table",
    keywords="self-referential many-to-many followers following friends related articles "
    "primaryjoin secondaryjoin itself graph",
    links=(f"{JOINS}#self-referential-many-to-many-relationship",),
)
def self_many_to_many(name: str = "Ben") -> dict[str, list[str]]:
    """Rows of a table can be many-to-many with rows of the same table: users follow users.
    `primaryjoin` says which column of the pair is the object's own, and `secondaryjoin` which
    is the other's; for the other direction they change places.

    Pitfall: without the two joins SQLAlchemy cannot tell the columns apart, and raises
    AmbiguousForeignKeysError.

    Pitfall: that Amy follows Ben does not make Ben follow Amy. If a pair counts in both
    directions, as between friends, insert both, or read both lists.
    """

    class Base(DeclarativeBase):
        pass

    follows = Table(
        "follows",
        Base.metadata,
        Column("follower_id", ForeignKey("users.id"), primary_key=True),
        Column("followed_id", ForeignKey("users.id"), primary_key=True, index=True),
    )

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        following: Mapped[list["User"]] = relationship(
            secondary=follows,
            primaryjoin=id == follows.c.follower_id,
            secondaryjoin=id == follows.c.followed_id,
            back_populates="followers",
            order_by=id,
        )
        followers: Mapped[list["User"]] = relationship(
            secondary=follows,
            primaryjoin=id == follows.c.followed_id,
            secondaryjoin=id == follows.c.follower_id,
            back_populates="following",
            order_by=id,
        )

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        amy, ben, chloe = User(name="Amy"), User(name=name), User(name="Chloé")
        amy.following = [ben]
        chloe.following = [ben]
        session.add_all([amy, ben, chloe])
        session.commit()
        return {
            "amy.following": [user.name for user in amy.following],
            "ben.followers": [user.name for user in ben.followers],
            "ben.following": [user.name for user in ben.following],
        }


@chapter.legacy()
def self_many_to_many_legacy(name: str = "Ben") -> dict[str, list[str]]:
    Base = declarative_base()

    follows = Table(
        "follows",
        Base.metadata,
        Column("follower_id", Integer, ForeignKey("users.id"), primary_key=True),
        Column(
            "followed_id", Integer, ForeignKey("users.id"), primary_key=True, index=True
        ),
    )

    class User(Base):
        __tablename__ = "users"
        id = Column(Integer, primary_key=True)
        name = Column(Text, nullable=False)
        following = relationship(
            "User",
            secondary=follows,
            primaryjoin=id == follows.c.follower_id,
            secondaryjoin=id == follows.c.followed_id,
            backref=backref("followers", order_by=id),
            order_by=id,
        )

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        amy, ben, chloe = User(name="Amy"), User(name=name), User(name="Chloé")
        amy.following = [ben]
        chloe.following = [ben]
        session.add_all([amy, ben, chloe])
        session.commit()
        return {
            "amy.following": [user.name for user in amy.following],
            "ben.followers": [user.name for user in ben.followers],
            "ben.following": [user.name for user in ben.following],
        }


@chapter.recipe(
    "Both sides: back_populates, formerly backref",
    keywords="backref bidirectional two-way inverse side sync in memory lambda "
    "will copy column which conflicts with relationship overlaps "
    "SAWarning object of type not in session add operation along will not proceed "
    "Mapper has no property if this property was indicated from other mappers or "
    "configure events ensure registry.configure() has been called",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/backref.html",
        f"{BASIC}#one-to-many",
    ),
)
def back_populates() -> dict[str, object]:
    """`back_populates` names the attribute on the other side, so that a change on one side
    shows on the other at once, before any SQL. The legacy `backref` creates the other side for
    you, where neither readers nor type checkers see it.

    Pitfall: if two relationships use one foreign key and do not name each other, SQLAlchemy
    warns that they conflict, and a change on one side shows on the other only when that is
    loaded again.

    Pitfall: `Book(author=author)` does not add the book to the author's session. Call
    `session.add(book)`; otherwise SQLAlchemy warns, and no row is saved.

    Removed: `relationship(cascade_backrefs=True)`: it used to add the book to the session.

    Pitfall: `back_populates` takes the name of an attribute that the other class has. Otherwise
    SQLAlchemy raises that its mapper "has no property" of this name.
    """

    class Base(DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "authors"
        id: Mapped[int] = mapped_column(primary_key=True)
        books: Mapped[list["Book"]] = relationship(back_populates="author")

    class Book(Base):
        __tablename__ = "books"
        id: Mapped[int] = mapped_column(primary_key=True)
        author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), index=True)
        author: Mapped["Author | None"] = relationship(
            back_populates=lambda: Author.books  # since 2.1, instead of a name
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
    keywords="many to many with extra columns data on the link membership role through "
    "Dependency rule tried to blank-out primary key column",
    links=(f"{BASIC}#association-object",),
)
def association_object(role: str = "editor") -> list[str]:
    """Use an association object if each pair of a many-to-many has data of its own, such as a
    role or a date. The third table becomes a class with ordinary relationships.

    Pitfall: do not use the same table as `secondary` of another relationship, unless that has
    `viewonly=True`: otherwise both write the same row.

    Pitfall: a pair cannot lose its parent, since the foreign key is part of its primary key. With
    `cascade="all, delete-orphan"` on the parent's list the pair is deleted instead.
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
    """An association proxy shows one attribute of the related objects as a list: `item.words`
    is a list of strings, while each row is a `Keyword` object. `creator` makes such an object
    from a string that is added.

    Pitfall: each added string makes a new object, even if a row with the same word exists.
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
    """A table whose foreign key refers to the table itself holds a tree, such as categories
    within categories. With `remote_side=[id]` a relationship leads to the one parent; without
    it, to the list of children.

    Pitfall: lazy loading sends a statement for each node. `recursion_depth=-1` needs one for
    each level, and a recursive CTE reads the whole tree with one.
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
    "from to origin destination "
    "could not determine join condition between parent/child tables on "
    "relationship there are multiple foreign key paths linking the tables",
    links=(f"{JOINS}#handling-multiple-join-paths",),
)
def two_foreign_keys() -> list[str]:
    """If two foreign keys refer to the same table, each needs a relationship of its own, and
    `foreign_keys` says which column that uses. Without it, the first use of the classes raises
    AmbiguousForeignKeysError.

    Pitfall: the list on the other side needs `foreign_keys` too. If the class comes later in
    the module, write it as a string: `relationship(foreign_keys="Flight.origin_id")`.
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
    "Composite foreign key",
    keywords="ForeignKeyConstraint several columns multiple columns multi-column compound "
    "no unique constraint matching given keys for referenced table",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/constraints.html#defining-foreign-keys",
        "https://www.postgresql.org/docs/18/ddl-constraints.html#DDL-CONSTRAINTS-FK",
    ),
)
def composite_foreign_key(building: str = "Lab") -> dict[str, object]:
    """A foreign key of several columns is a `ForeignKeyConstraint` in `__table_args__`: the
    columns refer to a row together. The relationship finds the constraint by itself, and sets
    all its columns.

    Pitfall: a `ForeignKey` for each column would be two constraints, each on its own, and allow
    a pair that no row has.

    Pitfall: in the other table the pair must be the primary key or have a unique constraint,
    because it has to lead to a single row; otherwise "there is no unique constraint matching
    given keys for referenced table".

    Pitfall: if one of the columns is NULL, Postgres checks none of them; `match="FULL"` allows
    only all or none to be NULL.
    """

    class Base(DeclarativeBase):
        pass

    class Room(Base):
        __tablename__ = "rooms"
        building: Mapped[str] = mapped_column(primary_key=True)
        number: Mapped[int] = mapped_column(primary_key=True)
        desks: Mapped[list["Desk"]] = relationship(back_populates="room")

    class Desk(Base):
        __tablename__ = "desks"
        id: Mapped[int] = mapped_column(primary_key=True)
        building: Mapped[str]
        number: Mapped[int]
        room: Mapped[Room] = relationship(back_populates="desks")
        __table_args__ = (
            ForeignKeyConstraint(
                ["building", "number"], ["rooms.building", "rooms.number"], name="room"
            ),
            Index(None, "building", "number"),
        )

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        hall = Room(building="Hall", number=101)
        desk = Desk(room=hall)
        session.add_all([desk, Room(building="Lab", number=7)])
        session.commit()
        # Both exist, the pair does not.
        session.add(Desk(building=building, number=101))
        try:
            session.commit()
            pair = "accepted"
        except IntegrityError as error:
            session.rollback()
            pair = error.orig.diag.message_detail
        return {"of desk.room": (desk.building, desk.number), f"{building} 101": pair}


@chapter.legacy()
def composite_foreign_key_legacy(building: str = "Lab") -> dict[str, object]:
    Base = declarative_base()

    class Room(Base):
        __tablename__ = "rooms"
        building = Column(Text, primary_key=True)
        number = Column(Integer, primary_key=True)

    class Desk(Base):
        __tablename__ = "desks"
        id = Column(Integer, primary_key=True)
        building = Column(Text, nullable=False)
        number = Column(Integer, nullable=False)
        room = relationship("Room", backref="desks")
        __table_args__ = (
            ForeignKeyConstraint(
                ["building", "number"], ["rooms.building", "rooms.number"], name="room"
            ),
            Index(None, "building", "number"),
        )

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        hall = Room(building="Hall", number=101)
        desk = Desk(room=hall)
        session.add_all([desk, Room(building="Lab", number=7)])
        session.commit()
        session.add(Desk(building=building, number=101))
        try:
            session.commit()
            pair = "accepted"
        except IntegrityError as error:
            session.rollback()
            pair = error.orig.diag.message_detail
        return {"of desk.room": (desk.building, desk.number), f"{building} 101": pair}


@chapter.recipe(
    "A relationship with a condition",
    keywords="primaryjoin viewonly filtered relationship extra criteria where only active "
    "published children custom join condition "
    "could not locate any relevant foreign key columns for primary join condition "
    "on relationship annotated in the join condition with the foreign() "
    "annotation",
    links=(f"{JOINS}#specifying-alternate-join-conditions",),
)
def primaryjoin() -> dict[str, list[str]]:
    """A relationship can lead to a part of the related rows, such as the books that are
    published: `primaryjoin` is the whole condition of its join, the foreign key included. It
    can be loaded eagerly, joined and used in `where()` like any other.

    Pitfall: make it `viewonly=True`. Otherwise both relationships write the foreign key, and
    SQLAlchemy warns that they conflict.

    Pitfall: it is read from the database only: a book that is added to `books` is there after a
    commit, not at once.

    Pitfall: without a foreign key between the tables SQLAlchemy "could not locate any relevant
    foreign key columns". Mark the column that refers to the other table with `foreign()`.
    """

    class Base(DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "authors"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        books: Mapped[list["Book"]] = relationship()
        published: Mapped[list["Book"]] = relationship(
            primaryjoin=lambda: and_(Author.id == Book.author_id, Book.is_published),
            viewonly=True,
            order_by="Book.title",
        )

    class Book(Base):
        __tablename__ = "books"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        is_published: Mapped[bool]
        author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), index=True)

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        emma = Book(title="Emma", is_published=True)
        sanditon = Book(title="Sanditon", is_published=False)
        session.add(Author(name="Jane", books=[emma, sanditon]))
        session.add(Author(name="Ann"))
        session.commit()
        authors = (
            select(Author).options(selectinload(Author.published)).order_by(Author.id)
        )
        found = select(Author.name).where(Author.published.any())
        return {
            **{
                one.name: [book.title for book in one.published]
                for one in session.scalars(authors)
            },
            "any()": session.scalars(found).all(),
        }


@chapter.legacy()
def primaryjoin_legacy() -> dict[str, list[str]]:
    Base = declarative_base()

    class Author(Base):
        __tablename__ = "authors"
        id = Column(Integer, primary_key=True)
        name = Column(Text, nullable=False)
        books = relationship("Book")
        published = relationship(
            "Book",
            primaryjoin="and_(Author.id == Book.author_id, Book.is_published)",
            viewonly=True,
            order_by="Book.title",
        )

    class Book(Base):
        __tablename__ = "books"
        id = Column(Integer, primary_key=True)
        title = Column(Text, nullable=False)
        is_published = Column(Boolean, nullable=False)
        author_id = Column(ForeignKey("authors.id"), nullable=False, index=True)

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        emma = Book(title="Emma", is_published=True)
        sanditon = Book(title="Sanditon", is_published=False)
        session.add(Author(name="Jane", books=[emma, sanditon]))
        session.add(Author(name="Ann"))
        session.commit()
        authors = session.query(Author).options(selectinload(Author.published))
        found = session.query(Author).filter(Author.published.any())
        return {
            **{one.name: [book.title for book in one.published] for one in authors},
            "any()": [author.name for author in found],
        }


@chapter.recipe(
    "Two tables that refer to each other",
    keywords="foreign keys cycle use_alter "
    "mutually dependent rows primary address favourite unresolvable foreign key dependency",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/relationship_persistence.html"
        "#rows-that-point-to-themselves-mutually-dependent-rows",
        "https://docs.sqlalchemy.org/en/21/core/constraints.html"
        "#creating-dropping-foreign-key-constraints-via-alter",
    ),
)
def mutual_foreign_keys() -> dict[str, object]:
    """If two rows refer to each other, neither can be inserted first. With `post_update=True`
    on one of the relationships, both are inserted without its foreign key, which an UPDATE then
    sets.

    Pitfall: without it a flush raises CircularDependencyError.

    Pitfall: give the constraint a name, so that `drop_all()` can drop it before the tables.
    `create_all()` adds it after both tables exist.

    Pitfall: nothing here makes the favourite a book of this author; a composite foreign key on
    both columns would.
    """

    class Base(DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "authors"
        id: Mapped[int] = mapped_column(primary_key=True)
        favourite_id: Mapped[int | None] = mapped_column(
            ForeignKey("books.id", name="favourite", use_alter=True)
        )
        favourite: Mapped["Book | None"] = relationship(
            foreign_keys=[favourite_id], post_update=True
        )
        books: Mapped[list["Book"]] = relationship(foreign_keys="Book.author_id")

    class Book(Base):
        __tablename__ = "books"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), index=True)

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        emma = Book(title="Emma")
        author = Author(books=[emma, Book(title="Sanditon")], favourite=emma)
        session.add(author)
        session.commit()  # INSERT, INSERT, UPDATE
        return {"author.favourite.title": author.favourite.title}


@chapter.recipe(
    "cascade=, each value compared",
    keywords="all merge delete delete-orphan difference between cascade options which cascade "
    "for many-to-one relationship delete-orphan cascade is normally configured "
    "only on the one side of a one-to-many relationship set the "
    "single_parent=True flag Instance is already associated with an instance of "
    "via its attribute and is only allowed a single parent",
    links=(CASCADES,),
)
def cascades() -> list[dict[str, object]]:
    """`cascade=` says what happens to the children along with their parent. The default,
    `save-update, merge`, adds them to its session; `all` also deletes them with the parent, and
    `delete-orphan` also deletes a child that leaves its list.

    Pitfall: set it on the parent's side. On `Book.author`, `all` would delete the author with
    any one of the books.

    Pitfall: without `delete-orphan`, a child that leaves the list stays, without a parent.

    Pitfall: on `Book.author`, or on a many-to-many, `delete-orphan` raises ArgumentError unless you
    write `single_parent=True`. Then an author may have one book only: with a second, the author "is
    only allowed a single parent".
    """

    def outcome(cascade: str) -> dict[str, object]:
        class Base(DeclarativeBase):
            pass

        class Author(Base):
            __tablename__ = "authors"
            id: Mapped[int] = mapped_column(primary_key=True)
            books: Mapped[list["Book"]] = relationship(cascade=cascade)

        class Book(Base):
            __tablename__ = "books"
            id: Mapped[int] = mapped_column(primary_key=True)
            author_id: Mapped[int | None] = mapped_column(ForeignKey("authors.id"))

        Base.metadata.create_all(db.engine)
        count = select(func.count(Book.id))
        with Session(db.engine) as session:  # it is never committed
            author = Author(books=[Book(), Book()])
            session.add(author)
            added = session.scalar(count)
            author.books.pop()
            popped = session.scalar(count)
            session.delete(author)
            return {
                "cascade": cascade,
                "books at first": added,
                "after pop()": popped,
                "after delete(author)": session.scalar(count),
            }

    return [outcome(one) for one in ("save-update, merge", "all", "all, delete-orphan")]


@chapter.recipe(
    "Delete the children too: ORM cascade",
    keywords="cascade all delete-orphan remove child from list delete parent orphans null "
    "value in column violates not-null constraint when the parent is deleted "
    "AssertionError Dependency rule on column tried to blank-out primary key "
    "column on instance",
    links=(f"{CASCADES}#delete-orphan", f"{CASCADES}#delete"),
)
def delete_orphan() -> dict[str, object]:
    """With `cascade="all, delete-orphan"` a child is deleted when it leaves its parent's list,
    and all children are deleted with their parent. The ORM loads the children first and deletes
    each by its key.

    Pitfall: without the cascade, deleting the parent sets the children's foreign key to NULL,
    which raises IntegrityError if the column does not allow NULL.

    Pitfall: only `session.delete(author)` follows the cascade; the statement `delete(Author)`
    and the legacy `query.delete()` do not.

    Pitfall: if the foreign key is part of the child's primary key, it cannot be NULL: without the
    cascade SQLAlchemy raises AssertionError, "Dependency rule … tried to blank-out primary key
    column".
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
    """ON DELETE CASCADE lets the database delete the children: one DELETE of the parent is
    enough, however many children there are and whichever program sends it.
    `passive_deletes=True` tells the ORM not to load them first.

    Pitfall: `create_all()` does not add ON DELETE CASCADE to a table that exists; that takes a
    migration.

    Pitfall: children that are loaded already are still deleted by the ORM, one by one.
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
    "Refuse to delete a parent with children",
    keywords="restrict prevent delete parent passive_deletes all no action protect foreign key "
    "violation still referenced "
    "update or delete on table violates foreign key constraint on table Key is "
    "still referenced from table",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/relationship_api.html"
        "#sqlalchemy.orm.relationship.params.passive_deletes",
    ),
    raises=IntegrityError,
)
def restrict() -> None:
    """Without ON DELETE, a foreign key keeps a parent from being deleted while it has children.
    `passive_deletes="all"` leaves the children as they are, so that the database can refuse.

    Pitfall: without `passive_deletes="all"` the ORM sets the children's foreign key to NULL
    first. If the column allows NULL, nothing is refused, and the children lose their parent.
    """

    class Base(DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "authors"
        id: Mapped[int] = mapped_column(primary_key=True)
        books: Mapped[list["Book"]] = relationship(passive_deletes="all")

    class Book(Base):
        __tablename__ = "books"
        id: Mapped[int] = mapped_column(primary_key=True)
        author_id: Mapped[int | None] = mapped_column(
            ForeignKey("authors.id"), index=True
        )

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        author = Author(books=[Book()])
        session.add(author)
        session.commit()
        session.delete(author)
        session.commit()


@chapter.recipe(
    "A list that keeps its order: ordering_list",
    keywords="orderinglist position sort order reorder drag and drop insert at index playlist",
    links=("https://docs.sqlalchemy.org/en/21/orm/extensions/orderinglist.html",),
)
def orderinglist(track: str = "Overture") -> list[dict[str, object]]:
    """`ordering_list()` writes each child's place in the list into a column whenever the list
    changes, and `order_by` reads the list in that order. Inserting, removing and moving renumber
    the others.

    Pitfall: `sort()` and `reverse()` of the list are not noticed: call `reorder()` after them.

    Pitfall: a unique constraint on the position fails while rows change places one by one,
    unless it is `deferrable=True` and `initially="DEFERRED"`.
    """

    class Base(DeclarativeBase):
        pass

    class Playlist(Base):
        __tablename__ = "playlists"
        id: Mapped[int] = mapped_column(primary_key=True)
        tracks: Mapped[list["Track"]] = relationship(
            order_by="Track.position",
            collection_class=ordering_list("position", count_from=1),
            cascade="all, delete-orphan",
        )

    class Track(Base):
        __tablename__ = "tracks"
        id: Mapped[int] = mapped_column(primary_key=True)
        playlist_id: Mapped[int] = mapped_column(ForeignKey("playlists.id"), index=True)
        position: Mapped[int]
        title: Mapped[str]

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        playlist = Playlist(tracks=[Track(title="Aria"), Track(title="Finale")])
        session.add(playlist)
        session.commit()
        playlist.tracks.insert(0, Track(title=track))
        session.commit()
        return [
            {"id": track.id, "position": track.position, "title": track.title}
            for track in playlist.tracks
        ]


@chapter.recipe(
    "A dict of children: attribute_keyed_dict",
    keywords="dictionary collection_class attribute_mapped_collection keyed by name map of "
    "settings key value translations by language",
    links=(f"{COLLECTIONS}#dictionary-collections",),
)
def keyed_dict(language: str = "pt", text: str = "Olá") -> dict[str, str]:
    """`attribute_keyed_dict()` makes a relationship a dict instead of a list: the key of each
    child is one of its attributes, such as the language of a translation.

    Pitfall: the key is read when the child is added; if the attribute changes later, the dict
    keeps the old key until it is loaded again.

    Pitfall: two children with the same key hide one another, so make parent and key unique.
    """

    class Base(DeclarativeBase):
        pass

    class Phrase(Base):
        __tablename__ = "phrases"
        id: Mapped[int] = mapped_column(primary_key=True)
        translations: Mapped[dict[str, "Translation"]] = relationship(
            collection_class=attribute_keyed_dict("language"),
            cascade="all, delete-orphan",
        )

    class Translation(Base):
        __tablename__ = "translations"
        phrase_id: Mapped[int] = mapped_column(
            ForeignKey("phrases.id"), primary_key=True
        )
        language: Mapped[str] = mapped_column(primary_key=True)
        text: Mapped[str]

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        phrase = Phrase()
        phrase.translations["en"] = Translation(language="en", text="Hello")
        phrase.translations[language] = Translation(language=language, text=text)
        session.add(phrase)
        session.commit()
        return {
            key: phrase.translations[key].text for key in sorted(phrase.translations)
        }


@chapter.legacy(
    note="`attribute_mapped_collection()` is the old name of the same function."
)
def keyed_dict_legacy(language: str = "pt", text: str = "Olá") -> dict[str, str]:
    Base = declarative_base()

    class Phrase(Base):
        __tablename__ = "phrases"
        id = Column(Integer, primary_key=True)
        translations = relationship(
            "Translation",
            collection_class=attribute_mapped_collection("language"),
            cascade="all, delete-orphan",
        )

    class Translation(Base):
        __tablename__ = "translations"
        phrase_id = Column(ForeignKey("phrases.id"), primary_key=True)
        language = Column(Text, primary_key=True)
        text = Column(Text, nullable=False)

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        phrase = Phrase()
        phrase.translations["en"] = Translation(language="en", text="Hello")
        phrase.translations[language] = Translation(language=language, text=text)
        session.add(phrase)
        session.commit()
        return {
            key: phrase.translations[key].text for key in sorted(phrase.translations)
        }


@chapter.recipe(
    "One of several parents: a generic foreign key",
    keywords="generic foreign key polymorphic association comments of different models any table "
    "content type num_nonnulls exactly one",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/examples.html#module-examples.generic_associations",
        "https://www.postgresql.org/docs/18/functions-comparison.html",
    ),
    raises=IntegrityError,
)
def one_of_several_parents() -> None:
    """A comment that belongs either to an article or to a photo has a foreign key for each, and a
    CHECK that exactly one of the two is set. So the database still makes sure that the parent
    exists.

    Pitfall: columns such as `parent_type` and `parent_id`, a "generic foreign key", cannot have
    a constraint: parents disappear and ids are wrong without an error.
    """

    class Base(DeclarativeBase):
        pass

    class Article(Base):
        __tablename__ = "articles"
        id: Mapped[int] = mapped_column(primary_key=True)
        comments: Mapped[list["Comment"]] = relationship(back_populates="article")

    class Photo(Base):
        __tablename__ = "photos"
        id: Mapped[int] = mapped_column(primary_key=True)
        comments: Mapped[list["Comment"]] = relationship(back_populates="photo")

    class Comment(Base):
        __tablename__ = "comments"
        id: Mapped[int] = mapped_column(primary_key=True)
        article_id: Mapped[int | None] = mapped_column(
            ForeignKey("articles.id"), index=True
        )
        photo_id: Mapped[int | None] = mapped_column(
            ForeignKey("photos.id"), index=True
        )
        article: Mapped[Article | None] = relationship(back_populates="comments")
        photo: Mapped[Photo | None] = relationship(back_populates="comments")
        __table_args__ = (
            CheckConstraint(
                "num_nonnulls(article_id, photo_id) = 1", name="one_parent"
            ),
        )

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add_all([Comment(article=Article()), Comment(photo=Photo())])
        session.commit()
        session.add(Comment(article=Article(), photo=Photo()))  # two parents
        session.commit()


@chapter.recipe(
    "Large collections: WriteOnlyMapped, formerly dynamic",
    keywords="write only lazy dynamic appenderquery filter children many rows large collection "
    "dynamic loaders cannot be used with many-to-one/one-to-one relationships "
    "and/or uselist=False Collection does not support implicit iteration "
    "collection replacement operations can't be used",
    links=(
        f"{LARGE}#write-only-relationships",
        f"{LARGE}#dynamic-relationship-loaders",
    ),
)
def write_only(limit: int = 2) -> list[str]:
    """`WriteOnlyMapped` is for a collection that is too large to load: it is never read as a
    whole. `add()` and `remove()` change it, and `select()` begins a query for its rows; it
    replaces `lazy="dynamic"`, which is legacy.

    Pitfall: iterating over it raises TypeError; run its `select()` and iterate over the result.

    Pitfall: to delete the owner, the foreign key needs ON DELETE CASCADE, and the relationship
    needs `passive_deletes=True`.
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
