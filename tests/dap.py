"""What an editor does to debug: the Debug Adapter Protocol, spoken to debugpy."""

import json
import re
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[1]


def configuration(name: str, folder: Path) -> dict[str, Any]:
    """What .vscode/launch.json says under this name, for a checkout in `folder`."""
    text = (ROOT / ".vscode/launch.json").read_text().replace("${workspaceFolder}", str(folder))
    return next(each for each in json.loads(text)["configurations"] if each["name"] == name)


class Session:
    """A debugger's side of one session; `reader` and `writer` lead to the adapter."""

    def __init__(self, reader: IO[bytes], writer: IO[bytes]) -> None:
        self.reader, self.writer = reader, writer
        self.sent = 0
        self.came: list[dict[str, Any]] = []

    def send(self, command: str, **arguments: Any) -> int:
        """Send a request; give its number."""
        self.sent += 1
        request = {"seq": self.sent, "type": "request", "command": command}
        body = json.dumps(request | {"arguments": arguments}).encode()
        self.writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.writer.flush()
        return self.sent

    def first(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message that is wanted, of those that came or will come; it is taken."""
        while not (found := [message for message in self.came if wanted(message)]):
            length = 0
            while line := self.reader.readline().strip():
                length = int(line.split(b":")[1])
            assert length, f"the adapter has ended: {self.came}"
            self.came.append(json.loads(self.reader.read(length)))
        self.came.remove(found[0])
        return found[0]

    def event(self, name: str) -> dict[str, Any]:
        """The body of the next such event."""
        return self.first(lambda message: message.get("event") == name).get("body", {})

    def answer(self, number: int) -> dict[str, Any]:
        """The body of the answer to a request, which succeeded."""
        answer = self.first(lambda message: message.get("request_seq") == number)
        assert answer["success"], answer
        return answer.get("body", {})

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Send a request, give its answer."""
        return self.answer(self.send(command, **arguments))

    def begin(self, configuration: dict[str, Any], **breakpoints: Any) -> None:
        """Launch or attach as the configuration says, with these breakpoints."""
        self.ask("initialize", adapterID="debugpy", pathFormat="path")
        number = self.send(configuration["request"], **configuration)
        self.event("initialized")
        if breakpoints:
            self.ask("setBreakpoints", **breakpoints)
        self.ask("configurationDone")
        self.answer(number)

    def local(self, name: str) -> str:
        """Wait for a breakpoint that is met; the value of a local variable there."""
        thread = self.event("stopped")["threadId"]
        frame = self.ask("stackTrace", threadId=thread)["stackFrames"][0]
        (scope,) = [
            scope
            for scope in self.ask("scopes", frameId=frame["id"])["scopes"]
            if scope["name"] == "Locals"
        ]
        found = self.ask("variables", variablesReference=scope["variablesReference"])
        self.ask("continue", threadId=thread)
        return {each["name"]: each["value"] for each in found["variables"]}[name]


@contextmanager
def connected(host: str, port: int) -> Generator[Session]:
    """A session with an adapter that listens there."""
    with (
        socket.create_connection((host, port), timeout=60) as connection,
        connection.makefile("rb") as reader,
        connection.makefile("wb") as writer,
    ):
        yield Session(reader, writer)


def line_of(path: Path, pattern: str) -> int:
    """The number of the first line that matches."""
    lines = path.read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if re.search(pattern, line))
