"""Fixtures: the stack, with the samples."""

from __future__ import annotations

import json
from collections.abc import Generator

import pytest

from ...postgres import Server
from ..lab import Stack, stack
from .samples import SAMPLES


@pytest.fixture(scope="package")
def shared(server: Server) -> Generator[Stack]:
    with stack(server) as shared:
        shared.database.execute(
            "INSERT INTO samples SELECT * FROM json_to_recordset(:rows) "
            "AS x(id bigint, number bigint, word text, flag boolean)",
            rows=json.dumps(SAMPLES),
        )
        yield shared
