"""What answers most in Python: Starlette, and asyncpg, which prepares its statements."""

import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
import httptools
import orjson
from sqlalchemy import make_url
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates
from uvicorn_worker import UvicornWorker  # pyright: ignore[reportMissingTypeStubs]

COLUMNS = "id, name, email, manager_id, tags, profile, version, created_at, updated_at"

pool: Any = None
templates = Jinja2Templates(Path(__file__).parent)


class Worker(UvicornWorker):
    CONFIG_KWARGS = {"loop": "uvloop", "http": httptools.__name__}


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncGenerator[None]:
    async def init(connection: Any) -> None:
        await connection.set_type_codec(
            "jsonb", encoder=json.dumps, decoder=orjson.loads, schema="pg_catalog"
        )

    global pool
    url = make_url(os.environ["DATABASE_URL"])
    async with asyncpg.create_pool(  # pyright: ignore[reportUnknownMemberType]
        host=url.query.get("host", url.host),
        port=url.port,
        database=url.database,
        user=url.username,
        password=url.password,
        min_size=8,
        max_size=8,
        init=init,
    ) as pool:
        yield


async def hello(request: Request) -> Response:
    name = await pool.fetchval("SELECT name FROM persons ORDER BY id LIMIT 1")
    return PlainTextResponse(f"Hello, {name}!\n")


async def page(request: Request) -> Response:
    persons = await pool.fetch("SELECT id, name, email FROM persons ORDER BY id LIMIT 12")
    return templates.TemplateResponse(request, "page.html", {"persons": persons})


async def person(request: Request) -> Response:
    key = request.path_params["key"]
    return answer(dict(await pool.fetchrow(f"SELECT {COLUMNS} FROM persons WHERE id = $1", key)))


async def persons(request: Request) -> Response:
    most = int(request.query_params["limit"])
    rows = await pool.fetch(f"SELECT {COLUMNS} FROM persons ORDER BY id LIMIT $1", most)
    return answer([dict(row) for row in rows])


async def add_project(request: Request) -> Response:
    name = orjson.loads(await request.body())["name"]
    added = await pool.fetchrow("INSERT INTO projects (name) VALUES ($1) RETURNING id, name", name)
    return answer(dict(added), 201)


def answer(found: object, status: int = 200) -> Response:
    return Response(orjson.dumps(found), status, media_type="application/json")


app = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/", hello),
        Route("/page", page),
        Route("/row/{key:int}", person),
        Route("/list", persons),
        Route("/projects", add_project, methods=["POST"]),
    ],
)
