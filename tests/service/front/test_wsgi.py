"""The front as a WSGI server: PEP 3333, and HTTP/1.1 as RFC 9112 has it."""

import json
import re
import time

import pytest

from ..gunicorn import Web
from .client import Client, exchange, get, post
from .conftest import Serve

CLOSE = "Connection: close"


def test_a_connection_is_kept(web: Web) -> None:
    with Client(web.url) as client:
        for body in (b"a", b"bc", b""):
            assert client.send(post("/echo", body)).answer()[1] == body


def test_requests_that_come_at_once_are_answered_in_turn(web: Web) -> None:
    requests = post("/echo", b"one") + post("/echo", b"two") + get("/livez", CLOSE)
    answers = exchange(web.url, requests)
    assert re.findall(rb"\r\n\r\n(one|two|ok)", answers) == [b"one", b"two", b"ok"]


def test_a_request_may_come_in_pieces(web: Web) -> None:
    request = post("/echo", b"a body", CLOSE)
    answer = exchange(web.url, *(request[at : at + 1] for at in range(len(request))))
    assert answer.endswith(b"\r\n\r\na body")


def test_chunks_are_put_together(web: Web) -> None:
    head = get("/echo", CLOSE, "Transfer-Encoding: chunked", method="POST")
    answer = exchange(web.url, head, b"3\r\nabc\r\n", b"2;a=b\r\nde\r\n", b"0\r\nX-Sum: 5\r\n\r\n")
    assert answer.endswith(b"\r\n\r\nabcde")


def test_an_old_client_is_left_when_it_has_its_answer(web: Web) -> None:
    answer = exchange(web.url, get("/livez", version="HTTP/1.0"))
    assert b"\r\nConnection: close\r\n" in answer
    assert answer.endswith(b"\r\n\r\nok\n")


def test_an_old_client_may_ask_to_be_kept(web: Web) -> None:
    with Client(web.url) as client:
        for _ in range(2):
            request = get("/livez", "Connection: keep-alive", version="HTTP/1.0")
            head, body = client.send(request).answer()
            assert b"\r\nConnection: keep-alive" in head
            assert body == b"ok\n"


def test_an_old_client_gets_a_stream_without_chunks(web: Web) -> None:
    answer = exchange(web.url, get("/stream?lines=3", version="HTTP/1.0"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding" not in head
    assert [line[:1] for line in body.splitlines()] == [b"0", b"1", b"2"]


def test_a_client_that_asks_first_is_told_to_go_on(web: Web) -> None:
    with Client(web.url) as client:
        client.send(get("/echo", "Content-Length: 2", "Expect: 100-continue", method="POST"))
        assert client.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert client.send(b"hi").answer()[1] == b"hi"


def test_a_body_that_is_too_large_is_refused_before_it_came(web: Web) -> None:
    head = get("/echo", "Content-Length: 200000", "Expect: 100-continue", method="POST")
    with Client(web.url) as client:
        assert client.send(head).answer()[0].startswith(b"HTTP/1.1 413 ")


@pytest.mark.timed
@pytest.mark.parametrize("framing", ["Content-Length: 30000000", "Transfer-Encoding: chunked"])
def test_a_body_that_is_too_large_is_refused_though_it_goes_on(web: Web, framing: str) -> None:
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with Client(web.url) as client:
        client.send(get("/echo", framing, method="POST"), *[piece] * 20)
        for _ in range(3):  # a connection that is closed meanwhile is reset, its answer lost
            time.sleep(0.2)
            client.send(piece)
        assert client.answer()[0].startswith(b"HTTP/1.1 413 ")
        assert client.everything() == b""


def test_a_chunked_body_is_never_cut(web: Web) -> None:
    head = get("/echo", CLOSE, "Transfer-Encoding: chunked", method="POST")
    for size, status in ((100_000, b"200"), (100_001, b"413")):
        chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (size, b"x" * size)
        assert exchange(web.url, head, chunks).startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize("status", [204, 304])
def test_what_has_no_body_has_none(web: Web, status: int) -> None:
    answers = exchange(web.url, get(f"/empty?status={status}") + get("/livez", CLOSE))
    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"%d" % status, b"200"]
    assert b"chunked" not in answers


@pytest.mark.parametrize("path", ["/livez", "/stream?lines=3", "/written"])
def test_head_has_no_body(web: Web, path: str) -> None:
    answers = exchange(web.url, get(path, method="HEAD") + get("/livez", CLOSE))
    assert re.findall(rb"\r\n\r\n(.*?)(?:HTTP/|\Z)", answers, re.DOTALL) == [b"", b"ok\n"]


def test_a_stream_comes_in_chunks_and_is_closed(web: Web) -> None:
    answers = exchange(web.url, get("/stream?lines=3") + get("/livez", CLOSE))
    head, _, body = answers.partition(b"\r\n\r\n")
    assert b"\r\nTransfer-Encoding: chunked" in head
    assert re.findall(rb"\r\n(\d) \d+\n\r\n", b"\r\n" + body) == [b"0", b"1", b"2"]
    assert b"\r\n0\r\n\r\nHTTP/1.1 200 " in body
    web.wait("the stream is closed")


def test_a_stream_that_fails_is_seen_to_be_cut(web: Web) -> None:
    answer = exchange(web.url, get("/fails"))
    assert answer.endswith(b"4\r\none\n\r\n")
    web.wait("a stream ends before its time")


def test_a_reader_who_leaves_ends_the_stream(web: Web) -> None:
    with Client(web.url) as client:
        client.send(get("/stream?lines=1000000&pause=0.01")).socket.recv(100)
    web.wait("the stream is closed")


def test_as_many_streams_at_once_as_a_quarter_of_the_threads(serve: Serve) -> None:
    web = serve(THREADS="8")
    endless = get("/stream?lines=1000000&pause=0.1")
    with Client(web.url) as one, Client(web.url) as other, Client(web.url) as third:
        for client in (one, other):
            assert client.send(endless).socket.recv(12) == b"HTTP/1.1 200"
        head, _ = third.send(endless).answer()
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nRetry-After: 1" in head


def test_a_stream_has_a_lifetime(serve: Serve) -> None:
    web = serve(STREAM_SECONDS="1")
    answer = exchange(web.url, get("/stream?lines=1000000&pause=0.1"))
    assert not answer.endswith(b"0\r\n\r\n")
    web.wait("a stream ends after 1 s")


def test_the_environment_is_pep_3333s(web: Web) -> None:
    request = get(
        "/environ?a=%20b",
        CLOSE,
        "X-Two: 1",
        "X-Two: 2",
        "Cookie: a=1",
        "Cookie: b=2",
        "Content-Type: text/x",
        "X_Forged: 1",
        "X-Name: \u00e9",
    )
    environ = json.loads(exchange(web.url, request).partition(b"\r\n\r\n")[2])
    with Client(web.url) as client:
        server = client.socket.getpeername()
    assert (
        environ
        | {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/environ",
            "QUERY_STRING": "a=%20b",
            "CONTENT_TYPE": "text/x",
            "SERVER_NAME": server[0],
            "SERVER_PORT": str(server[1]),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "a",
            "HTTP_X_TWO": "1,2",
            "HTTP_COOKIE": "a=1; b=2",
            "HTTP_X_NAME": "\u00c3\u00a9",
            "wsgi.url_scheme": "http",
        }
        == environ
    )
    # A proxy's X-Forged and a client's X_Forged would be one.
    assert "HTTP_X_FORGED" not in environ
    assert "CONTENT_LENGTH" not in environ


@pytest.mark.parametrize(
    ("target", "path"),
    [("/%61%2f%C3%A9", "/a/\u00e9"), ("http://else.example/x?y", "/x"), ("//x", "//x")],
)
def test_the_path_is_taken_from_the_target(web: Web, target: str, path: str) -> None:
    assert exchange(web.url, get(target, CLOSE)).endswith(f"\r\n\r\n{path}".encode())


def test_an_answer_that_is_short_ends_the_connection(web: Web) -> None:
    assert exchange(web.url, get("/short")).endswith(b"\r\n\r\nabc")


def test_an_answer_that_is_long_is_cut_where_it_said(web: Web) -> None:
    answers = exchange(web.url, get("/long") + get("/livez", CLOSE))
    assert re.findall(rb"\r\n\r\n(abc|ok)(?=HTTP|\n)", answers) == [b"abc", b"ok"]


def test_what_is_written_comes_first(web: Web) -> None:
    assert exchange(web.url, get("/written", CLOSE)).endswith(b"\r\n\r\nabcdef")


def test_a_status_may_change_before_anything_is_sent(web: Web) -> None:
    answer = exchange(web.url, get("/changed", CLOSE))
    assert answer.startswith(b"HTTP/1.1 418 Teapot\r\n")
    assert answer.endswith(b"\r\n\r\nteapot")


@pytest.mark.parametrize("path", ["/split", "/silent", "/broken"])
def test_an_application_that_fails_has_answered_500(web: Web, path: str) -> None:
    answer = exchange(web.url, get(path, CLOSE))
    assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert answer.endswith(b"\r\n\r\n500 Internal Server Error: The service has failed.\n")
    assert b"X-Other" not in answer
    web.wait("the application failed")


def test_a_websocket_is_refused(web: Web) -> None:
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
    with Client(web.url) as client:
        assert client.send(get("/livez", *upgrade, key)).answer()[0].startswith(b"HTTP/1.1 400 ")


def test_a_request_is_logged_once(web: Web) -> None:
    exchange(web.url, post("/echo?token=secret", b"abc", CLOSE, "User-Agent: me"))
    exchange(web.url, get("/stream?lines=2&more=10", CLOSE, "User-Agent: me"))
    web.wait(r"/stream\?lines&more")
    one, two = [line for line in web.lines() if line.get("user_agent") == "me"]
    told = ("method", "path", "status", "bytes", "client", "user_agent")
    assert [one[name] for name in told] == ["POST", "/echo?token", 200, 3, "127.0.0.1", "me"]
    assert [two[name] for name in told[:3]] == ["GET", "/stream?lines&more", 200]
    assert two["bytes"] > 20


def test_the_target_is_there_as_it_was_sent(web: Web) -> None:
    """A slash that is encoded is told from one that is not."""
    for path in ("/environ", "/environ?a=%2F"):
        environ = json.loads(exchange(web.url, get(path, CLOSE)).partition(b"\r\n\r\n")[2])
        assert environ["RAW_URI"] == "/environ"
