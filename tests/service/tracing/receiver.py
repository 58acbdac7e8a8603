"""A receiver of traces, by OTLP over HTTP."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Receiver:
    """What has come, and where to send it."""

    def __init__(self) -> None:
        self.services: set[str] = set()
        self.spans: list[Any] = []
        self.url = ""

    def take(self, body: bytes) -> None:
        spans: list[Any] = []
        for sent in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.services.add(values(sent.resource)["service.name"])
            for scope in sent.scope_spans:
                spans += scope.spans
        self.spans += spans  # at once, since `trace` may look meanwhile

    def trace(self, request_id: str) -> list[Any]:
        """The spans of the trace that a request began, which it waits for; that one comes first."""
        for _ in range(200):
            for span in self.spans:
                if values(span).get("request_id") == request_id:
                    trace = [one for one in self.spans if one.trace_id == span.trace_id]
                    return sorted(
                        trace, key=lambda one: (one is not span, one.start_time_unix_nano)
                    )
            time.sleep(0.05)
        raise AssertionError(f"no trace of {request_id}")


def values(of: Any) -> dict[str, str]:
    """The attributes that are texts."""
    return {one.key: one.value.string_value for one in of.attributes}


@contextmanager
def receiving() -> Generator[Receiver]:
    """Listen, until the end."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
