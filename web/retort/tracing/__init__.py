"""Traces by OpenTelemetry: the request, the wait for a connection, each statement.

It is on if one of ENDPOINTS is set. Else nothing here is imported. The README beside it tells how.
"""

from __future__ import annotations

import os

from flask import Flask

from ..environment import BadSettings

# Where traces are sent: OpenTelemetry's own variables.
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def init_app(app: Flask) -> None:
    """Trace what the application does, if the environment says where to send it.

    Raises BadSettings if OpenTelemetry is not installed.
    """
    given = [name for name in ENDPOINTS if os.environ.get(name, "").strip()]
    if not given:
        return
    try:
        from .instruments import trace  # noqa: PLC0415
    except ImportError:
        raise BadSettings(
            f"{given[0]}: OpenTelemetry is not installed; build the image with TRACING=1, "
            "or install web/retort/tracing/requirements.txt"
        ) from None
    trace(app)
