"""What a request without a token sends, as the server heard it."""

CLAIMS = 'SET LOCAL "request.jwt.claims" = '


def statement(sent: str) -> str:
    """The statement of a request, which comes in one round trip with who asks."""
    claims, _, found = sent.partition("; ")
    assert claims.startswith(CLAIMS)
    return found


def without_claims(sent: str) -> str:
    """The same of what may be sent by something else."""
    return statement(sent) if sent.startswith(CLAIMS) else sent


def verb(sent: str) -> str:
    return statement(sent).split()[0]
