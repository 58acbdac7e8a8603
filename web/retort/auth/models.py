"""The log-in's tables, which are nobody else's."""

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
    role: Mapped[str | None]  # of Postgres; without one it is API_ROLE
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    def __repr__(self) -> str:
        return f"<Account {self.id} {self.email!r}>"


class LoginAttempt(db.Model):
    """How often somebody tried to log in of late."""

    __tablename__ = "login_attempts"
    __api__ = False

    who: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(server_default="1")
    since: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


# No request with a token has a right to these, and the API serves none of them.
TABLES: list[Table] = [
    model.metadata.tables[model.__tablename__] for model in (Account, LoginAttempt)
]
