"""Where Prometheus reads."""

import re
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, Field

from ..environment import Environment, Refused

MOST = 65535


class Address(NamedTuple):
    host: str
    port: int


def _address(text: str) -> Address:
    """Take ``0.0.0.0:9000`` or ``[::]:9000``. Raises Refused."""
    found = re.fullmatch(r"(?:\[(.+)\]|([^:]+)):(\d+)", text)
    if found is None or (port := int(found[3])) > MOST:
        raise Refused("it needs a host and a port")
    return Address(found[1] or found[2], port)


class MetricsSettings(Environment):
    """Where the metrics are read."""

    metrics_bind: Annotated[Address, BeforeValidator(_address)] | None = Field(
        None, description="an address like 0.0.0.0:9000; unset for no metrics"
    )
