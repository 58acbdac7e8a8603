"""Log-ins, and a name space for each issuer"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
# Which code goes on working after this migration, so that `make deploy` can replace it without a
# gap: "all" that works now, that of a revision and of later ones, or none, "".
still_serves = "all"

CLAIMS = "(NULLIF(current_setting('request.jwt.claims'::text, true), ''::text))::json"
# Whom the token of the request in hand is for; NULL without one. Another issuer may have a subject of
# the same name, so that issuer's name and a space come first, which are in no account's subject.
ISSUER = f"COALESCE(NULLIF(concat({CLAIMS} ->> 'iss', ' '), 'retort '), '')"
CLAIMED = f"({ISSUER} || ({CLAIMS} ->> 'sub'))"
CLAIMED_BEFORE = f"({CLAIMS} ->> 'sub')"


def upgrade() -> None:
    op.create_table(
        "logins",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("logins_account_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("logins_pkey")),
    )
    op.create_index(op.f("logins_account_id_idx"), "logins", ["account_id"], unique=False)
    op.create_index(op.f("logins_ends_at_idx"), "logins", ["ends_at"], unique=False)
    op.add_column(
        "accounts",
        sa.Column("locked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.alter_column("notes", "owner", server_default=sa.text(CLAIMED))
    op.execute(f"ALTER POLICY own ON notes USING (owner = (SELECT {CLAIMED}))")


def downgrade() -> None:
    op.execute(f"ALTER POLICY own ON notes USING (owner = {CLAIMED_BEFORE})")
    op.alter_column("notes", "owner", server_default=sa.text(CLAIMED_BEFORE))
    op.drop_column("accounts", "locked")
    op.drop_index(op.f("logins_ends_at_idx"), table_name="logins")
    op.drop_index(op.f("logins_account_id_idx"), table_name="logins")
    op.drop_table("logins")
