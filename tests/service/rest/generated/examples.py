"""The examples of all tests here: how many, and which."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# The same code a thousand times over, of which the other tests measure the coverage.
no_cover = pytest.mark.no_cover

# The same examples each time, no files, no clock.
quick = settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
