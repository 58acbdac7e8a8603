"""Accounts, login attempts and notes"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
# Which code goes on working after this migration, so that `make deploy` can replace it without a
# gap: "all" that works now, that of a revision and of later ones, or none, "".
still_serves = "all"

# Whom the token of the request in hand is for; NULL without one.
CLAIMED = (
    "((NULLIF(current_setting('request.jwt.claims'::text, true), ''::text))::json ->> 'sub'::text)"
)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("accounts_email_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("accounts_pkey")),
        sa.UniqueConstraint("email", name=op.f("accounts_email_key")),
    )
    op.create_table(
        "login_attempts",
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column(
            "since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("who", name=op.f("login_attempts_pkey")),
    )
    op.create_index(op.f("login_attempts_since_idx"), "login_attempts", ["since"], unique=False)
    op.create_table(
        "notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "owner",
            sa.Text(),
            server_default=sa.text(CLAIMED),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("notes_pkey")),
    )
    op.create_index(op.f("notes_owner_idx"), "notes", ["owner"], unique=False)
    # A row is there for its owner alone, whoever asks and however.
    op.execute("ALTER TABLE notes ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON notes USING (owner = {CLAIMED})")
    # NaN is more than any number, and no amount.
    op.drop_constraint(op.f("orders_amount_check"), "orders", type_="check")
    op.create_check_constraint(
        op.f("orders_amount_check"), "orders", "amount >= 0 AND amount < 'NaN'"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("orders_amount_check"), "orders", type_="check")
    op.create_check_constraint(op.f("orders_amount_check"), "orders", "amount >= 0")
    op.drop_index(op.f("notes_owner_idx"), table_name="notes")
    op.drop_table("notes")
    op.drop_index(op.f("login_attempts_since_idx"), table_name="login_attempts")
    op.drop_table("login_attempts")
    op.drop_table("accounts")
