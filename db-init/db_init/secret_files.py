"""`python -m db_init.secret_files [--renew] FOLDER NAME[:GROUP]...`: make the secrets that are
missing.

A file that exists is left as it is, or with --renew replaced. Only its group may read it; without
a group, only its owner.
"""

import os
import secrets
import sys
from pathlib import Path

BYTES = 32


def create(folder: Path, name: str, group: int | None = None, *, anew: bool = False) -> bool:
    """Give `folder` a secret called `name`, random and URL-safe; True if it is new. `anew`
    replaces one that is there.

    Raises OSError where the folder cannot be written.
    """
    path = folder / name
    if path.exists() and not anew:
        return False
    draft = folder / f".{name}.{os.getpid()}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as file:
        file.write(secrets.token_urlsafe(BYTES))
    if group is not None:
        os.chown(draft, -1, group)
        draft.chmod(0o040)
    try:
        if anew:
            draft.replace(path)
            return True
        os.link(draft, path)  # unlike a rename, it does not replace what another run made
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def main() -> None:
    anew = "--renew" in sys.argv
    folder, *files = (argument for argument in sys.argv[1:] if argument != "--renew")
    for file in files:
        name, _, group = file.partition(":")
        new = create(Path(folder), name, int(group) if group else None, anew=anew)
        print(f"secrets: {name} {'created' if new else 'kept'}", flush=True)


if __name__ == "__main__":
    main()
