${f'"""{message}"""' if set(message).isdisjoint('"\\') else repr(message)}

# pyright: basic

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision: str = ${repr(up_revision)}
down_revision: str | Sequence[str] | None = ${repr(down_revision)}
branch_labels: str | Sequence[str] | None = ${repr(branch_labels)}
depends_on: str | Sequence[str] | None = ${repr(depends_on)}
# Which code goes on working after this migration, so that `make deploy` can replace it without a
# gap: "all" that works now, that of a revision and of later ones, or none, "".
still_serves = ${repr("all" if config.attributes["expands"] else "")}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
