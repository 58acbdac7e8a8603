"""What the front uses of Gunicorn that Gunicorn does not promise, for `gunicorn~=27.0`."""

import inspect
import re

import gunicorn
from gunicorn.asgi import protocol
from gunicorn.workers.gasgi import ASGIWorker

from retort.front import connection, worker

METHODS = {
    protocol.ASGIProtocol: {
        "_feed_callback_parser": ["self", "data"],
        "_on_headers_complete": ["self"],
        "_on_body": ["self", "chunk"],
        "_on_message_complete": ["self"],
        "_cancel_task_if_pending": ["self"],
        "_is_websocket_upgrade": ["self", "request"],
        "_send_error_response": ["self", "status", "message", "extra_headers"],
        "_serve_http_request": ["self", "request", "sockname", "peername"],
        "_will_close": ["self", "request", "response_requires_close"],
        "_safe_write": ["self", "data"],
        "_close_transport": ["self"],
    },
    ASGIWorker: {
        "_setup_event_loop": ["self"],
        "_serve": ["self"],
        "_shutdown": ["self"],
        "init_signals": ["self"],
        "handle_exit_signal": ["self"],
        "handle_quit_signal": ["self"],
    },
}
ATTRIBUTES = ("_body_receiver", "_closed", "_current_request", "_flow_control", "_request_ready")


def test_the_version_is_the_one_that_was_read() -> None:
    assert gunicorn.__version__.startswith("27.")


def test_the_methods_are_there() -> None:
    for kind, methods in METHODS.items():
        for name, parameters in methods.items():
            assert list(inspect.signature(getattr(kind, name)).parameters) == parameters, name


def test_the_attributes_are_there() -> None:
    source = inspect.getsource(protocol.ASGIProtocol.__init__)
    assert [name for name in ATTRIBUTES if f"self.{name} = " not in source] == []
    assert "self._complete = " in inspect.getsource(protocol.BodyReceiver.__init__)


def test_the_front_uses_no_others() -> None:
    known = {name for methods in METHODS.values() for name in methods}
    known |= {*ATTRIBUTES, "_complete", "_quick_shutdown"}
    known |= {"_expect_100_continue"}
    for module in (connection, worker):
        source = inspect.getsource(module)
        own = set(re.findall(r"def (_\w+)", source))
        for assigned in re.findall(r"^ +(self\._.*?)(?: = |: )", source, re.MULTILINE):
            own |= set(re.findall(r"self\.(_\w+)", assigned))
        used = set(re.findall(r"\.(_[a-z]\w+)", source))
        assert used - known - own == set(), module.__name__
