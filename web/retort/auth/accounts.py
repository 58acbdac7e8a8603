"""Accounts, each an e-mail address and a password, and how often a password may be tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from ipaddress import IPv4Address, ip_address, ip_network
from threading import BoundedSemaphore
from uuid import UUID

from sqlalchemy import Executable, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from werkzeug.security import check_password_hash, generate_password_hash

from ..database import db
from . import passwords
from .models import Account, Login, LoginAttempt

MAX_EMAIL = 320  # characters
TRIES = 5  # for one account from one address
TRIES_FROM_ADDRESS = 50
PERIOD = "15 minutes"
PERIOD_SECONDS = 15 * 60

# A hash takes 32 MiB and a tenth of a second. Many at once would take all memory and threads.
_hashing = BoundedSemaphore(2)
_log_ins = BoundedSemaphore(4)


@cache
def _nobodys() -> str:
    """The hash that a password is compared with if there is no account, so that the answer takes
    as long. Made by the first log-in and not at the start, since it takes a tenth of a second."""
    return generate_password_hash("nobody has this password")


class Busy(Exception):
    """So many are logging in that one more would have to wait."""


class TooManyTries(Exception):
    """There were too many tries for this account, or from this address, within PERIOD."""


@dataclass(frozen=True)
class LoggedIn:
    """An account whose password was right."""

    id: int
    role: str | None
    login: UUID
    """Without it, the token is none."""


def normalized(email: str) -> str:
    return email.strip().lower()


def save(email: str, password: str, role: str | None = None) -> bool:
    """Create an account, or give it another password and role, which ends its tokens and its lock;
    True if it is new.

    Raises ValueError for what is not an e-mail address, or a password that is easy to guess.
    """
    if "@" not in email.strip("@") or "\0" in email or len(normalized(email)) > MAX_EMAIL:
        raise ValueError(
            f"email: {email!r} is not an e-mail address; take one like amy@example.com"
        )
    passwords.check(password, normalized(email))
    values = {"password_hash": generate_password_hash(password), "role": role, "locked": False}
    statement = (
        insert(Account)
        .values(email=normalized(email), **values)
        .on_conflict_do_update(index_elements=[Account.email], set_=values)
        .returning(Account.id, text("xmax = 0"))
    )
    account, is_new = db.session.execute(statement).one()
    db.session.execute(delete(Login).where(Login.account_id == account))
    db.session.commit()
    return bool(is_new)


def lock(email: str) -> None:
    """Let an account log in no more, until it gets another password; its tokens end.

    Raises ValueError if there is no such account.
    """
    named = Account.email == normalized(email)
    account = db.session.scalar(
        update(Account).where(named).values(locked=True).returning(Account.id)
    )
    if account is None:
        raise ValueError(f"there is no account {normalized(email)}")
    db.session.execute(delete(Login).where(Login.account_id == account))
    db.session.commit()


def log_out(login: str) -> None:
    """End a log-in, and with it the token that it gave; one that has ended already is ignored."""
    db.session.execute(delete(Login).where(Login.id == UUID(login)))
    db.session.commit()


def log_in(email: str, password: str, address: str, seconds: int) -> LoggedIn | None:
    """The account, or None if there is none, it is locked or the password is not its own, which
    takes as long.

    `address` is the client's; tries are counted for it. Its token will be valid for `seconds`.
    Raises TooManyTries and Busy.
    """
    if not _log_ins.acquire(blocking=False):
        raise Busy
    try:
        until = timedelta(seconds=seconds)
        return _log_in(normalized(email)[: MAX_EMAIL + 1], password, _client(address), until)
    finally:
        _log_ins.release()


def _client(address: str) -> str:
    """Whose tries are counted together: those of an IPv4 address, or of an IPv6 network, which a
    single customer is given."""
    try:
        found = ip_address(address)
    except ValueError:  # a socket of Unix has none
        return address
    if isinstance(found, IPv4Address):
        return address
    return str(found.ipv4_mapped or ip_network((found.packed, 64), strict=False))


def _log_in(email: str, password: str, client: str, until: timedelta) -> LoggedIn | None:
    pair, alone = f"{email} from {client}", client
    with db.engine.begin() as connection:
        expired = LoginAttempt.since < func.now() - text(f"interval '{PERIOD}'")
        connection.execute(delete(LoginAttempt).where(expired))
        # Always in this order, so that two log-ins cannot wait for one another.
        for who, tries in ((alone, TRIES_FROM_ADDRESS), (pair, TRIES)):
            if connection.scalar(_try(who, tries)) is None:
                raise TooManyTries
    with db.engine.connect() as connection:
        columns = (Account.id, Account.role, Account.password_hash)
        row = connection.execute(select(*columns).where(Account.email == email)).first()
    with _hashing:
        nobodys = _nobodys()  # made even if there is an account, so that both take as long
        right = check_password_hash(nobodys if row is None else row.password_hash, password)
    if row is None or not right:
        return None
    # It is locked until the end, so that none is left behind by a password that changes meanwhile.
    unchanged = (
        select(Account.id, func.now() + until)
        .where(Account.id == row.id, Account.password_hash == row.password_hash, ~Account.locked)
        .with_for_update(read=True)
    )
    columns = ("account_id", "ends_at")
    with db.engine.begin() as connection:
        connection.execute(delete(Login).where(Login.ends_at < func.now()))
        made = insert(Login).from_select(columns, unchanged).returning(Login.id)
        login = connection.scalar(made)
        if login is None:
            return None
        # A right password is not a try: many people may share an address.
        forgiven = update(LoginAttempt).values(tries=LoginAttempt.tries - 1)
        connection.execute(forgiven.where(LoginAttempt.who == alone))
        connection.execute(delete(LoginAttempt).where(LoginAttempt.who == pair))
    return LoggedIn(row.id, row.role, login)


def _try(who: str, most: int) -> Executable:
    """Count one more try and give their number, but none where there were as many as may be."""
    return (
        insert(LoginAttempt)
        .values(who=who)
        .on_conflict_do_update(
            index_elements=[LoginAttempt.who],
            set_={"tries": LoginAttempt.tries + 1},
            where=LoginAttempt.tries < most,
        )
        .returning(LoginAttempt.tries)
    )
