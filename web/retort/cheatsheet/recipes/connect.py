"""Connect: a database, a session, an application."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportUnusedFunction=false, reportCallIssue=false
# ruff: noqa: N806

from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from urllib.parse import quote

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.record_queries import get_recorded_queries
from sqlalchemy import URL, create_engine, func, literal, make_url, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Person

chapter = Chapter("C", "Connect and app")

SQLALCHEMY = "https://docs.sqlalchemy.org/en/21"
FLASK_SQLALCHEMY = "https://flask-sqlalchemy.readthedocs.io/en/3.1.x"
FLASK = "https://flask.palletsprojects.com/en/stable"
POSTGRES = "https://www.postgresql.org/docs/18"


@chapter.recipe(
    "Install and pin",
    keywords="pip install requirements.txt psycopg2-binary version upgrade freeze greenlet",
    links=(f"{SQLALCHEMY}/intro.html", f"{FLASK}/installation/"),
)
def install() -> str:
    """Install Flask, SQLAlchemy and a driver for Postgres with pip, then pin what you got:
    `pip freeze > requirements.txt`. A new minor version of SQLAlchemy (2.0, 2.1) may break code.

    Pitfall: SQLAlchemy 2.1 no longer brings greenlet: for asyncio install `sqlalchemy[asyncio]`.

    Pitfall: `psycopg2-binary` comes compiled; `psycopg2` needs a compiler and libpq.
    """
    # pip install Flask Flask-SQLAlchemy SQLAlchemy psycopg2-binary
    packages = ["Flask", "Flask-SQLAlchemy", "SQLAlchemy", "psycopg2-binary"]
    return "\n".join(f"{package}=={version(package)}" for package in packages)


@chapter.recipe(
    "A greeting route",
    keywords="hello world flask route view first app minimal example test_client response",
    links=(f"{FLASK}/quickstart/", f"{FLASK_SQLALCHEMY}/quickstart/"),
)
def greeting(word: str = "Hello") -> str:
    """A Flask route that greets with a name out of Postgres: the smallest application that
    proves all parts work together. `test_client()` asks it without a server.

    Pitfall: Flask sends a text as HTML. Say `text/plain`, or escape what users wrote.
    """
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = db.engine.url  # "postgresql+psycopg2://…"
    db.init_app(app)

    @app.get("/")
    def hello():
        query = select(Person.name).order_by(Person.id).limit(1)
        name = db.session.scalar(query) or "stranger"
        return f"{word}, {name}!", {"Content-Type": "text/plain"}

    return app.test_client().get("/").text


@chapter.legacy()
def greeting_legacy(word: str = "Hello") -> str:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = db.engine.url
    db.init_app(app)

    @app.route("/")
    def hello():
        person = Person.query.order_by(Person.id).first()
        name = person.name if person else "stranger"
        return f"{word}, {name}!", {"Content-Type": "text/plain"}

    return app.test_client().get("/").data.decode()


@chapter.recipe(
    "flask run and __main__",
    keywords="start server debug development port app.run python hello.py gunicorn reload",
    links=(f"{FLASK}/server/", f"{FLASK}/cli/"),
)
def flask_run() -> dict[str, str]:
    """Start the development server with `flask run`, or with `app.run()` when the file is run
    as a program: only then is `__name__` the text `__main__`.

    Pitfall: debug mode lets whoever reaches the port run Python code. Both servers are for
    your own machine; in production use one such as Gunicorn: `gunicorn hello:app`.

    Pitfall: `FLASK_ENV` does nothing since Flask 2.3: use `--debug` or `FLASK_DEBUG=1`.
    """
    app = Flask(__name__)

    @app.get("/")
    def hello():
        return "Hello!"

    # In a shell: flask --app hello run --debug (which needs none of the lines below)
    if __name__ == "__main__":  # python hello.py
        app.run(host="127.0.0.1", port=5000, debug=True)

    return {"__name__": __name__, "GET /": app.test_client().get("/").text}


@chapter.recipe(
    "SQLAlchemy(model_class=Base), init_app",
    keywords="application factory create_app extension setup configure default uri db.Model",
    links=(f"{FLASK_SQLALCHEMY}/quickstart/", f"{FLASK}/patterns/appfactories/"),
)
def init_app(name: str = "Lisbon") -> list[str]:
    """Set up Flask-SQLAlchemy: `db` at the top of a module, `db.init_app(app)` in the
    application factory, so that models do not need the application.

    Removed: `init_app` without `SQLALCHEMY_DATABASE_URI`: there is no default since 3.0.

    Pitfall: configure first. `init_app` makes the engines; what changes later is not seen.
    """

    class Base(DeclarativeBase):
        pass

    db = SQLAlchemy(model_class=Base)

    class City(db.Model):
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    def create_app(url):
        app = Flask(__name__)
        app.config["SQLALCHEMY_DATABASE_URI"] = url
        db.init_app(app)
        return app

    app = create_app(current_app.config["SQLALCHEMY_DATABASE_URI"])
    with app.app_context():
        db.create_all()
        db.session.add(City(name=name))
        db.session.commit()
        return db.session.scalars(select(City.name)).all()


@chapter.legacy()
def init_app_legacy(name: str = "Lisbon") -> list[str]:
    url = current_app.config["SQLALCHEMY_DATABASE_URI"]
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db = SQLAlchemy(app)

    class City(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String, nullable=False)

    with app.app_context():
        db.create_all()
        db.session.add(City(name=name))
        db.session.commit()
        return [city.name for city in City.query.all()]


@chapter.recipe(
    "The anatomy of a database URL",
    keywords="connection string dsn uri URL.create make_url password escape scott tiger psycopg",
    links=(
        f"{SQLALCHEMY}/core/engines.html#database-urls",
        f"{SQLALCHEMY}/dialects/postgresql.html",
    ),
)
def database_url(
    user: str = "scott",
    password: str = "tiger",
    host: str = "localhost",
    database: str = "test",
) -> dict[str, str]:
    """The database URL names dialect, driver, user, password, host, port and database.
    `URL.create()` escapes what needs it; `make_url()` takes a text apart.

    Pitfall: `postgresql://` means psycopg 3 since SQLAlchemy 2.1. For psycopg2 write
    `postgresql+psycopg2://`.

    Pitfall: in a URL written as text, percent-encode what is special in the password: `@` is
    `%40`, `%` is `%25`. `str(url)` shows `***` in its place.

    Removed: `postgres://`: SQLAlchemy knows only `postgresql://`.
    """
    # dialect+driver://user:password@host:port/database
    url = URL.create("postgresql+psycopg2", user, password, host, 5432, database)
    whole = url.render_as_string(hide_password=False)
    return {
        "str(url)": str(url),
        "with its password": whole,
        "database": make_url(whole).database,
        "driver": url.get_driver_name(),
        "driver of postgresql://": make_url("postgresql://").get_driver_name(),
    }


@chapter.legacy(note="Here only the password is escaped.")
def database_url_legacy(
    user: str = "scott",
    password: str = "tiger",
    host: str = "localhost",
    database: str = "test",
) -> dict[str, str]:
    secret = quote(password, safe="")
    whole = f"postgresql+psycopg2://{user}:{secret}@{host}:5432/{database}"
    url = make_url(whole)
    return {
        "str(url)": str(url),
        "with its password": whole,
        "database": url.database,
        "driver": url.get_driver_name(),
        "driver of postgresql://": make_url("postgresql://").get_driver_name(),
    }


@chapter.recipe(
    "Engines: SQLite and Postgres",
    keywords="create_engine in memory sqlite:// connect connection core without orm execute",
    links=(
        f"{SQLALCHEMY}/core/engines.html",
        f"{SQLALCHEMY}/core/connections.html",
        f"{SQLALCHEMY}/dialects/sqlite.html",
    ),
)
def engines(word: str = "Amy", pattern: str = "a%") -> dict[str, bool]:
    """`create_engine()` makes an engine: a database's dialect and a pool of connections. Make
    one per database and process; it connects when it is first used.

    Pitfall: databases differ (to SQLite `LIKE` ignores case): test on the one you run on.

    Removed: `engine.execute()`: take a connection, `with engine.connect() as connection:`.
    """
    sqlite = create_engine("sqlite://")  # in memory; a file: "sqlite:///shop.db"
    postgres = create_engine(db.engine.url)  # "postgresql+psycopg2://scott:tiger@…"

    answers = {}
    for engine in (sqlite, postgres):
        with engine.connect() as connection:
            is_like = connection.scalar(select(literal(word).like(pattern)))
        answers[engine.dialect.name] = is_like
        engine.dispose()  # closes its connections, at the end of the program
    return answers


@chapter.recipe(
    "A session without Flask",
    keywords="sessionmaker Session script standalone engine begin commit close context manager",
    links=(
        f"{SQLALCHEMY}/orm/session_basics.html",
        f"{SQLALCHEMY}/orm/session_api.html#sqlalchemy.orm.sessionmaker",
    ),
)
def session_without_flask(name: str = "Gita") -> list[str]:
    """`sessionmaker` makes sessions in a script, a job, or any program without Flask. Use each
    in a `with` block: `begin()` commits at its end, or rolls back on an error.

    Pitfall: a session is for one thread and one task. Make many, from one `sessionmaker`.

    Removed: `Session(autocommit=True)`: a session always begins a transaction by itself.
    """
    engine = create_engine(db.engine.url)
    Session = sessionmaker(engine)  # both once, at the top of a module

    with Session.begin() as session:
        session.add(Person(name=name))

    with Session() as session:
        query = select(Person.name).order_by(Person.id.desc()).limit(3)
        return session.scalars(query).all()


@chapter.legacy()
def session_without_flask_legacy(name: str = "Gita") -> list[str]:
    engine = create_engine(db.engine.url)
    Session = sessionmaker(bind=engine)

    session = Session()
    try:
        session.add(Person(name=name))
        session.commit()
        query = session.query(Person.name).order_by(Person.id.desc()).limit(3)
        return [name for (name,) in query]
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()


@chapter.recipe(
    "App context, flask shell",
    keywords="RuntimeError working outside of application context script push shell thread",
    links=(f"{FLASK_SQLALCHEMY}/contexts/", f"{FLASK}/appcontext/", f"{FLASK}/shell/"),
)
def app_context() -> dict[str, object]:
    """`db.session` and `db.engine` need an app context, which says whose database is meant. A
    request and a `flask` command have one; a script, a test or a thread must push its own.

    Pitfall: the session ends with the context. Keep its objects no longer than that.

    Removed: `db.create_all(app=app)`: push a context around it.
    """

    def count():
        return db.session.scalar(select(func.count()).select_from(Person))

    with ThreadPoolExecutor() as threads:  # no context here, as in a script
        error = threads.submit(count).exception()

    with current_app.app_context():  # current_app is your app
        inside = count()
    # `flask shell` pushes a context, and has these names imported already.
    names = sorted({"Order", "Person", "app", "db"} & current_app.make_shell_context().keys())
    outside = str(error).splitlines()[0]
    return {"outside": outside, "inside": inside, "flask shell": names}


@chapter.recipe(
    "See the SQL: echo, recorded queries",
    keywords="log statements SQLALCHEMY_ECHO SQLALCHEMY_RECORD_QUERIES debug slow profiling",
    links=(
        f"{FLASK_SQLALCHEMY}/record-queries/",
        f"{FLASK_SQLALCHEMY}/config/",
        f"{SQLALCHEMY}/core/engines.html#configuring-logging",
    ),
)
def recorded_queries(person_id: int = 2) -> list[dict[str, object]]:
    """See which SQL is sent: `SQLALCHEMY_ECHO` logs each statement, and
    `SQLALCHEMY_RECORD_QUERIES` keeps them, with `duration`, until the app context ends. Without
    Flask it is `create_engine(url, echo=True)`.

    Pitfall: recording is off by default, in debug mode too, and costs memory: not for production.

    Removed: `get_debug_queries`: it is `get_recorded_queries` since 3.0.
    """
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = db.engine.url
    app.config["SQLALCHEMY_ECHO"] = False  # True, or "debug" for the rows too
    app.config["SQLALCHEMY_RECORD_QUERIES"] = True
    db.init_app(app)

    with app.app_context():
        db.session.scalars(select(Person.name).where(Person.id < person_id)).all()
        db.session.scalar(select(func.count(Person.id)))
        return [
            {"statement": query.statement, "parameters": query.parameters}
            for query in get_recorded_queries()
        ]


@chapter.recipe(
    "Pool, pre-ping, statement_timeout",
    keywords="pool_size max_overflow server closed connection QueuePool limit too many clients",
    links=(
        f"{SQLALCHEMY}/core/pooling.html",
        f"{FLASK_SQLALCHEMY}/config/",
        f"{POSTGRES}/runtime-config-client.html#GUC-STATEMENT-TIMEOUT",
    ),
    raises=OperationalError,
)
def statement_timeout(milliseconds: int = 50) -> None:
    """Limit how many connections a process opens, and how long a statement may run: Postgres
    cancels it after `statement_timeout`, which is unlimited by default.

    Pitfall: the server needs room for `pool_size` + `max_overflow` connections of each process.

    Pitfall: `SET x = :value` fails with psycopg 3, which sends values apart from the SQL: use
    `set_config()`.
    """
    options = {  # in Flask: app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
        "pool_size": 5,  # connections that stay open
        "max_overflow": 0,  # how many more, for a while
        "pool_timeout": 5,  # seconds to wait for a free one
        "pool_recycle": 1800,  # seconds until one is replaced
        "pool_pre_ping": True,  # replace those that the server has closed
        "connect_args": {"options": "-c statement_timeout=30s", "connect_timeout": 3},
    }
    engine = create_engine(db.engine.url, **options)
    limit = func.set_config("statement_timeout", f"{milliseconds}ms", True)
    with engine.begin() as connection:
        connection.execute(select(limit))  # for this transaction only
        connection.execute(select(func.pg_sleep(0.5)))
