"""What a request without a token sends, as the server heard it."""

import re

CLAIMS = 'SET LOCAL "request.jwt.claims" = '


def statement(sent: str) -> str:
    """The statement of a request. In the same round trip comes who asks, and that it only reads."""
    assert sent.startswith(CLAIMS)
    return re.sub("(SET LOCAL [^;]+; )+", "", sent, count=1)


def without_claims(sent: str) -> str:
    """The same of what may be sent by something else."""
    return statement(sent) if sent.startswith(CLAIMS) else sent


def verb(sent: str) -> str:
    return statement(sent).split()[0]
