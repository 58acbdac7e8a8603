"""The log-in's tables."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Identity, Table, func
from sqlalchemy.orm import Mapped, mapped_column

from ..database import db


class Account(db.Model):
    """Who may log in."""

    __tablename__ = "accounts"
    __table_args__ = (CheckConstraint("email = lower(email)", "email"),)
    __api__ = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[str | None]  # a role of Postgres; None means API_ROLE
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    def __repr__(self) -> str:
        return f"<Account {self.id} {self.email!r}>"


class LoginAttempt(db.Model):
    """How often a log-in was tried since the first of these tries."""

    __tablename__ = "login_attempts"
    __api__ = False

    who: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(server_default="1")
    since: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


# The API does not serve these, and the role of a request with a token has no right to them.
TABLES: list[Table] = [
    model.metadata.tables[model.__tablename__] for model in (Account, LoginAttempt)
]
