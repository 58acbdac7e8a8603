"""A token as a request brings it."""


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
