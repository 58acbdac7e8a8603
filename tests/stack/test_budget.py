"""The worst that clients ask for, within the memory that docker-compose.yml gives: nothing is
killed, the others are served, and the memory stays below a bound whatever came before."""

import json
import socket
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from .conftest import Stack, docker

CLIENTS = 16
TIMES = 2  # that each client asks
MEGABYTE = 1024 * 1024
NOTHING = b"[" + b"{}," * (MEGABYTE // 3 - 2) + b"{}]"
SAME_KEYS = b"{" + b",".join(b'"%d":1' % n for n in range(60_000)) + b',"59999":1}'
LONG = "select=" + ",".join(f"n{n}{'x' * 55}:id" for n in range(110))
EMBEDS = "select=" + ",".join(f"a{n}:orders(*,person(*,orders(*)))" for n in range(30))


def post(path: str, body: bytes, token: str = "") -> bytes:
    head = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        "Connection: close",
        f"Content-Length: {len(body)}",
        *([f"Authorization: Bearer {token}"] if token else []),
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def get(path: str, *headers: str) -> bytes:
    head = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    return "\r\n".join([*head, "", ""]).encode()


@pytest.fixture(scope="module")
def filled(stack: Stack) -> Generator[Stack]:
    """A person with 100,000 orders, and rows of a megabyte."""
    stack.psql(
        "INSERT INTO orders (person_id, amount) SELECT 1, 1 FROM generate_series(1, 100000)",
        "INSERT INTO persons (name, profile) SELECT 'large', "
        "jsonb_build_object('text', repeat('x', 1000000)) FROM generate_series(1, 200)",
    )
    yield stack
    stack.psql("DELETE FROM orders WHERE amount = 1", "DELETE FROM persons WHERE name = 'large'")


def kinds(token: str) -> dict[str, bytes]:
    batch = json.dumps([{"path": f"/persons?id=eq.1&{EMBEDS}"}] * 8).encode()
    return {
        "a log-in of nothing": post("/api/login", NOTHING),
        "a batch of nothing": post("/api/", NOTHING),
        "rows of nothing": post("/api/notes", NOTHING, token),
        "a key that is there twice": post("/api/notes", SAME_KEYS, token),
        "large rows": get("/api/persons"),
        "large rows of CSV": get("/api/persons", "Accept: text/csv"),
        "a page of large rows": get("/tables/persons?limit=500"),
        "long names in an embed": get(f"/api/persons?id=eq.1&select=orders({LONG[7:]})"),
        "embeds in embeds": get(f"/api/persons?id=eq.1&{EMBEDS}"),
        "a batch of these": post("/api/", batch),
        "a stream that nobody reads": get("/api/persons", "Accept: application/x-ndjson"),
        "a large body that does not end": post("/api/notes", NOTHING, token)[:-1],
    }


def ask(port: int, request: bytes, *, reads: bool) -> bytes:
    """The line with the status, or what there is of it."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        if not reads:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with suppress(OSError):
            client.sendall(request)
            if not reads:
                time.sleep(2)
                return b""
            answer = client.recv(1 << 16)
            while client.recv(1 << 16):
                pass
            return answer.split(b"\r\n")[0]
    return b""


def memory(stack: Stack, service: str) -> int:
    """Bytes that the service's processes have, without what the kernel caches."""
    line = docker("stats", "--no-stream", "--format", "{{json .}}", stack.container(service))
    used = json.loads(line)["MemUsage"].split(" / ")[0]
    for unit, size in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if used.endswith(unit):
            return int(float(used.removesuffix(unit)) * size)
    raise AssertionError(used)


@pytest.mark.parametrize("kind", kinds(""))
def test_it_stays_up_and_serves_the_others(filled: Stack, kind: str) -> None:
    token = filled.compose("exec", "-T", "web", "flask", "token").strip().splitlines()[-1]
    request = kinds(token)[kind]
    workers = filled.compose("exec", "-T", "web", "cat", "/proc/1/task/1/children")
    reads = "nobody" not in kind and "not end" not in kind
    with ThreadPoolExecutor(CLIENTS) as pool:
        asked = [
            pool.submit(ask, filled.port, request, reads=reads) for _ in range(CLIENTS * TIMES)
        ]
        waits: list[float] = []
        while not all(one.done() for one in asked):
            began = time.monotonic()
            assert "ok" in filled.curl("/livez")
            waits.append(time.monotonic() - began)
            time.sleep(0.1)
    statuses = {one.result()[9:12] for one in asked}
    assert statuses <= ({b"400", b"413", b"429", b"503", b"200", b"201"} if reads else {b""})
    filled.eventually("Hello, Amy!\n", seconds=12)
    assert filled.inspect("web")["RestartCount"] == 0
    assert filled.inspect("db")["RestartCount"] == 0
    assert filled.compose("exec", "-T", "web", "cat", "/proc/1/task/1/children") == workers
    assert "out of memory" not in filled.compose("logs", "web", "db").lower()
    assert "SIGKILL" not in filled.compose("logs", "web")
    assert max(waits) < 2
    assert memory(filled, "web") < 420 * MEGABYTE
