"""What a client, and a request, may take."""

from pydantic import Field

from ..environment import Environment


class FrontSettings(Environment):
    """How long clients may keep the front waiting, how much they may send, and what each of their
    requests may take."""

    client_seconds: int = Field(10, ge=1, le=600, description="a number of seconds from 1 to 600")
    client_rate: int = Field(
        1024, ge=1, le=1_000_000, description="a number of bytes a second from 1 to 1000000"
    )
    request_seconds: int = Field(10, ge=1, le=600, description="a number of seconds from 1 to 600")
    stream_seconds: int = Field(
        300, ge=1, le=86_400, description="a number of seconds from 1 to 86400"
    )
    body_bytes: int = Field(
        1024 * 1024, ge=1024, le=1024**3, description="a number of bytes from 1024 to 1073741824"
    )
    worker_bytes: int = Field(
        64 * 1024 * 1024,
        ge=1024**2,
        le=1024**4,
        description="a number of bytes from 1048576 to 1099511627776",
    )
