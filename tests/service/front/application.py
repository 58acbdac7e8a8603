"""What tests of the front have it serve: answers of every shape, and no database."""

import sys
import threading
import time
from collections.abc import Generator, Iterable
from contextvars import ContextVar
from typing import Any

from flask import Flask, Response, request, stream_with_context
from werkzeug.middleware.dispatcher import DispatcherMiddleware

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 100_000
LARGE = b"x" * 8_000_000
place: ContextVar[int] = ContextVar("place")


@app.get("/livez")
def livez() -> str:
    return "ok\n"


@app.errorhandler(404)
def path(error: Exception) -> str:
    return request.environ["PATH_INFO"].encode("latin-1").decode()


@app.route("/slow", methods=["GET", "POST"])
def slow() -> str:
    if mark := request.args.get("mark"):
        app.logger.error("begins: %s", mark)
    time.sleep(float(request.args["seconds"]))
    return "done\n" + "x" * int(request.args.get("more", 0))


@app.get("/late")
def late() -> Response:
    """A stream whose second line comes so much later."""

    seconds = float(request.args["seconds"])

    def lines() -> Generator[str]:
        yield "one\n"
        time.sleep(seconds)
        yield "two\n"

    response = Response(lines())
    response.call_on_close(lambda: app.logger.error("the stream is closed"))
    return response


@app.post("/echo")
def echo() -> bytes:
    return request.get_data()


@app.get("/environ")
def environ() -> dict[str, str]:
    return {key: value for key, value in request.environ.items() if isinstance(value, str)}


@app.get("/large")
def large() -> bytes:
    return LARGE


@app.get("/empty")
def empty() -> Response:
    return Response(status=int(request.args["status"]))


@app.get("/stream")
def stream() -> Response:
    """As many lines as asked for; what it sets at one it finds at the next."""

    def lines() -> Generator[str]:
        token = place.set(0)
        try:
            for number in range(int(request.args["lines"])):
                assert place.get() == number
                place.set(number + 1)
                yield f"{number} {threading.get_ident()}\n" + "x" * int(request.args.get("more", 0))
                time.sleep(float(request.args.get("pause", 0)))
        finally:
            place.reset(token)
            app.logger.error("the stream is closed")

    return Response(stream_with_context(lines()))


@app.get("/fails")
def fails() -> Response:
    def lines() -> Generator[str]:
        yield "one\n"
        raise RuntimeError("after the first line")

    return Response(lines())


def short(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Less than it says."""
    start_response("200 OK", [("Content-Length", "10")])
    return [b"abc"]


def long(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """More than it says."""
    start_response("200 OK", [("Content-Length", "3")])
    return [b"abcdef"]


def written(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """By the callable that `start_response` gives."""
    start_response("200 OK", [("Content-Length", "6")])(b"abc")
    return [b"def"]


def changed(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Another status, after something went wrong."""
    start_response("200 OK", [("Content-Length", "3")])
    try:
        int("none")
    except ValueError:
        start_response("418 Teapot", [("Content-Length", "6")], sys.exc_info())
    return [b"teapot"]


def split(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """A header that would be two."""
    start_response("200 OK", [("X-Name", "a\r\nX-Other: b")])
    return [b""]


def silent(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """No status at all."""
    return [b"abc"]


def broken(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    raise RuntimeError("the application is broken")


app.wsgi_app = DispatcherMiddleware(  # type: ignore[method-assign]
    app.wsgi_app,
    {f"/{one.__name__}": one for one in (short, long, written, changed, split, silent, broken)},
)
