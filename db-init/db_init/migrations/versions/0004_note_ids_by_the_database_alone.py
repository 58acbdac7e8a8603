"""Note ids by the database alone"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
# Which code goes on working after this migration, so that `make deploy` can replace it without a
# gap: "all" that works now, that of a revision and of later ones, or none, "".
still_serves = "all"  # the code before writes notes, too; only a client that sends an id is refused


def upgrade() -> None:
    op.alter_column(
        "notes",
        "id",
        existing_type=sa.BigInteger(),
        server_default=sa.Identity(always=True),
        existing_nullable=False,
        existing_server_default=sa.Identity(always=False),
    )


def downgrade() -> None:
    op.alter_column(
        "notes",
        "id",
        existing_type=sa.BigInteger(),
        server_default=sa.Identity(always=False),
        existing_nullable=False,
        existing_server_default=sa.Identity(always=True),
    )
