"""What OpenTelemetry's packages do here. Only where they are installed can this be imported."""

# pyright: reportMissingTypeStubs=false

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, has_request_context, request
from opentelemetry import trace as telemetry
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, format_span_id, format_trace_id
from sqlalchemy import event

from ..database import db
from ..health import PATHS
from ..logs import request_id


def trace(app: Flask) -> None:
    """Trace requests, statements and the waits for connections; give each statement the request's
    id, and each line of the log the trace's."""
    # Each reads its own variables: OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, OTEL_BSP_... and so on.
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    telemetry.set_tracer_provider(provider)
    FlaskInstrumentor().instrument_app(  # pyright: ignore[reportUnknownMemberType]
        app, request_hook=_name, excluded_urls=",".join(f"{path}$" for path in PATHS)
    )
    with app.app_context():
        engines = list(db.engines.values())
    # The package asks for a SQLAlchemy before 2.1, and refuses ours unless told not to look. The
    # tests show that what is used of it works.
    SQLAlchemyInstrumentor().instrument(engines=engines, skip_dep_check=True)
    for engine in engines:
        # With a listener, `fetch` has SQLAlchemy send what it reads, so that this is traced too.
        event.listen(engine, "before_cursor_execute", _comment, retval=True)
    logging.setLogRecordFactory(_with_ids(logging.getLogRecordFactory()))


def _name(span: Span, environ: dict[str, Any]) -> None:
    span.set_attribute("request_id", request_id(environ))


def _comment(
    connection: object, cursor: object, sql: str, parameters: object, *others: object
) -> tuple[str, object]:
    """In front, since Postgres shows only the beginning of a long statement. An id needs no
    escape: `request_id` refuses all but a few characters."""
    if has_request_context():
        sql = f"/*request_id='{request_id(request.environ)}'*/ {sql}"
    return sql, parameters


def _with_ids(make: Any) -> Any:
    """A factory of log records that have the ids of the trace and the span under way."""

    def made(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record: logging.LogRecord = make(*args, **kwargs)
        span = telemetry.get_current_span().get_span_context()
        if span.is_valid:
            record.trace_id = format_trace_id(span.trace_id)
            record.span_id = format_span_id(span.span_id)
        return record

    return made
