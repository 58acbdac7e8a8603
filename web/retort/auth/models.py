"""The log-in's tables."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Table, false, func
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
    locked: Mapped[bool] = mapped_column(server_default=false())

    def __repr__(self) -> str:
        return f"<Account {self.id} {self.email!r}>"


class Login(db.Model):
    """A password that was right. The token that it gave is good as long as this row is there."""

    __tablename__ = "logins"
    __api__ = False

    id: Mapped[UUID] = mapped_column(server_default=func.gen_random_uuid(), primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    )
    ends_at: Mapped[datetime] = mapped_column(index=True)  # with its token


class LoginAttempt(db.Model):
    """How often a log-in was tried since the first of these tries."""

    __tablename__ = "login_attempts"
    __api__ = False

    who: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(server_default="1")
    since: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


# The API does not serve these, and the role of a request with a token has no right to them.
TABLES: list[Table] = [
    model.metadata.tables[model.__tablename__] for model in (Account, Login, LoginAttempt)
]
