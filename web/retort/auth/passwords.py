"""Which passwords are good enough, as NIST SP 800-63B-4 has it for one that is all that is asked
for: long, and none that many people take. No kind of character has to be in it."""

from __future__ import annotations

MIN = 15  # characters
MAX = 200
GOOD = 3  # of zxcvbn's scores from 0 to 4: takes more than 10^8 guesses
GUESSED = 72  # characters that are looked at, since that takes long


def check(password: str, email: str) -> None:
    """Raises ValueError, with the remedy, if `password` is too short, too long, or easy to guess
    for who knows the `email` address that it is for."""
    if not MIN <= len(password) <= MAX:
        raise ValueError(
            f"password: it has {len(password)} characters; take from {MIN} to {MAX}, like those of "
            "four words that have nothing to do with each other"
        )
    # It takes 14 MiB and a sixth of a second, and no request needs it.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    known = [email, *email.split("@"), "retort"]
    found = zxcvbn(password[:GUESSED], known)
    if found["score"] < GOOD:
        why = found["feedback"]["warning"].rstrip(".") or "It is easy to guess"
        raise ValueError(
            f"password: {why[0].lower()}{why[1:]}; take four words that have nothing to do with "
            "each other, nor with the e-mail address"
        )
