"""Accounts, each an e-mail address and a password, and how often a password may be tried."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from threading import BoundedSemaphore

from sqlalchemy import Executable, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from werkzeug.security import check_password_hash, generate_password_hash

from ..database import db
from .models import Account, LoginAttempt

MAX_EMAIL = 320  # characters
MIN_PASSWORD = 10  # characters
MAX_PASSWORD = 200
TRIES = 5  # for one account from one address
TRIES_FROM_ADDRESS = 50
PERIOD = "15 minutes"
PERIOD_SECONDS = 15 * 60

# A hash takes 32 MiB while it is made; many at once could take more memory than there is.
_hashing = BoundedSemaphore(2)


@cache
def _nobodys() -> str:
    """The hash that a password is compared with if there is no account, so that the answer takes
    as long. Made by the first log-in and not at the start, since it takes a tenth of a second."""
    return generate_password_hash("nobody has this password")


class TooManyTries(Exception):
    """There were too many tries for this account, or from this address, within PERIOD."""


@dataclass(frozen=True)
class LoggedIn:
    """An account whose password was right."""

    id: int
    role: str | None


def normalized(email: str) -> str:
    return email.strip().lower()


def save(email: str, password: str, role: str | None = None) -> bool:
    """Create an account, or give it another password and role; True if it is new.

    Raises ValueError for what is not an e-mail address, or a password of a wrong length.
    """
    if "@" not in email.strip("@") or "\0" in email or len(normalized(email)) > MAX_EMAIL:
        raise ValueError("that is not an e-mail address")
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise ValueError(f"a password must have from {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    values = {"password_hash": generate_password_hash(password), "role": role}
    statement = (
        insert(Account)
        .values(email=normalized(email), **values)
        .on_conflict_do_update(index_elements=[Account.email], set_=values)
        .returning(text("xmax = 0"))
    )
    is_new = db.session.execute(statement).scalar_one()
    db.session.commit()
    return bool(is_new)


def log_in(email: str, password: str, address: str) -> LoggedIn | None:
    """The account, or None if there is none or the password is not its own, which takes as long.

    `address` is the client's; tries are counted for it. Raises TooManyTries.
    """
    email = normalized(email)[: MAX_EMAIL + 1]
    pair, alone = f"{email} from {address}", address
    with db.engine.begin() as connection:
        expired = LoginAttempt.since < func.now() - text(f"interval '{PERIOD}'")
        connection.execute(delete(LoginAttempt).where(expired))
        # Always in this order, so that two log-ins cannot wait for one another.
        tried = {who: connection.execute(_try(who)).scalar_one() for who in (alone, pair)}
    if tried[pair] > TRIES or tried[alone] > TRIES_FROM_ADDRESS:
        raise TooManyTries
    with db.engine.connect() as connection:
        columns = (Account.id, Account.role, Account.password_hash)
        row = connection.execute(select(*columns).where(Account.email == email)).first()
    with _hashing:
        nobodys = _nobodys()  # made even if there is an account, so that both take as long
        right = check_password_hash(nobodys if row is None else row.password_hash, password)
    if row is None or not right:
        return None
    with db.engine.begin() as connection:
        # A right password is not a try: many people may share an address.
        forgiven = update(LoginAttempt).values(tries=LoginAttempt.tries - 1)
        connection.execute(forgiven.where(LoginAttempt.who == alone))
        connection.execute(delete(LoginAttempt).where(LoginAttempt.who == pair))
    return LoggedIn(row.id, row.role)


def _try(who: str) -> Executable:
    return (
        insert(LoginAttempt)
        .values(who=who)
        .on_conflict_do_update(
            index_elements=[LoginAttempt.who], set_={"tries": LoginAttempt.tries + 1}
        )
        .returning(LoginAttempt.tries)
    )
