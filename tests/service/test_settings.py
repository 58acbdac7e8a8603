"""What the environment may say, and what is said back where it is wrong."""

import os
import pwd
from pathlib import Path

import pytest
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2

from retort import Settings
from retort.environment import BadSettings

SECRET_KEY = "k" * 32
GOOD = {"DATABASE_URL": "postgresql://scott:tiger@localhost:5432/test", "SECRET_KEY": SECRET_KEY}
PARTS = {
    "DATABASE_USER": "scott",
    "DATABASE_PASSWORD": "tiger",
    "DATABASE_HOST": "localhost",
    "DATABASE_PORT": "5432",
    "DATABASE_NAME": "test",
    "SECRET_KEY": SECRET_KEY,
}
# Of each that has a default, a value that is not it.
ANOTHER = {
    "SECRET_KEY_FALLBACKS": f"{'a' * 32},{'b' * 32}",
    "TRUSTED_HOSTS": "a.example,b.example",
    "PROXIES": "3",
    "WORKERS": "3",
    "THREADS": "3",
    "PREPARED_STATEMENTS": "0",
    "DATABASE_READ_URL": "postgresql://standby",
    "METRICS_BIND": "[::1]:9000",
    "LOG_LEVEL": "error",
    "LOG_FORMAT": "text",
    "LOG_VALUES": "1",
    "SQLALCHEMY_ECHO": "1",
    "CLIENT_SECONDS": "3",
    "CLIENT_RATE": "3",
    "STREAM_SECONDS": "3",
    "BODY_BYTES": "2048",
    "REQUEST_SECONDS": "4",
    "API_MAX_BYTES": "4096",
    "WORKER_BYTES": "2097152",
    "API_PREFIX": "/v1",
    "API_SCHEMAS": "public,sales",
    "API_EXTRA_SEARCH_PATH": "public,extensions",
    "API_REQUEST_SETTINGS": "1",
    "API_READ": "token",
    "API_ROLE": "reader",
    "API_MAX_ROWS": "50",
    "API_KEYLESS": "1",
    "API_UNFILTERED": "1",
    "API_CORS_ORIGINS": "https://a.example",
    "TX_END": "rollback",
    "TOKEN_MINUTES": "5",
    "JWT_KEY": "k" * 32,
    "JWT_JWKS_URL": "https://id.example/jwks.json",
    "JWT_AUDIENCE": "us",
}


def refusal(environ: dict[str, str]) -> list[str]:
    with pytest.raises(BadSettings) as refused:
        Settings.load(environ)
    return str(refused.value).splitlines()


def rendered(environ: dict[str, str]) -> str:
    return Settings.load(environ).url.render_as_string(hide_password=False)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_a_url_as_people_write_it_means_psycopg2(scheme: str) -> None:
    environ = GOOD | {"DATABASE_URL": f"{scheme}://scott:tiger@localhost:5432/test"}
    assert rendered(environ) == "postgresql+psycopg2://scott:tiger@localhost:5432/test"


def test_the_parts_mean_the_same_as_the_url() -> None:
    assert rendered(PARTS) == rendered(GOOD)


def test_host_and_port_have_defaults() -> None:
    few = {key: PARTS[key] for key in ("DATABASE_USER", "DATABASE_NAME", "SECRET_KEY")}
    assert rendered(few) == "postgresql+psycopg2://scott@localhost:5432/test"


def test_a_password_in_a_part_needs_no_quoting() -> None:
    url = Settings.load(PARTS | {"DATABASE_PASSWORD": "p@ss/w:rd %41"}).url
    assert url.password == "p@ss/w:rd %41"


@pytest.mark.parametrize(
    ("url", "role"),
    [
        ("postgresql://scott@h/test", "scott"),
        ("postgresql:///test?user=tiger", "tiger"),
        ("postgresql:///test", "leo"),
    ],
)
def test_a_url_may_leave_the_role_to_libpq(
    monkeypatch: pytest.MonkeyPatch, url: str, role: str
) -> None:
    monkeypatch.setenv("PGUSER", "leo")
    assert Settings.load(GOOD | {"DATABASE_URL": url}).role == role


def test_without_any_role_it_is_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGUSER", raising=False)
    own = pwd.getpwuid(os.geteuid()).pw_name
    assert Settings.load(GOOD | {"DATABASE_URL": "postgresql:///test"}).role == own


def test_what_a_url_says_beyond_the_parts_is_kept() -> None:
    url = Settings.load(GOOD | {"DATABASE_URL": "postgresql://h/test?sslmode=require"}).url
    assert url.query == {"sslmode": "require"}


def test_a_host_without_a_port_means_postgres_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the one that PGPORT names for whatever else runs here."""
    monkeypatch.setenv("PGPORT", "5433")
    assert Settings.load(GOOD | {"DATABASE_URL": "postgresql://h/test"}).url.port == 5432


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("postgresql://u:p@h1:5433,h2:5434/test?target_session_attrs=any", "h1,h2", "5433,5434"),
        ("postgresql://u:p,q/r@h1,h2:5434/test?target_session_attrs=any", "h1,h2", "5432,5434"),
        ("postgres://[::1]:5433,h2/test?target_session_attrs=any", "::1,h2", "5433,5432"),
    ],
)
def test_a_url_may_name_several_hosts_as_libpq_has_it(url: str, host: str, port: str) -> None:
    found = Settings.load(GOOD | {"DATABASE_URL": url}).url
    _, options = PGDialect_psycopg2().create_connect_args(found)
    assert (options["host"], options["port"]) == (host, port)
    assert options["target_session_attrs"] == "any"
    assert options["dbname"] == "test"


@pytest.mark.parametrize(
    ("url", "attributes"),
    [
        ("postgresql://h1,h2/test", "read-write"),
        ("postgresql:///test?host=h1:1&host=h2:2", "read-write"),
        ("postgresql://h1,h2/test?target_session_attrs=any", "any"),
        ("postgresql://h1/test", None),
    ],
)
def test_of_several_hosts_the_one_is_taken_that_takes_writes(
    url: str, attributes: str | None
) -> None:
    found = Settings.load(GOOD | {"DATABASE_URL": url}).url
    assert found.query.get("target_session_attrs") == attributes


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mysql://localhost/test", "it has to begin with postgresql://"),
        ("postgresql+psycopg://localhost/test", "it has to begin with postgresql://"),
        ("sqlite:///test.db", "it has to begin with postgresql://"),
        ("localhost:5432", "it has to begin with postgresql://"),
        ("postgresql://localhost:port/test", "its port is not a number"),
        (
            "postgresql://localhost/test?option_of_nobody=1",
            'invalid connection option "option_of_nobody"',
        ),
        ("postgresql://h1:port,h2/test", "each of its hosts has to be like h1 or h1:5432"),
        ("postgresql://h1,h2/test?port=1", "number of hosts and ports don't match"),
    ],
)
def test_another_url_is_refused_with_the_reason(url: str, why: str) -> None:
    assert refusal(GOOD | {"DATABASE_URL": url}) == [
        f"DATABASE_URL: must be a URL like postgresql://scott:tiger@localhost:5432/test ({why})"
    ]


def test_the_url_and_a_part_are_one_too_many() -> None:
    assert refusal(GOOD | {"DATABASE_HOST": "db"}) == [
        "DATABASE_HOST: also a part of DATABASE_URL; unset one of the two"
    ]


def test_a_database_has_to_be_named() -> None:
    assert refusal({"SECRET_KEY": SECRET_KEY}) == [
        "DATABASE_NAME and DATABASE_USER: not set; give them, or the whole as DATABASE_URL"
    ]


@pytest.mark.parametrize(
    ("variable", "value", "accepts"),
    [
        ("DATABASE_PORT", "0", "a port from 1 to 65535"),
        ("DATABASE_PORT", "http", "a port from 1 to 65535"),
        ("SECRET_KEY", "dev", "at least 32 characters, random and kept secret"),
        (
            "SECRET_KEY_FALLBACKS",
            f"{'a' * 32},dev",
            "keys like SECRET_KEY, comma-separated, whose signatures are accepted too",
        ),
        ("WORKERS", "0", "a number of processes from 1 to 64"),
        ("WORKERS", "two", "a number of processes from 1 to 64"),
        ("THREADS", "257", "a number of threads a process, from 1 to 256"),
        ("THREADS", "1.5", "a number of threads a process, from 1 to 256"),
        ("PROXIES", "-1", "the number of reverse proxies in front, from 0 to 10"),
        ("LOG_LEVEL", "loud", "debug, info, warning or error"),
        ("LOG_FORMAT", "xml", "json or text; unset means text on a terminal, else json"),
        ("SQLALCHEMY_ECHO", "maybe", "1 to log every statement, or 0"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_accepts(
    variable: str, value: str, accepts: str
) -> None:
    assert refusal(PARTS | {variable: value}) == [f"{variable}: must be {accepts}"]


def test_all_wrong_values_are_told_at_once() -> None:
    lines = refusal({"WORKERS": "x", "THREADS": "x", "DATABASE_URL": "mysql://h/d"})
    assert [line.partition(":")[0] for line in lines] == [
        "DATABASE_URL",
        "SECRET_KEY",
        "WORKERS",
        "THREADS",
    ]


def test_a_refusal_does_not_repeat_a_secret() -> None:
    lines = refusal({"SECRET_KEY": "hunter2", "DATABASE_URL": "mysql://u:hunter2@h/d"})
    assert "hunter2" not in "".join(lines)


def test_settings_do_not_show_their_secrets() -> None:
    assert "tiger" not in repr(Settings.load(GOOD))
    assert "tiger" not in repr(Settings.load(PARTS))
    assert SECRET_KEY not in repr(Settings.load(GOOD))


@pytest.mark.parametrize("around", ["{}\n", " {} ", "\t{}\r\n"])
def test_what_surrounds_a_value_is_no_part_of_it(around: str) -> None:
    """Secrets of Kubernetes end with a newline."""
    assert Settings.load({name: around.format(PARTS[name]) for name in PARTS}) == Settings.load(
        PARTS
    )
    assert Settings.load({name: around.format(GOOD[name]) for name in GOOD}) == Settings.load(GOOD)


def test_an_empty_variable_counts_as_unset() -> None:
    assert Settings.load(GOOD | {"WORKERS": " \n"}).workers == 2
    assert Settings.load(GOOD | {"WORKERS": "", "DATABASE_HOST": ""}).workers == 2


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_can_come_from_a_file(tmp_path: Path, field: str) -> None:
    name = field.upper()
    environ = GOOD if name == "DATABASE_URL" else PARTS
    if name == "JWT_JWKS_URL":
        environ = environ | {"JWT_AUDIENCE": "us"}
    value = (environ | ANOTHER)[name]
    # As PowerShell writes it, with a mark of the encoding first.
    (file := tmp_path / "value").write_text(f"{value}\n", encoding="utf-8-sig")
    others = {key: environ[key] for key in environ if key != name}
    assert Settings.load(others | {f"{name}_FILE": f"{file}\n"}) == Settings.load(
        others | {name: value}
    )


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    line = refusal(PARTS | {"SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / "none")})[0]
    assert line.startswith("SECRET_KEY_FILE: must be a text file that can be read")
    assert str(tmp_path / "none") in line


def test_a_variable_and_its_file_are_one_too_many(tmp_path: Path) -> None:
    (file := tmp_path / "key").write_text(SECRET_KEY)
    assert refusal(GOOD | {"SECRET_KEY_FILE": str(file)}) == [
        "SECRET_KEY: also given as SECRET_KEY_FILE; unset one of the two"
    ]


@pytest.mark.parametrize("variable", ["TRUSTED_HOSTS", "API_SCHEMAS", "API_CORS_ORIGINS"])
@pytest.mark.parametrize("value", ["public,", ",public", "public, ,sales", ","])
def test_a_list_has_no_empty_entry(variable: str, value: str) -> None:
    assert refusal(GOOD | {variable: value}) == [
        f"{variable}: has an empty entry; separate entries by one comma"
    ]


def test_a_schema_is_named_once() -> None:
    assert refusal(GOOD | {"API_SCHEMAS": "public,sales, public,,sales"}) == [
        "API_SCHEMAS: has an empty entry; separate entries by one comma",
        "API_SCHEMAS: names public more than once",
        "API_SCHEMAS: names sales more than once",
    ]


def test_trusted_hosts_are_separated_by_commas() -> None:
    settings = Settings.load(GOOD | {"TRUSTED_HOSTS": "a.example, .b.example"})
    assert settings.trusted_hosts == ["a.example", ".b.example"]
