"""Which of several hosts is asked first for a connection: the one that gave the last."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event


class Hosts:
    """Remembers where the primary was last. After a failover, new connections do not wait for one
    that is frozen, except the first."""

    def __init__(self) -> None:
        self._last: tuple[str, str] | None = None

    def order(self, engine: Engine) -> None:
        """Have the engine connect in this order, if its URL names several hosts."""

        def connect(dialect: Any, record: object, args: Any, options: dict[str, Any]) -> Any:
            hosts, ports = (str(options[name]).split(",") for name in ("host", "port"))
            places = sorted(zip(hosts, ports, strict=True), key=lambda place: place != self._last)
            host, port = (",".join(each) for each in zip(*places, strict=True))
            connection = dialect.connect(*args, **options | {"host": host, "port": port})
            self._last = connection.info.host, str(connection.info.port)
            return connection

        names = engine.dialect.create_connect_args(engine.url)[1]
        if "," in str(names.get("host")) and "," in str(names.get("port")):
            event.listen(engine, "do_connect", connect)
