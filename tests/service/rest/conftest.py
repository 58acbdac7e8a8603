"""Fixtures: who asks."""

import pytest
from flask import Flask

from retort.auth.tokens import tokens


@pytest.fixture
def member(app: Flask) -> dict[str, str]:
    """The header of somebody with a token."""
    return {"Authorization": f"Bearer {tokens(app).issue('me')}"}
