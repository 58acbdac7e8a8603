"""This checkout once more, as `git clone` would give it, with what is not committed yet."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def copy(folder: Path) -> None:
    """Put every file that git has, or would take, into `folder`, by the umask in force."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.check_output(command, cwd=ROOT, text=True).splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
