"""The role `web` reads and writes rows, and can do nothing else."""

from collections.abc import Generator

import pytest
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import ProgrammingError

from db_init import roles

from .postgres import Database
from .server_log import ServerLog


@pytest.fixture
def web(database: Database) -> Generator[Connection]:
    with create_engine(database.web, poolclass=NullPool).connect() as connection:
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM persons",
        "INSERT INTO persons (name) VALUES ('Zoe')",
        "UPDATE persons SET name = 'Zoe'",
        "DELETE FROM persons",
        "SELECT * FROM alembic_version",
    ],
)
def test_it_reads_and_writes_rows(web: Connection, statement: str) -> None:
    web.execute(text(statement))
    web.commit()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
        "ALTER TABLE persons ADD COLUMN more int",
        "DROP TABLE persons",
        "TRUNCATE persons",
        "CREATE INDEX ON persons (name)",
        "CREATE TRIGGER t AFTER INSERT ON persons EXECUTE FUNCTION f()",
        "UPDATE alembic_version SET version_num = '0000'",
        "DELETE FROM alembic_version",
        "COPY persons TO '/tmp/persons'",
        "COPY persons FROM PROGRAM 'id'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT * FROM pg_authid",
        "ALTER SYSTEM SET fsync = off",
        "SET ROLE pg_write_server_files",
        "SELECT lo_creat(-1)",
        "SELECT lo_create(0)",
        "SELECT lo_from_bytea(0, 'a')",
        "SELECT lo_put(1, 0, 'a')",
        "SELECT lo_open(1, 131072)",
        "SELECT lowrite(0, 'a')",
        "SELECT pg_logical_emit_message(false, 'a', 'b')",
        "DO $$ BEGIN END $$",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql RETURN 1",
        "SELECT pg_create_physical_replication_slot('mine')",
        "SELECT pg_stat_reset()",
        "SELECT setval('persons_id_seq', 1)",
        "ALTER ROLE {web}_member SUPERUSER",
    ],
)
def test_it_can_do_nothing_else(database: Database, web: Connection, statement: str) -> None:
    isolated = web.execution_options(isolation_level="AUTOCOMMIT")
    with pytest.raises(
        ProgrammingError, match=r"permission denied|must be owner|does not exist"
    ) as e:
        isolated.execute(text(statement.replace("{web}", str(database.web.username))))
    assert getattr(e.value.orig, "pgcode", None) in {"42501", "22023"}


@pytest.mark.parametrize("kind", ["{web}", "{web}_member", "{web}_sheet"])
def test_no_role_of_it_has_what_everybody_has_by_default(database: Database, kind: str) -> None:
    role = kind.format(web=database.web.username)
    (row,) = database.execute(
        "SELECT array(SELECT proname FROM pg_proc WHERE proname ~ '^lo(_|read|write)' "
        "AND has_function_privilege(:role, oid, 'EXECUTE')), "
        "array(SELECT lanname FROM pg_language WHERE lanpltrusted "
        "AND has_language_privilege(:role, oid, 'USAGE'))",
        role=role,
    )
    assert tuple(row) == ([], [])


def test_it_has_no_attribute(database: Database) -> None:
    (row,) = database.execute(
        "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, "
        "rolcanlogin "
        "FROM pg_roles r WHERE rolname = :role",
        role=database.web.username,
    )
    assert tuple(row) == (False, False, False, False, False, True)


@pytest.mark.parametrize(("name", "value"), roles.LIMITS.items())
def test_its_time_is_limited(web: Connection, name: str, value: str) -> None:
    assert web.scalar(text(f"SHOW {name}")) == value


@pytest.mark.parametrize(("name", "value"), roles.LOGGED.items())
def test_the_server_logs_none_of_its_statements(web: Connection, name: str, value: str) -> None:
    assert web.scalar(text(f"SHOW {name}")) == value


def test_others_cannot_even_connect(database: Database) -> None:
    (row,) = database.execute(
        "SELECT array_to_string(datacl, ' ') FROM pg_database WHERE datname = current_database()"
    )
    assert f"{database.web.username}=c/" in row[0]
    assert " =" not in f" {row[0]}"


def test_the_password_reaches_the_server_as_a_verifier_only(database: Database) -> None:
    """Whatever logs statements cannot show it."""
    engine = create_engine(database.owner, poolclass=NullPool)
    (log := ServerLog()).listen(engine)
    with engine.connect() as connection:
        for option in ServerLog.OPTIONS:
            connection.execute(text(f"SET {option}"))
        roles.create(connection, "somebody_else", "hunter2 is my password")
    said = "".join(log.statements)
    assert "SCRAM-SHA-256$" in said
    assert "hunter2" not in said


UNIQUE = """
SELECT indrelid::regclass::text, attname, indexrelid::regclass::text
FROM pg_index
JOIN pg_class ON pg_class.oid = indrelid AND relrowsecurity
JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)
WHERE indisunique
"""


def test_where_rows_are_hidden_no_role_may_choose_a_key(database: Database) -> None:
    """A key that is taken already would tell of a row that the client may not see."""
    web = database.web.username
    found = database.execute(UNIQUE)
    assert {row[2] for row in found} >= {"notes_pkey"}
    for role in (web, f"{web}_member"):
        for right in ("INSERT", "UPDATE"):
            given = {
                index
                for table, column, index in found
                if not database.execute(
                    "SELECT has_column_privilege(:role, :table, :column, :right)",
                    role=role,
                    table=table,
                    column=column,
                    right=right,
                )[0][0]
            }
            assert given == {row[2] for row in found}, f"{role} may {right} these"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO notes (id, owner, text) OVERRIDING SYSTEM VALUE VALUES (9, 'me', 'x')",
        "UPDATE notes SET id = DEFAULT",
    ],
)
def test_nor_is_there_a_way_around_it(web: Connection, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied for table notes"):
        web.execute(text(statement))
