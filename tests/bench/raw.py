"""The least that does it: psycopg2 without SQLAlchemy, and SQL by hand that gives the JSON."""

import os
from functools import cache
from threading import Lock

from flask import Flask, Response, request
from psycopg2.pool import ThreadedConnectionPool

FIRST = "SELECT name FROM persons ORDER BY id LIMIT 1"
LIST = "SELECT json_agg(row)::text FROM (SELECT * FROM persons ORDER BY id LIMIT %s) row"
EMBEDDED = """
    SELECT json_agg(row)::text
    FROM (
        SELECT persons.*, found.orders
        FROM persons, LATERAL (
            SELECT json_agg(orders) AS orders FROM orders WHERE person_id = persons.id
        ) found
        ORDER BY id LIMIT %s
    ) row
"""

app = Flask(__name__)
connecting = Lock()


@cache
def connect() -> ThreadedConnectionPool:
    # It closes what it has beyond the minimum, so that one is the maximum.
    most = int(os.environ["THREADS"])
    return ThreadedConnectionPool(most, most, os.environ["DATABASE_URL"])


def run(statement: str, values: tuple[object, ...] = ()) -> str:
    with connecting:  # of the first requests only one is to make the pool
        pool = connect()
    connection = pool.getconn()
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            row = cursor.fetchone()
    finally:
        pool.putconn(connection)
    assert row
    return row[0]


def answer(statement: str) -> Response:
    found = run(statement, (request.args.get("limit", type=int),))
    return Response(found, content_type="application/json")


@app.get("/")
def hello() -> Response:
    return Response(f"Hello, {run(FIRST)}!\n", content_type="text/plain")


@app.get("/list")
def persons() -> Response:
    return answer(LIST)


@app.get("/embedded")
def persons_with_orders() -> Response:
    return answer(EMBEDDED)
