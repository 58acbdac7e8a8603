"""What is no request gets 400 or the like, and one line in the log that nobody can forge."""

import pytest

from ..gunicorn import Web
from .client import exchange, get

HOST = b"Host: a\r\n"
POST = b"POST /echo HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"

MALFORMED = {
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "words": b"hello there\r\n\r\n",
    "a method in small letters": b"get / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a method of other bytes": b"G\xc3\x89T / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a target with a byte": b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n",
    "a target with a control character": b"GET /\x01 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a target without a slash": b"GET livez HTTP/1.1\r\n" + HOST + b"\r\n",
    "another version": b"GET /livez HTTP/3.0\r\n" + HOST + b"\r\n",
    "a long request line": b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\n" + HOST + b"abc\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\n" + HOST + b": abc\r\n\r\n",
    "a header with a space": b"GET / HTTP/1.1\r\n" + HOST + b"X-A : abc\r\n\r\n",
    "a header with a control character": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: a\x00b\r\n\r\n",
    "a header with a bare return": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: a\rb\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: a\r\n b\r\n\r\n",
    "a long header": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: " + b"x" * 9000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: a\r\n" * 200 + b"\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\n" + HOST * 2 + b"\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length below zero": POST + b"Content-Length: -1\r\n\r\n",
    "a length with a sign": POST + b"Content-Length: +1\r\n\r\na",
    "a length of letters": POST + b"Content-Length: abc\r\n\r\n",
    "a length of other digits": POST + "Content-Length: \u0661\r\n\r\n".encode(),
    "a length of 5,000 digits": POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "a length and chunks": POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "another coding": POST + b"Transfer-Encoding: br\r\n\r\n",
    "a coding after chunked": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n",
    "chunks in HTTP/1.0": CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0"),
    "a size of no digits": CHUNKED + b"x\r\n\r\n",
    "a size below zero": CHUNKED + b"-1\r\n\r\n",
    "a size with a space": CHUNKED + b" 1\r\na\r\n0\r\n\r\n",
    "no size": CHUNKED + b"\r\n",
    "a size of 9,000 digits": CHUNKED + b"1" * 9000,
    "a chunk longer than its size": CHUNKED + b"1\r\nab\r\n0\r\n\r\n",
    "an extension with a return": CHUNKED + b"1;a\rb\r\na\r\n0\r\n\r\n",
    "a trailer that frames": CHUNKED + b"0\r\nContent-Length: 5\r\n\r\n",
    "a long trailer": CHUNKED + b"0\r\nX-A: " + b"x" * 9000,
    "many trailers": CHUNKED + b"0\r\n" + b"X-A: a\r\n" * 200 + b"\r\n",
    "what would be a line of the log": b'GET / HTTP/1.1\r\nX\n{"level": "ERROR"}: a\r\n\r\n',
}


@pytest.mark.parametrize("request_", MALFORMED.values(), ids=MALFORMED)
def test_it_is_refused(web: Web, request_: bytes) -> None:
    before = len(web.lines())
    answer = exchange(web.url, request_)
    assert answer[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 414", b"HTTP/1.1 431", b"HTTP/1.1 501")
    said = web.lines()[before:]
    assert [line["level"] for line in said] == ["INFO"]
    assert said[0]["message"].startswith(f"a request was refused with {answer[9:12].decode()}: ")


def test_what_comes_behind_a_request_is_refused_by_itself(web: Web) -> None:
    answers = exchange(web.url, get("/livez") + MALFORMED["words"])
    assert answers.count(b"HTTP/1.1 ") == 2
    assert b"ok\nHTTP/1.1 400 Bad Request\r\n" in answers
