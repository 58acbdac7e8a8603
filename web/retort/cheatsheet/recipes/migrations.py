"""Migrations: what Alembic writes and runs, and what stands in its way."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportArgumentType=false, reportCallIssue=false
# Only a run imports Alembic, which the image of the service does not have.
# ruff: noqa: PLC0415

import logging
from datetime import date
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    Enum,
    MetaData,
    NullPool,
    Numeric,
    Row,
    String,
    Text,
    create_engine,
    false,
    func,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ENUM
from sqlalchemy.exc import (
    CompileError,
    DBAPIError,
    IntegrityError,
    InternalError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.schema import CreateColumn

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order

chapter = Chapter("A", "Migrations with Alembic")

ALEMBIC = "https://alembic.sqlalchemy.org/en/latest"
POSTGRES = "https://www.postgresql.org/docs/18"
DOCS = "https://docs.sqlalchemy.org/en/21"

# It tells each step, for a terminal.
logging.getLogger("alembic").setLevel(logging.WARNING)


@chapter.recipe(
    "Migrations instead of create_all",
    keywords="migration migrate alembic flask-migrate alter table add column autogenerate upgrade "
    "flask db upgrade schema change existing table "
    "FeatureNotSupported cached plan must not change result type "
    "InvalidCachedStatementError cached statement plan is invalid due to a "
    "database schema or configuration change InsufficientPrivilege must be owner "
    "of table Error No such command db",
    links=(
        "https://alembic.sqlalchemy.org/en/latest/autogenerate.html",
        "https://docs.sqlalchemy.org/en/21/core/metadata.html"
        "#altering-database-objects-through-migrations",
    ),
)
def migration() -> dict[str, Any]:
    """To change a table that exists, write a migration: `create_all()` makes tables that are
    missing, and never alters one. Alembic compares the models with the database and writes
    the migration; here `make migration m="add paid"` does so, and db-init runs it.

    Pitfall: read what it wrote: a renamed column becomes one that is dropped and one that is
    added, which loses its data.

    Pitfall: a new column that is NOT NULL needs a `server_default`, unless the table is empty.

    Pitfall: a connection that prepared a SELECT before the migration may fail after it: "cached
    plan must not change result type". psycopg 3 and asyncpg prepare statements; restart the program
    after a migration.

    Pitfall: "must be owner of table" means that another role made it. Run all migrations as one
    role, which owns the tables.

    Pitfall: `flask db` comes from Flask-Migrate: without `Migrate(app, db)` in the application
    there is "No such command 'db'".
    """

    class Base(DeclarativeBase):
        pass

    class Invoice(Base):
        __tablename__ = "invoices"
        id: Mapped[int] = mapped_column(primary_key=True)
        paid: Mapped[bool] = mapped_column(server_default=false())

    connection = db.session.connection()
    # The table as it was made long ago:
    connection.execute(text("CREATE TABLE invoices (id serial PRIMARY KEY)"))

    Base.metadata.create_all(connection)
    before = [column["name"] for column in inspect(connection).get_columns("invoices")]
    changes = [
        f"ALTER TABLE invoices ADD COLUMN {CreateColumn(column).compile(connection)}"
        for column in Invoice.__table__.columns
        if column.name not in before
    ]
    for change in changes:
        connection.execute(text(change))
    after = [column["name"] for column in inspect(connection).get_columns("invoices")]
    return {"after create_all": before, "migration": changes, "after it": after}


@chapter.recipe(
    "Alembic: rename a column",
    keywords="alembic rename column table alter_column new_column_name autogenerate drop add data "
    "loss rename_table op migration",
    links=(
        f"{ALEMBIC}/ops.html#alembic.operations.Operations.alter_column",
        f"{ALEMBIC}/autogenerate.html#what-does-autogenerate-detect-and-what-does-it-not-detect",
    ),
    needs="library alembic",
)
def alembic_rename() -> dict[str, Any]:
    """Autogenerate cannot know that a column was renamed: it drops one column and adds another,
    which loses the data. In the migration, replace these two lines by
    `op.alter_column(table, old, new_column_name=new)`.

    Pitfall: a renamed table is dropped and created in the same way: write
    `op.rename_table(old, new)`. Its indexes, constraints and sequences keep their names.

    Pitfall: the version of your code that runs during the migration fails, as it asks for the
    old name. To avoid that, add a new column, copy the values, and drop the old one later.
    """
    from alembic.autogenerate import produce_migrations, render_python_code
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    class Base(DeclarativeBase):
        pass

    class Invoice(Base):
        __tablename__ = "invoices"
        id: Mapped[int] = mapped_column(primary_key=True)
        amount: Mapped[int]  # its name was total

    connection = db.session.connection()
    connection.execute(
        text("CREATE TABLE invoices (id int PRIMARY KEY, total int NOT NULL)")
    )
    connection.execute(text("INSERT INTO invoices VALUES (1, 20), (2, 30)"))

    def is_ours(name, kind, parents):
        return kind != "table" or name == "invoices"

    context = MigrationContext.configure(connection, opts={"include_name": is_ours})

    def autogenerate():  # what `alembic revision --autogenerate` writes into upgrade()
        operations = produce_migrations(context, Base.metadata).upgrade_ops
        return [
            line.strip() for line in render_python_code(operations).splitlines()[1:-1]
        ]

    answers = {"autogenerate writes": autogenerate()}
    op = Operations(context)  # in a migration: from alembic import op
    op.alter_column("invoices", "total", new_column_name="amount")
    amounts = connection.scalars(select(Invoice.amount).order_by(Invoice.id)).all()
    return answers | {"after alter_column": autogenerate(), "amounts": amounts}


@chapter.recipe(
    "Alembic: autogenerate finds nothing",
    keywords="alembic empty migration autogenerate no changes detected pass upgrade models "
    "not imported target_metadata env.py include_schemas flask db migrate alembic "
    "revision is empty drops all tables detected removed table",
    links=(
        f"{ALEMBIC}/autogenerate.html",
        f"{ALEMBIC}/autogenerate.html#autogenerating-multiple-metadata-collections",
    ),
    needs="library alembic",
)
def alembic_empty() -> dict[str, Any]:
    """Autogenerate compares `target_metadata` with the database, and a model is in the metadata
    once its module is imported. So a migration is empty if `env.py` does not import the models,
    if they have another base class, or if `create_all()` has made their tables already.

    Pitfall: import the models in `env.py` even though nothing there uses them, and set
    `target_metadata = Base.metadata`; with Flask-SQLAlchemy it is `db.metadata`.

    Pitfall: if the tables exist and no model is imported, it writes `op.drop_table()` for each.

    Pitfall: only the default schema is compared. For others set `include_schemas=True`.

    Pitfall: it does not compare CHECK constraints, triggers or the values of an enum.
    """
    from alembic.autogenerate import produce_migrations, render_python_code
    from alembic.migration import MigrationContext

    class Base(DeclarativeBase):
        pass

    connection = db.session.connection()

    def is_ours(name, kind, parents):
        return kind != "table" or name == "countries"

    def autogenerate():  # what `alembic revision --autogenerate` writes into upgrade()
        context = MigrationContext.configure(connection, opts={"include_name": is_ours})
        operations = produce_migrations(context, Base.metadata).upgrade_ops
        code = render_python_code(operations).splitlines()[1:-1]
        return " ".join(line.strip() for line in code)

    answers = {"before the models are imported": autogenerate()}

    class Country(Base):  # from .models import Country
        __tablename__ = "countries"
        code: Mapped[str] = mapped_column(primary_key=True)

    answers["with the models"] = autogenerate()
    Base.metadata.create_all(connection)
    answers["after create_all()"] = autogenerate()
    return answers


@chapter.recipe(
    "Alembic: data in a migration",
    keywords="alembic data migration op.execute op.bulk_insert seed lookup table backfill "
    "update rows not null default existing get_bind fill a new column",
    links=(
        f"{ALEMBIC}/ops.html#alembic.operations.Operations.bulk_insert",
        f"{ALEMBIC}/ops.html#alembic.operations.Operations.execute",
    ),
    needs="library alembic",
)
def alembic_data(domain: str = "example.org") -> list[Row]:
    """A migration can change rows too: `op.bulk_insert()` adds some, `op.execute()` sends an
    UPDATE. Name the table and the columns that you use with `sa.table()` and `sa.column()`.

    Pitfall: do not import your models. The migration runs again for each new database, when the
    models have columns that this table does not have yet.

    Pitfall: add a new NOT NULL column in three steps: add it without NOT NULL, fill it, then
    `op.alter_column(…, nullable=False)`.

    Pitfall: a migration is one transaction, and an UPDATE of a large table locks its rows until
    the end. Fill such a table in batches, in a script of its own.
    """
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    connection = db.session.connection()
    op = Operations(MigrationContext.configure(connection))  # from alembic import op

    teams = op.create_table(
        "teams",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.bulk_insert(teams, [{"name": "Sales"}, {"name": "Support"}])

    persons = sa.table(
        "persons", sa.column("id"), sa.column("name"), sa.column("email")
    )
    email = sa.func.lower(persons.c.name) + f"@{domain}"
    op.execute(sa.update(persons).where(persons.c.email.is_(None)).values(email=email))
    op.alter_column("persons", "email", nullable=False)

    # Only to show what is there now:
    added = sa.select(teams.c.name, sa.null().label("email"))
    filled = sa.select(persons.c.name, persons.c.email).where(
        persons.c.email.endswith(domain)
    )
    return connection.execute(sa.union_all(added, filled)).all()


@chapter.recipe(
    "The database's revision: upgrade, stamp",
    keywords="alembic flask db stamp head upgrade current downgrade target database is not up to "
    "date locate revision identified by alembic_version mark revision as done purge "
    "already at the schema CommandError "
    "DuplicateTable relation already exists DuplicateColumn column of relation "
    "already exists DuplicateObject constraint for relation already exists "
    "UserWarning Revision referenced from is not present",
    links=(
        f"{ALEMBIC}/tutorial.html#running-our-first-migration",
        f"{ALEMBIC}/cookbook.html#building-an-up-to-date-database-from-scratch",
    ),
    needs="library alembic",
)
def stamp() -> list[dict[str, Any]]:
    """The table `alembic_version` holds the revision that the database has reached, and `alembic
    upgrade head` runs the migrations after it. If the tables exist already, `alembic stamp` writes
    the revision into that table and runs nothing.

    Pitfall: "Target database is not up to date" means that some migrations have not run here. Run
    `alembic upgrade head` before the next `revision --autogenerate`; stamp only if the tables
    already look as those migrations leave them.

    Pitfall: "Can't locate revision" means that no file has the revision that the database has,
    often because the file is on another branch. Bring it back. Only if it is lost, bring the tables
    to the state of a revision that you have, and run `alembic stamp --purge` with that one.

    Pitfall: "relation … already exists" in a migration means that the table is there, often from
    `create_all()`. If it is as the migration would make it, stamp that revision.
    """
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    context = MigrationContext.configure(db.session.connection())
    seen = []
    with TemporaryDirectory() as folder:  # your folder migrations
        Path(folder, "versions").mkdir()
        for revision, down_revision in (("1_persons", None), ("2_orders", "1_persons")):
            lines = f"{revision = }\n{down_revision = }\n"
            Path(folder, "versions", f"{revision}.py").write_text(lines)
        scripts = ScriptDirectory(folder)

        def look(after):
            current = context.get_current_revision()  # alembic current
            try:
                scripts.get_revision(current)
                runs = [
                    one.revision for one in scripts.iterate_revisions("head", current)
                ]
            except CommandError as error:
                runs = str(error)
            seen.append({"after": after, "current": current, "upgrade runs": runs})

        context.stamp(scripts, "1_persons")
        look("alembic stamp 1_persons")
        context.stamp(scripts, "head")
        look("alembic stamp head")
        db.session.execute(
            text("UPDATE alembic_version SET version_num = '9d2c4a5e1f3b'")
        )
        look("a migration of another branch")
    return seen


@chapter.recipe(
    "Two heads, and merge",
    keywords="alembic flask db multiple head revisions are present for given argument 'head'; "
    "please specify a specific target revision multiple heads merge heads branches down_revision "
    "git conflict two developers CommandError",
    links=(f"{ALEMBIC}/branches.html",),
    needs="library alembic",
)
def merge_heads() -> dict[str, Any]:
    """A head is a migration that no other one follows. When two people each add a migration after
    the same one, there are two heads, and `alembic upgrade head` fails; `alembic merge heads`
    writes an empty migration that follows both.

    Pitfall: if your migration has run only on your machine, you need no merge: downgrade, set its
    `down_revision` to the other migration, and upgrade again.

    Pitfall: a merge does not look at what the two migrations do. If both change the same table,
    check that they work in either order.
    """
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    seen = {}
    with TemporaryDirectory() as folder:  # your folder migrations
        Path(folder, "versions").mkdir()

        def write(revision, down_revision):
            lines = f"{revision = }\n{down_revision = }\n"
            Path(folder, "versions", f"{revision}.py").write_text(lines)

        write("1_persons", None)
        write("2_email", "1_persons")
        write("2_tags", "1_persons")
        scripts = ScriptDirectory(folder)
        seen["heads"] = scripts.get_heads()  # alembic heads
        try:
            scripts.get_revision("head")
        except CommandError as error:
            seen["upgrade head"] = str(error)

        write("3_merge", ("2_email", "2_tags"))  # what `alembic merge heads` writes
        scripts = ScriptDirectory(folder)
        seen["heads, merged"] = scripts.get_heads()
        seen["history"] = [one.revision for one in scripts.walk_revisions()]
    return seen


@chapter.recipe(
    "What autogenerate sees, and what it misses",
    keywords="alembic revision --autogenerate flask db migrate does not detect all changes model "
    "compare_type compare_server_default check constraint enum values renamed not detected",
    links=(
        f"{ALEMBIC}/autogenerate.html#what-does-autogenerate-detect-and-what-does-it-not-detect",
    ),
    needs="library alembic",
)
def autogenerate(compare_server_default: bool = False) -> str:
    """Autogenerate compares the models with the database. It finds new and missing tables and
    columns, and changes of types, NOT NULL, indexes, foreign keys and unique constraints; it misses
    the CHECK here, and the default unless you set `compare_server_default=True`.

    Pitfall: a renamed table or column looks like one dropped and one added, which loses its data.
    Write `op.rename_table()`, or `op.alter_column()` with `new_column_name`.

    Pitfall: it does not find views, triggers, functions, policies or a new value of an enum. Write
    those by hand, with `op.execute()`.
    """
    from alembic.autogenerate import produce_migrations, render_python_code
    from alembic.migration import MigrationContext

    connection = db.session.connection()
    connection.execute(  # the table as it was made before the model changed
        text(
            "CREATE TABLE tasks (id int PRIMARY KEY, done bool, "
            "name text NOT NULL UNIQUE CHECK (name <> ''))"
        )
    )

    class Base(DeclarativeBase):
        pass

    class Task(Base):
        __tablename__ = "tasks"
        __table_args__ = (CheckConstraint("length(name) > 2", "tasks_name_check"),)

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str | None] = mapped_column(String(80), server_default="unnamed")
        begins: Mapped[date | None] = mapped_column(index=True)

    def has_model(name, kind, within):
        return kind != "table" or name in Base.metadata.tables

    # In env.py: context.configure(connection=…, target_metadata=Base.metadata, …)
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_server_default": compare_server_default,
            "include_name": has_model,
        },
    )
    return render_python_code(produce_migrations(context, Base.metadata).upgrade_ops)


@chapter.recipe(
    "alembic check in CI, and no empty files",
    keywords="alembic check flask db check new upgrade operations detected pipeline test fails if "
    "migration missing no changes detected do not create empty revision file "
    "process_revision_directives compare_metadata",
    links=(
        f"{ALEMBIC}/autogenerate.html#running-alembic-check-to-test-for-new-upgrade-operations",
        f"{ALEMBIC}/cookbook.html#don-t-generate-empty-migrations-with-autogenerate",
    ),
    needs="library alembic",
)
def alembic_check() -> list[dict[str, Any]]:
    """`alembic check` fails if the models differ from the database in a way that autogenerate
    finds: run it in CI after `alembic upgrade head`. The function `process_revision_directives` in
    env.py keeps `alembic revision --autogenerate` from writing a file if there is nothing to
    change.

    Pitfall: what autogenerate misses, such as a changed CHECK, `alembic check` misses too.
    """
    from alembic.autogenerate import compare_metadata, produce_migrations
    from alembic.migration import MigrationContext

    connection = db.session.connection()
    connection.execute(
        text("CREATE TABLE tasks (id int PRIMARY KEY, name text NOT NULL)")
    )

    class Base(DeclarativeBase):
        pass

    class Task(Base):
        __tablename__ = "tasks"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(Text)

    def has_model(name, kind, within):
        return kind != "table" or name in Base.metadata.tables

    def no_empty_file(context, revision, directives):
        if directives[0].upgrade_ops.is_empty():
            directives.clear()

    # In env.py: context.configure(…, process_revision_directives=no_empty_file)
    context = MigrationContext.configure(connection, opts={"include_name": has_model})
    seen = []

    def check(models):
        directives = [produce_migrations(context, Base.metadata)]
        no_empty_file(context, "head", directives)
        found = [
            f"{what} {thing}"
            for what, thing in compare_metadata(context, Base.metadata)
        ]
        seen.append({"models": models, "check finds": found, "files": len(directives)})

    check("as the tables are")

    class Note(Base):
        __tablename__ = "notes"
        id: Mapped[int] = mapped_column(primary_key=True)

    check("and one more")
    return seen


@chapter.recipe(
    "Tables without a model: include_name",
    keywords="alembic migrate upgrade tries to drop all tables postgis spatial_ref_sys native "
    "partitions partitioned exclude include_object filter env.py",
    links=(
        f"{ALEMBIC}/autogenerate.html#controlling-what-to-be-autogenerated",
        f"{POSTGRES}/ddl-partitioning.html",
    ),
    needs="library alembic",
)
def include_name() -> dict[str, list[str]]:
    """Autogenerate wants to drop every table that has no model: the tables of PostGIS or of another
    program, and partitions. The function `include_name` in env.py says which names to compare;
    `include_object` decides by the Table or Column instead.

    Pitfall: this one compares only tables that have a model. So when you delete a model, its table
    stays: write `op.drop_table()` yourself.

    Pitfall: `postgresql_partition_by` creates the partitioned table, but no partition. Create the
    partitions with `op.execute()`.
    """
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    class Base(DeclarativeBase):
        pass

    class Visit(Base):
        __tablename__ = "visits"
        __table_args__ = {"postgresql_partition_by": "RANGE (day)"}

        page: Mapped[str] = mapped_column(Text, primary_key=True)
        day: Mapped[date] = mapped_column(primary_key=True)

    connection = db.session.connection()
    Base.metadata.create_all(connection)
    in_2026 = "FROM ('2026-01-01') TO ('2027-01-01')"
    for table in (
        f"visits_2026 PARTITION OF visits FOR VALUES {in_2026}",
        "spatial_ref_sys (srid int PRIMARY KEY)",  # of PostGIS
    ):
        connection.execute(text(f"CREATE TABLE {table}"))

    def has_model(name, kind, within):
        return kind != "table" or name in Base.metadata.tables

    # In env.py: context.configure(…, include_name=has_model)
    seen = {}
    for case, options in (
        ("all names", {}),
        ("include_name", {"include_name": has_model}),
    ):
        context = MigrationContext.configure(connection, opts=options)
        changes = [
            f"{what} {thing}"
            for what, thing in compare_metadata(context, Base.metadata)
        ]
        ours = {"remove_table visits_2026", "remove_table spatial_ref_sys"}
        seen[case] = sorted(ours.intersection(changes))
    return seen


@chapter.recipe(
    "A constraint that has no name",
    keywords="alembic drop_constraint None fails emit DROP CONSTRAINT for constraint it has "
    "no name CompileError naming_convention op.f unique foreign key constraint names "
    "UndefinedObject constraint of relation does not exist",
    links=(
        f"{ALEMBIC}/naming.html",
        f"{ALEMBIC}/ops.html#alembic.operations.Operations.f",
    ),
    needs="library alembic",
)
def constraint_name() -> dict[str, str]:
    """A migration drops a constraint by its name, so `op.drop_constraint(None, …)` fails. If the
    model gives none, Postgres chooses a name, which you can look up; with a `naming_convention` for
    the metadata, models and migrations agree on all names.

    Pitfall: a convention does not rename what exists. In a database that is in use, take the names
    that Postgres chose as the convention.

    Pitfall: Alembic applies the convention to the names of CHECK constraints too, even to a
    complete one. `op.f("seats_place_check")` marks a name as complete.
    """
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    connection = db.session.connection()
    connection.execute(
        text("CREATE TABLE seats (id serial PRIMARY KEY, place int UNIQUE)")
    )
    op = Operations(MigrationContext.configure(connection))  # from alembic import op

    def name():
        return inspect(connection).get_unique_constraints("seats")[0]["name"]

    seen = {"named by Postgres": name()}
    try:
        op.drop_constraint(None, "seats", type_="unique")
    except CompileError as error:
        seen["drop_constraint(None)"] = str(error)
    op.drop_constraint("seats_place_key", "seats", type_="unique")

    metadata = MetaData(
        naming_convention={"uq": "uq_%(table_name)s_%(column_0_N_name)s"}
    )
    # In env.py: target_metadata = Base.metadata
    options = {"target_metadata": metadata}
    op = Operations(MigrationContext.configure(connection, opts=options))
    op.create_unique_constraint(None, "seats", ["place"])
    return seen | {"by the convention": name()}


@chapter.recipe(
    "A NOT NULL column for a table with rows",
    keywords="alembic add not null column existing rows NotNullViolation column contains null "
    "values add_column nullable=False server_default backfill alter_column large table",
    links=(
        f"{ALEMBIC}/ops.html#alembic.operations.Operations.add_column",
        f"{POSTGRES}/sql-altertable.html",
    ),
    needs="library alembic",
)
def not_null_column(currency: str = "EUR") -> dict[str, Any]:
    """A new NOT NULL column needs a value in every row that exists. Give all rows the same one with
    `server_default`; or add the column as nullable, fill it with an UPDATE, and then set NOT NULL.

    Pitfall: a constant default is quick even for a large table. A default that differs from row to
    row, such as `gen_random_uuid()`, rewrites the table, and nobody can read it meanwhile.

    Pitfall: SET NOT NULL locks the table while it reads all rows. For a large table, add
    `CONSTRAINT net_is_set NOT NULL net NOT VALID` (Postgres 18), and later run `VALIDATE CONSTRAINT
    net_is_set`, which lets others read and write.

    Pitfall: during a deployment the old code still inserts rows without the column. Keep the
    default until that code is gone, or set NOT NULL in a later migration.
    """
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    connection = db.session.connection()
    op = Operations(MigrationContext.configure(connection))  # from alembic import op
    seen = {}
    try:
        with connection.begin_nested():
            op.add_column("orders", Column("net", Numeric(12, 2), nullable=False))
    except IntegrityError as error:
        seen["at once"] = str(error.orig).strip()

    op.add_column(
        "orders", Column("currency", Text, nullable=False, server_default=currency)
    )

    op.add_column("orders", Column("net", Numeric(12, 2)))
    op.execute("UPDATE orders SET net = round(amount / 1.2, 2)")
    op.alter_column("orders", "net", nullable=False)

    order = connection.execute(
        text("SELECT amount, net, currency FROM orders WHERE id = 1")
    )
    return seen | dict(order.mappings().one())


@chapter.recipe(
    "Enum types: already exists, USING",
    keywords="alembic postgres enum DuplicateObject type already exists create_type=False "
    "checkfirst downgrade alter column text to enum USING DatatypeMismatch cannot be "
    "cast automatically to type postgresql_using UndefinedObject type does not exist",
    links=(
        "https://docs.sqlalchemy.org/en/21/dialects/postgresql.html"
        "#sqlalchemy.dialects.postgresql.ENUM.params.create_type",
        f"{ALEMBIC}/ops.html#alembic.operations.Operations.alter_column.params.postgresql_using",
        f"{POSTGRES}/sql-altertable.html",
    ),
    needs="library alembic",
)
def enum_type() -> dict[str, str]:
    """A Postgres enum is a type: `op.create_table()` creates it, but `op.drop_table()` does not
    drop it. For a type that exists already write `ENUM(…, create_type=False)`, and to change a text
    column into an enum say how to convert it, with `postgresql_using`.

    Pitfall: a downgrade has to drop the type, with `op.execute("DROP TYPE mood")`. Otherwise the
    next upgrade fails, because the type already exists.

    Pitfall: `op.add_column()` does not create the type. First call `mood.create(op.get_bind(),
    checkfirst=True)`.

    Pitfall: USING does not convert the column's default. Drop the default before you change the
    type, and set it again afterwards.
    """
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    connection = db.session.connection()
    op = Operations(MigrationContext.configure(connection))  # from alembic import op
    op.create_table("days", Column("mood", Enum("good", "bad", name="mood")))

    op = Operations(MigrationContext.configure(connection))  # a later upgrade
    mood = ENUM("good", "bad", name="mood", create_type=False)
    seen = {}

    def attempt(case, change, *args, **options):
        try:
            with connection.begin_nested():
                change(*args, **options)
            seen[case] = "done"
        except ProgrammingError as error:
            seen[case] = str(error.orig).splitlines()[0]

    again = Enum("good", "bad", name="mood")
    attempt("Enum again", op.create_table, "nights", Column("mood", again))
    nights = ("nights", Column("mood", mood), Column("dream", Text))
    attempt("create_type=False", op.create_table, *nights)
    attempt("TEXT to mood", op.alter_column, "nights", "dream", type_=mood)
    using = {"postgresql_using": "dream::mood"}
    attempt("with USING", op.alter_column, "nights", "dream", type_=mood, **using)
    return seen


@chapter.recipe(
    "A new value for an enum: ADD VALUE",
    keywords="alembic ALTER TYPE ADD VALUE existing enum remove value downgrade "
    "InvalidTextRepresentation invalid input value for enum UnsafeNewEnumValueUsage unsafe use of "
    "new value must be committed values_callable autocommit_block",
    links=(
        f"{POSTGRES}/sql-altertype.html",
        "https://docs.sqlalchemy.org/en/21/core/type_basics.html#sqlalchemy.types.Enum",
    ),
    needs="library alembic",
    shared=True,
)
def enum_add_value() -> dict[str, Any]:
    """Autogenerate does not notice a new member of an enum: write `ALTER TYPE … ADD VALUE`
    yourself. Postgres cannot use the value in the transaction that added it, so a migration that
    does both needs `autocommit_block()`.

    Pitfall: "invalid input value for enum" also appears when the type holds the values of the
    Python enum: SQLAlchemy sends the names, unless the column's Enum has `values_callable`.

    Pitfall: Postgres cannot remove a value. A downgrade leaves it there, or creates a new type,
    converts the columns with USING, and drops the old type.
    """
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    with db.engine.connect() as connection:
        # What is there before the migration; pg_temp is dropped with the connection.
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("CREATE TYPE pg_temp.size AS ENUM ('small', 'large')"))
        connection.execute(text("CREATE TEMPORARY TABLE shirts (size pg_temp.size)"))
        connection.commit()
        connection.execution_options(isolation_level="READ COMMITTED")

        context = MigrationContext.configure(connection)
        op = Operations(context)  # from alembic import op
        add_value = (
            "ALTER TYPE pg_temp.size ADD VALUE IF NOT EXISTS 'medium' BEFORE 'large'"
        )
        insert = "INSERT INTO shirts VALUES ('medium')"
        seen = {}

        def attempt(case, upgrade):
            try:
                with context.begin_transaction():
                    upgrade()
                    seen[case] = "done"
            except DBAPIError as error:
                seen[case] = str(error.orig).splitlines()[0]

        def in_one_transaction():
            op.execute(add_value)
            op.execute(insert)

        def after_a_commit():
            with op.get_context().autocommit_block():
                op.execute(add_value)
            op.execute(insert)

        attempt("without", lambda: op.execute(insert))
        attempt("in one transaction", in_one_transaction)
        attempt("autocommit_block()", after_a_commit)
    return seen


@chapter.recipe(
    "CREATE INDEX CONCURRENTLY in a migration",
    keywords="alembic postgresql_concurrently autocommit_block create_index ActiveSqlTransaction "
    "cannot run inside a transaction block InternalError index without locking table",
    links=(
        f"{ALEMBIC}/api/runtime.html#alembic.runtime.migration.MigrationContext.autocommit_block",
        f"{POSTGRES}/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
    ),
    needs="library alembic",
    shared=True,
)
def create_index_concurrently() -> dict[str, Any]:
    """CREATE INDEX blocks writes to the table until the index is built. CREATE INDEX CONCURRENTLY
    lets them go on, but cannot run in a transaction, as migrations do: `autocommit_block()` commits
    the migration's transaction, and begins another after the block.

    Pitfall: what the migration did before the block stays, even if the index fails. Give the index
    a migration of its own.

    Pitfall: if it fails, an invalid index stays behind: it slows writes down, and Postgres never
    reads it. Drop it before you try again, as here.
    """
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    with db.engine.connect() as connection:
        # The table is there before the migration.
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("CREATE TEMPORARY TABLE visits (page text)"))
        connection.commit()
        connection.execution_options(isolation_level="READ COMMITTED")

        context = MigrationContext.configure(connection)
        op = Operations(context)  # from alembic import op
        seen = {}

        index, concurrently = "visits_page_idx", {"postgresql_concurrently": True}
        try:
            with context.begin_transaction():
                op.create_index(index, "visits", ["page"], **concurrently)
        except InternalError as error:
            seen["in the transaction"] = str(error.orig).strip()

        with context.begin_transaction():
            with op.get_context().autocommit_block():
                op.drop_index(index, "visits", if_exists=True, **concurrently)
                op.create_index(index, "visits", ["page"], **concurrently)
            indexes = inspect(connection).get_indexes("visits")
            seen["autocommit_block()"] = [one["name"] for one in indexes]
    return seen


@chapter.recipe(
    "lock_timeout: a migration that holds up nobody",
    keywords="alembic migration deploy hangs drop column canceling statement due to lock timeout "
    "LockNotAvailable alter table waits blocked retry zero downtime access exclusive lock",
    links=(
        f"{POSTGRES}/runtime-config-client.html#GUC-LOCK-TIMEOUT",
        f"{POSTGRES}/explicit-locking.html#LOCKING-TABLES",
    ),
    shared=True,
)
def lock_timeout(attempts: int = 3) -> dict[str, str]:
    """ALTER TABLE waits for every open transaction that has read the table, and all later queries
    of the table wait behind it. With a short `lock_timeout` it gives up instead, and you run the
    migration again a little later.

    Pitfall: set it for all migrations where env.py makes the engine: `connect_args={"options": "-c
    lock_timeout=2s"}`.

    Pitfall: Postgres keeps a lock until the transaction ends, and Alembic runs all migrations in
    one. Set `transaction_per_migration=True` in env.py, and do little in each migration.
    """
    # The lock that ALTER TABLE takes
    alter_table = text("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
    seen = {}
    with Session(db.engine) as reader, db.engine.connect() as connection:
        reader.scalars(select(Order.id)).all()  # its transaction is open now
        for attempt in range(1, attempts + 1):
            try:
                with connection.begin():
                    connection.execute(text("SET LOCAL lock_timeout = '100ms'"))
                    connection.execute(alter_table)
                seen[f"attempt {attempt}"] = "done"
                break
            except OperationalError as error:
                seen[f"attempt {attempt}"] = str(error.orig).strip()
                reader.commit()  # instead of it, you would wait some seconds
    return seen


@chapter.recipe(
    "env.py: the URL from the environment, async drivers",
    keywords="alembic env.py alembic.ini sqlalchemy.url DATABASE_URL URI with % password "
    "special character ValueError invalid interpolation syntax InterpolationSyntaxError must be "
    "followed by asyncpg async db driver run_sync create_engine engine_from_config "
    "NoSuchModuleError can't load plugin sqlalchemy.dialects:driver No "
    "script_location key found in configuration no config file alembic.ini found",
    links=(
        f"{ALEMBIC}/tutorial.html#escaping-characters-in-ini-files",
        f"{ALEMBIC}/cookbook.html#using-asyncio-with-alembic",
    ),
    needs="library alembic",
)
def alembic_env(url: str = "postgresql+asyncpg://web:p%40ss@db/shop") -> dict[str, str]:
    """Let env.py read the URL from the environment and give it to `create_engine()`, and keep it
    out of alembic.ini. There, and in `config.set_main_option()`, a `%` begins an interpolation, so
    you would have to double each one.

    Pitfall: Alembic is not async. Use a sync driver for the migrations, as here; or let env.py call
    `await connection.run_sync(run_migrations)`, as `alembic init -t async` writes it.

    Pitfall: `str(engine.url)` shows `***` in place of the password. Pass the URL object on, or
    `engine.url.render_as_string(hide_password=False)`.

    Pitfall: a new alembic.ini has the URL `driver://user:pass@localhost/dbname`. Until you replace
    it, Alembic raises "Can't load plugin: sqlalchemy.dialects:driver".
    """
    from alembic.config import Config

    config = Config()  # in env.py: config = context.config
    seen = {}
    try:
        config.set_main_option("sqlalchemy.url", url)
    except ValueError as error:
        seen["set_main_option"] = str(error)
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    seen["with %%"] = config.get_main_option("sqlalchemy.url")

    # In env.py: url = os.environ["DATABASE_URL"]
    sync = make_url(url).set(drivername="postgresql+psycopg2")
    engine = create_engine(sync, poolclass=NullPool)
    seen["create_engine"] = engine.url.render_as_string(hide_password=False)
    return seen


@chapter.recipe(
    "Migrations for a schema per tenant",
    keywords="alembic flask db migrate multi tenant tenants multiple schemas search_path -x "
    "version_table_schema env.py loop schema per customer upgrade all",
    links=(
        f"{ALEMBIC}/cookbook.html#rudimental-schema-level-multi-tenancy-for-postgresql-databases",
        f"{ALEMBIC}/api/runtime.html"
        "#alembic.runtime.environment.EnvironmentContext.configure.params.version_table_schema",
    ),
    needs="library alembic",
)
def tenant_migrations() -> str:
    """Write each migration once, without a schema, and let env.py run it for every tenant: it sets
    `search_path` to the tenant's schema, and `version_table_schema` gives each schema its own
    `alembic_version`. The SQL below is what `alembic upgrade --sql` prints.

    Pitfall: if the migration fails for one tenant, those before it have it already. Run the upgrade
    again: each schema knows its own revision, so nothing runs twice.

    Pitfall: autogenerate compares one schema. Set the search_path to one tenant's, and
    `connection.dialect.default_schema_name` as well.
    """
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    sql = StringIO()
    with TemporaryDirectory() as folder:  # your folder migrations
        Path(folder, "versions").mkdir()
        lines = "revision = '1_paid'\ndown_revision = None\n"
        Path(folder, "versions", "1_paid.py").write_text(lines)

        for tenant in ("acme", "globex"):  # in env.py: SELECT schema FROM tenants
            options = {
                "as_sql": True,
                "output_buffer": sql,
                "version_table_schema": tenant,
            }
            # In env.py: context.configure(connection=…, version_table_schema=tenant)
            context = MigrationContext.configure(
                dialect_name="postgresql", opts=options
            )
            op = Operations(context)  # from alembic import op
            with context.begin_transaction():
                context.execute(f"SET search_path TO {tenant}")
                op.add_column("orders", Column("paid", Date))
                context.stamp(ScriptDirectory(folder), "head")
    return sql.getvalue()


@chapter.recipe(
    "Run migrations from Python: alembic.command",
    keywords="alembic command upgrade run migrations programmatically from python code script test "
    "startup Config set_main_option attributes connection flask_migrate upgrade logging disabled "
    "No script_location key found in configuration no config file alembic.ini "
    "found or file has no alembic section path doesn't exist please use the init "
    "command to create a new scripts folder NameError can't invoke function as "
    "the proxy object has not yet been established for the Alembic Operations "
    "class",
    links=(
        f"{ALEMBIC}/api/commands.html",
        f"{ALEMBIC}/cookbook.html#sharing-a-connection-across-one-or-more-programmatic-migration-"
        "commands",
    ),
    needs="library alembic",
)
def alembic_command() -> dict[str, list[str]]:
    """Each subcommand of Alembic is a function of `alembic.command`, which takes a Config:
    `command.upgrade(Config("alembic.ini"), "head")`. By its `attributes` you hand env.py a
    connection, such as that of a test.

    Pitfall: with Flask-Migrate call `flask_migrate.upgrade()`, in an app context.

    Pitfall: if each process upgrades when it starts, two of them can run a migration at once. Do it
    before they start, or take an advisory lock, as here. Threads need it too, because `context` and
    `op` belong to the process.

    Pitfall: the env.py that Alembic writes calls `fileConfig()`, which silences the loggers of your
    program. Give it `disable_existing_loggers=False`.

    Pitfall: Alembic looks for alembic.ini in the current folder. Elsewhere it says "No
    'script_location' key found": go there, or name the file, as in `alembic -c db/alembic.ini`.

    Pitfall: `op` works only while Alembic runs migrations. At the top of a module, or in a script,
    it raises NameError: "the proxy object has not yet been established".
    """
    from alembic import command
    from alembic.config import Config

    env = """
from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
"""
    migration = """
import sqlalchemy as sa
from alembic import op

revision = "1_visits"
down_revision = None

def upgrade():
    op.create_table("visits", sa.Column("id", sa.Integer, primary_key=True))

def downgrade():
    op.drop_table("visits")
"""
    connection = db.session.connection()
    connection.execute(select(func.pg_advisory_xact_lock(1)))  # one upgrade at a time
    seen = {}
    with TemporaryDirectory() as folder:  # your folder migrations
        Path(folder, "versions").mkdir()
        Path(folder, "env.py").write_text(env)
        Path(folder, "versions", "1_visits.py").write_text(migration)
        config = Config()  # Config("alembic.ini")
        config.set_main_option("script_location", folder)
        config.attributes["connection"] = connection

        for step, run in (
            ("upgrade", lambda: command.upgrade(config, "head")),
            ("downgrade", lambda: command.downgrade(config, "base")),
        ):
            run()
            tables = {"visits", "alembic_version"}
            seen[step] = sorted(
                tables.intersection(inspect(connection).get_table_names())
            )
    return seen
