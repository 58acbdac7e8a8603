"""What a client may take of a connection."""

from pydantic import Field

from ..environment import Environment


class FrontSettings(Environment):
    """How long a client may keep the front waiting, and how slow it may be."""

    client_seconds: int = Field(
        10, ge=1, le=600, description="a number of seconds from 1 to 600"
    )
    client_rate: int = Field(
        1024, ge=0, le=1_000_000, description="bytes a second, from 0 to 1000000"
    )
    stream_seconds: int = Field(
        300, ge=1, le=86_400, description="a number of seconds from 1 to 86400"
    )
    body_bytes: int = Field(
        1024 * 1024, ge=1024, le=1024**3, description="bytes, from 1024 to 1073741824"
    )
