"""Connect and app: an engine, a session, an application."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportUnusedFunction=false, reportCallIssue=false, reportArgumentType=false
# pyright: reportOptionalMemberAccess=false
# ruff: noqa: N806

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory
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
    keywords="pip install requirements.txt psycopg2-binary version upgrade freeze greenlet "
    "ModuleNotFoundError No module named psycopg2 Error pg_config executable not found "
    "AttributeError module sqlalchemy has no attribute __all__ "
    "ImportError cannot import name _app_ctx_stack from flask no pq wrapper "
    "available Attempts made couldn't import psycopg c binary python "
    "implementation libpq library not found psycopg_binary",
    links=(f"{SQLALCHEMY}/intro.html", f"{FLASK}/installation/"),
)
def install() -> str:
    """Install Flask, SQLAlchemy and a driver for Postgres with pip. Then pin their versions with
    `pip freeze > requirements.txt`, since a new minor version of SQLAlchemy, such as 2.1
    after 2.0, can break code.

    Pitfall: asyncio needs greenlet, which SQLAlchemy 2.1 no longer installs: install
    `sqlalchemy[asyncio]`.

    Pitfall: Flask-SQLAlchemy 2 does not work with SQLAlchemy 2: "module 'sqlalchemy' has no
    attribute '__all__'". Install Flask-SQLAlchemy 3.

    Pitfall: `psycopg2-binary` comes compiled. `psycopg2` is compiled when you install it, which
    takes a C compiler and libpq.

    Pitfall: Flask-SQLAlchemy 2 does not work with Flask 2.3 either: "cannot import name
    '_app_ctx_stack' from 'flask'".

    Pitfall: `psycopg` alone needs libpq, and says "no pq wrapper available" without it.
    `psycopg[binary]` brings libpq along.
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
    """This small application uses every part of the stack: for the URL `/` Flask calls `hello()`,
    which greets with a name from Postgres. `test_client()` sends requests without a server.

    Pitfall: Flask sends a returned text as HTML. Set `text/plain` as here, or escape what users
    have written.
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
    "What @app.route does",
    keywords="decorator route url rule view function add_url_rule endpoint methods "
    "View function mapping is overwriting an existing endpoint function 405 "
    "TypeError The view function did not return a valid response either returned "
    "None or ended without a return statement",
    links=(
        f"{FLASK}/quickstart/#routing",
        f"{FLASK}/api/#flask.Flask.add_url_rule",
        "https://docs.python.org/3/glossary.html#term-decorator",
    ),
)
def app_route(word: str = "Hello") -> dict[str, object]:
    """The decorator `@app.route("/")` tells Flask to call the function below it for the URL `/`,
    and returns that function unchanged. `app.add_url_rule("/", view_func=hello)` does the same
    without a decorator.

    Pitfall: Flask knows a view by the function's name. A second function with the same name
    raises an AssertionError: `View function mapping is overwriting an existing endpoint`.

    Pitfall: write `@app.route` above all other decorators of a view. Flask calls what is below
    it, and so leaves out a decorator that is above it, such as one that checks a log-in.

    Pitfall: a route accepts GET, and answers 405 to a POST. Write `@app.post("/")`, or
    `@app.route("/", methods=["GET", "POST"])`.

    Pitfall: a view has to return something, or Flask says that it "did not return a valid
    response". Return `"", 204` if there is nothing to say.
    """
    app = Flask(__name__, static_folder=None)

    @app.route("/")
    def hello():
        return f"{word}!"

    def bye():
        return "Bye!"

    app.add_url_rule("/bye", view_func=bye)  # what @app.route("/bye") above it would do

    client = app.test_client()
    return {
        "hello()": hello(),  # the function is as it was
        "GET /": client.get("/").text,
        "GET /bye": client.get("/bye").text,
        "POST /": client.post("/").status,
        "app.url_map": [
            f"{rule} calls {rule.endpoint}()" for rule in app.url_map.iter_rules()
        ],
    }


@chapter.recipe(
    "flask run and __main__",
    keywords="start server development port FLASK_APP flask --app hello run app.run __name__ "
    "if __name__ == '__main__' python hello.py gunicorn reload debug mode Could not locate a Flask "
    "application",
    links=(
        f"{FLASK}/cli/#application-discovery",
        f"{FLASK}/server/",
        "https://docs.python.org/3/library/__main__.html",
    ),
)
def flask_run() -> dict[str, str]:
    """`flask --app hello run` imports `hello.py`, finds `app` in it, and starts the development
    server; `FLASK_APP=hello flask run` does the same by an environment variable, which you can
    set once for all `flask` commands. `python hello.py` runs the file as a program: only then
    is `__name__` equal to `"__main__"`, and `app.run()` starts the server.

    Pitfall: without `--app` and `FLASK_APP`, `flask` looks for `app.py` or `wsgi.py` in the
    current folder, and otherwise says `Could not locate a Flask application`.

    Pitfall: never call `app.run()` outside of `if __name__ == "__main__":`, or importing the
    file, as a test does, starts a server.

    Pitfall: both servers are for your own machine. In debug mode, whoever reaches the port can
    run Python code; in production use a server such as Gunicorn, `gunicorn hello:app`.

    Pitfall: `FLASK_ENV` has no effect since Flask 2.3. Use `--debug` or `FLASK_DEBUG=1`.
    """
    source = """
from flask import Flask

app = Flask(__name__)

@app.route("/")
def hello():
    return f"Hello from {__name__}!"

if __name__ == "__main__":
    print(app.test_client().get("/").text)  # instead of app.run(debug=True)
"""
    with TemporaryDirectory() as folder:
        file = Path(folder, "hello.py")
        file.write_text(source)
        program = subprocess.check_output([sys.executable, file], text=True, timeout=10)

        # FLASK_APP=hello flask run imports the file, and serves its `app`:
        spec = spec_from_file_location("hello", file)
        hello = module_from_spec(spec)
        spec.loader.exec_module(hello)
    return {
        "python hello.py": program.strip(),
        "FLASK_APP=hello flask run": hello.app.test_client().get("/").text,
    }


@chapter.recipe(
    "SQLAlchemy(model_class=Base), init_app",
    keywords="application factory create_app extension setup configure default uri db.Model "
    "ImportError cannot import name db from partially initialized module circular "
    "import models the current Flask app is not registered with this instance did you forget "
    "to call init_app SQLAlchemy instance has already been registered on this Flask app "
    "RuntimeError Either SQLALCHEMY_DATABASE_URI or SQLALCHEMY_BINDS must be set",
    links=(f"{FLASK_SQLALCHEMY}/quickstart/", f"{FLASK}/patterns/appfactories/"),
)
def init_app(name: str = "Lisbon") -> list[str]:
    """Create `db` at the top of a module, and call `db.init_app(app)` in the application factory.
    Modules with models then import `db`, and never the application.

    Removed: `init_app` without `SQLALCHEMY_DATABASE_URI`: since 3.0 there is no default URI.

    Pitfall: configure the application first. `init_app()` makes the engines, and does not see
    what you configure later.

    Pitfall: make one `SQLAlchemy()`, and register it once. `SQLAlchemy(app)` registers it too, so
    `init_app(app)` after it says that it "has already been registered"; a second one, which another
    module makes, says that the app "is not registered" with it.
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
    keywords="connection string dsn uri URL.create make_url password escape special "
    "characters scott tiger psycopg NoSuchModuleError can't load plugin "
    "dialects:postgres connection to server on socket failed invalid argument is "
    "the server running locally connection refused "
    "could not parse SQLAlchemy URL from given URL string expected string or URL "
    "object got None could not translate host name to address Name or service not "
    "known FATAL password authentication failed for user role does not exist "
    "database does not exist fe_sendauth no password supplied connection timed "
    "out is the server running on that host and accepting TCP/IP connections",
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
    """A database URL names the dialect, driver, user, password, host, port and database.
    `URL.create()` builds one from its parts and escapes them; `make_url()` takes one apart.

    Pitfall: since SQLAlchemy 2.1, `postgresql://` means psycopg 3. For psycopg2 write
    `postgresql+psycopg2://`.

    Pitfall: if you write the URL yourself, percent-encode special characters of the password:
    write `@` as `%40`, and `%` as `%25`.

    Pitfall: `str(url)` has `***` for the password, so it is no URL to connect with.

    Removed: `postgres://`: SQLAlchemy accepts only `postgresql://`.

    Pitfall: "Connection refused" means that nothing listens at this host and port. In a container
    `localhost` is the container itself: name the service of the database, such as `db`.

    Pitfall: "could not translate host name" means that no such host is known, often because a
    password has an `@` that is not encoded.

    Pitfall: "password authentication failed" means that the password is wrong, or that there is no
    such user: the server does not tell which. "role … does not exist" means that there is no such
    user. Without a user in the URL, libpq takes the name of your account.

    Pitfall: "Expected string or URL object, got None" means that the variable with the URL is not
    set.
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


@chapter.legacy(note="This escapes only the password.")
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
    keywords="create_engine in memory sqlite:// connect connection core without orm execute "
    "AttributeError Engine object has no attribute execute "
    "ResourceClosedError This Connection is closed",
    links=(
        f"{SQLALCHEMY}/core/engines.html",
        f"{SQLALCHEMY}/core/connections.html",
        f"{SQLALCHEMY}/dialects/sqlite.html",
    ),
)
def engines(word: str = "Amy", pattern: str = "a%") -> dict[str, bool]:
    """An engine has the dialect of one database and a pool of connections to it. Make one engine
    for each database and process with `create_engine()`; it connects when you first use it.

    Pitfall: databases differ. In SQLite, LIKE ignores case, so test on the database that you
    use in production.

    Removed: `engine.execute()`: write `with engine.connect() as connection:`, and execute with
    that connection.

    Pitfall: a connection is closed at the end of its `with` block, and raises "This Connection is
    closed" after it. Put all that uses the connection into the block.
    """
    sqlite = create_engine("sqlite://")  # in memory; a file: "sqlite:///shop.db"
    postgres = create_engine(db.engine.url)  # "postgresql+psycopg2://scott:tiger@…"

    answers = {}
    for engine in (sqlite, postgres):
        with engine.connect() as connection:
            is_like = connection.scalar(select(literal(word).like(pattern)))
        answers[engine.dialect.name] = is_like
        engine.dispose()  # closes its connections: do so when the program ends
    return answers


@chapter.recipe(
    "A session without Flask",
    keywords="sessionmaker Session script standalone engine begin commit close context manager "
    "scoped_session remove thread threads stale "
    "UnboundExecutionError could not locate a bind configured on mapper SQL "
    "expression or this Session IllegalStateChangeError concurrent operations are "
    "not permitted",
    links=(
        f"{SQLALCHEMY}/orm/session_basics.html",
        f"{SQLALCHEMY}/orm/session_api.html#sqlalchemy.orm.sessionmaker",
    ),
)
def session_without_flask(name: str = "Gita") -> list[str]:
    """In a script, a job, or any program without Flask, make one `sessionmaker`, and call it for
    each session. `with Session.begin() as session:` commits at the end of the block, or rolls
    back after an error.

    Pitfall: a session is for one thread, or one asyncio task, at a time. Open one for each.

    Pitfall: a `scoped_session` keeps a thread's session until you call its `remove()`. Call that at
    the end of each request or task, or the next one in the thread finds the old objects.

    Removed: `Session(autocommit=True)`: a session begins a transaction by itself.

    Pitfall: a session without an engine raises UnboundExecutionError, "Could not locate a bind".
    Give it one: `sessionmaker(engine)`.
    """
    engine = create_engine(db.engine.url)
    Session = sessionmaker(engine)  # make both once, at the top of a module

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
    keywords="RuntimeError working outside of application context script push thread interactive "
    "shell prompt console repl debugging debug try explore scoped_session "
    "working outside of request context active HTTP request create_all() got an "
    "unexpected keyword argument app Flask object has no attribute "
    "before_first_request",
    links=(f"{FLASK_SQLALCHEMY}/contexts/", f"{FLASK}/appcontext/", f"{FLASK}/shell/"),
)
def app_context() -> dict[str, object]:
    """`db.session` and `db.engine` need an app context, which says whose database they use:
    requests and `flask` commands have one, and other code needs `with app.app_context():`.
    For interactive work and debugging, `flask shell` is a Python prompt inside a context.

    Pitfall: `db.session` is a `scoped_session`, one session for each app context. It is closed
    when the context ends, so do not use its objects after that.

    Removed: `db.create_all(app=app)`: write `with app.app_context():` around it.

    Pitfall: Flask's `request` and `session` need a request: "Working outside of request context".
    For a test, `with app.test_request_context("/"):` makes one.
    """

    def count():
        return db.session.scalar(select(func.count()).select_from(Person))

    with ThreadPoolExecutor() as threads:  # like a script, a new thread has no context
        error = threads.submit(count).exception()

    with current_app.app_context():  # with app.app_context():
        inside = count()
    # `flask shell` pushes a context, and has imported these names for you.
    names = sorted(
        {"Order", "Person", "app", "db"} & current_app.make_shell_context().keys()
    )
    outside = str(error).splitlines()[0]
    return {"outside": outside, "inside": inside, "flask shell": names}


@chapter.recipe(
    "See the SQL: echo, recorded queries",
    keywords="log statements SQLALCHEMY_ECHO SQLALCHEMY_RECORD_QUERIES debug slow profiling "
    "ImportError cannot import name get_debug_queries from flask_sqlalchemy "
    "show print the generated SQL in the console",
    links=(
        f"{FLASK_SQLALCHEMY}/record-queries/",
        f"{FLASK_SQLALCHEMY}/config/",
        f"{SQLALCHEMY}/core/engines.html#configuring-logging",
    ),
)
def recorded_queries(person_id: int = 2) -> list[dict[str, object]]:
    """To see the SQL that is sent, set `SQLALCHEMY_ECHO`, which logs it, or
    `SQLALCHEMY_RECORD_QUERIES`, which keeps each statement and its `duration` until the app
    context ends. Without Flask, write `create_engine(url, echo=True)`.

    Pitfall: nothing is recorded unless you ask for it, not even in debug mode. In production,
    leave it off: it keeps every statement in memory.

    Removed: `get_debug_queries`: since 3.0 it is called `get_recorded_queries`.
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
    keywords="pool_size max_overflow pool_recycle server closed the connection unexpectedly "
    "dropped lost idle overnight too many clients slow query cancel canceling statement SSL "
    "SYSCALL error EOF detected connection has been closed unexpectedly after a long task FATAL "
    "remaining connection slots are reserved for roles with the superuser attribute "
    "non-replication superuser connections "
    "AdminShutdown terminating connection due to administrator command connection "
    "already closed TooManyConnections too many connections for role",
    links=(
        f"{SQLALCHEMY}/core/pooling.html",
        f"{FLASK_SQLALCHEMY}/config/",
        f"{POSTGRES}/runtime-config-client.html#GUC-STATEMENT-TIMEOUT",
    ),
    raises=OperationalError,
)
def statement_timeout(milliseconds: int = 50) -> None:
    """`pool_size` and `max_overflow` limit how many connections a process opens, and
    `pool_pre_ping` replaces one that the server has closed. `statement_timeout` limits how long
    a statement may run before Postgres cancels it; by default it may run for ever.

    Pitfall: each process can open `pool_size + max_overflow` connections. For all processes
    together, Postgres allows `max_connections`, which is 100 by default; then it says "remaining
    connection slots are reserved" or "too many clients already".

    Pitfall: the pre-ping tests a connection when a session takes it, and not later. If the session
    keeps it during a long task, it can be closed meanwhile: commit before the task.

    Pitfall: `SET x = :value` fails with psycopg 3, which sends values apart from the SQL. Use
    `set_config()`, which takes values.
    """
    options = {  # in Flask: app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
        "pool_size": 5,  # connections that stay open
        "max_overflow": 0,  # how many more are opened when all of them are in use
        "pool_timeout": 5,  # seconds to wait for a free one, before TimeoutError
        "pool_recycle": 1800,  # seconds after which a connection is replaced
        "pool_pre_ping": True,  # test each before use; replace what the server closed
        "connect_args": {"options": "-c statement_timeout=30s", "connect_timeout": 3},
    }
    engine = create_engine(db.engine.url, **options)
    limit = func.set_config("statement_timeout", f"{milliseconds}ms", True)
    with engine.begin() as connection:
        connection.execute(select(limit))  # for this transaction only
        connection.execute(select(func.pg_sleep(0.5)))
