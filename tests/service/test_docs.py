"""The documentation says what is there, all of it, and nothing else."""

import re
import subprocess
from pathlib import Path

import yaml
from flask import Flask

from db_init.__main__ import Settings as InitSettings
from embedded.commands import Address
from retort import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# Each feature has its own beside it.
READMES = [
    path
    for path in (
        ROOT / "README.md",
        ROOT / "SECURITY.md",
        *sorted(ROOT.glob("web/**/README.md")),
        *sorted(ROOT.glob("db-init/**/README.md")),
    )
    if ".venv" not in path.parts
]
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

FIELDS = {
    name.upper(): field
    for model in (Settings, InitSettings, Address)
    for name, field in model.model_fields.items()
}

COMPOSE = "".join(
    (ROOT / path).read_text(encoding="utf-8")
    for path in ("docker-compose.yml", "web/dev/compose.yml", "web/deploy/compose.yml")
)
# What Docker Compose alone reads. It checks the ports itself, and Caddy the host name.
ONLY_COMPOSE = set(re.findall(r"\$\{(\w+)", COMPOSE)) - set(FIELDS) - {"COMPOSE_PROJECT_NAME"}


def test_the_readme_can_be_read_in_one_go() -> None:
    assert len(README.splitlines()) <= 140


def test_every_setting_is_explained_in_the_example_with_what_it_accepts() -> None:
    explained: dict[str, str] = {}
    for block in re.split(r"\n\n+", EXAMPLE):
        words = " ".join(re.findall(r"^# (.*)$", block, re.MULTILINE))
        explained |= dict.fromkeys(re.findall(r"^#([A-Z_]+)=", block, re.MULTILINE), words)
    assert set(explained) == set(FIELDS) | ONLY_COMPOSE
    assert all(len(words) > 20 for words in explained.values())


def test_the_defaults_in_the_example_are_true() -> None:
    given = dict(re.findall(r"^#([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    for name, field in FIELDS.items():
        default = field.default
        if isinstance(default, str | int):
            assert given[name] == (f"{default:d}" if isinstance(default, bool) else str(default))
    for name, default in re.findall(r"\$\{(\w+):-([^}]+)\}", COMPOSE):
        assert given[name] == default


def test_every_setting_of_web_can_be_given_to_compose() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    given = compose["services"]["web"]["environment"]
    passed_on = {
        name
        for name, value in given.items()
        if value is None or value.startswith(f"${{{name}-")  # with a default of Docker's own
    }
    assert passed_on == {
        name.upper()
        for name in Settings.model_fields
        if not name.startswith(("secret_key", "database_"))
    }


def test_every_route_is_in_a_table_and_no_other(app: Flask) -> None:
    routes = {rule.rule.replace("<key:", "<") for rule in app.url_map.iter_rules()}
    tables = "\n".join(path.read_text(encoding="utf-8") for path in READMES)
    assert set(re.findall(r"^\| `[A-Z]+ (/[^`?]*)` \|", tables, re.MULTILINE)) == routes


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def test_every_make_target_is_in_the_help() -> None:
    out = subprocess.check_output(["make"], cwd=ROOT, text=True)
    assert set(re.findall(r"^  make ([a-z-]+) +\S", out, re.MULTILINE)) == targets()
    assert max(map(len, out.splitlines())) <= 100


def test_no_document_names_a_target_that_is_not_there() -> None:
    others = (".ci/run", ".github/workflows/ci.yml", ".pre-commit-config.yaml", ".env.example")
    for path in [*READMES, *(ROOT / name for name in others)]:
        text = path.read_text(encoding="utf-8")
        named = set(
            re.findall(r"^(?:\$ |      - run: |        entry: )?make ([a-z-]+)", text, re.MULTILINE)
        )
        named |= set(re.findall(r"`make ([a-z-]+)", text))
        assert named <= targets(), path


def test_every_folder_and_file_that_is_named_is_there() -> None:
    for readme in READMES:
        text = readme.read_text(encoding="utf-8")
        named = re.findall(r"`((?:web|db-init|tests)/[\w./-]*)`", text)
        assert [path for path in named if not (ROOT / path).exists()] == [], readme
        linked = re.findall(r"\]\((?!http)([^)#]+)(?:#[\w-]+)?\)", text)
        assert [path for path in linked if not (readme.parent / path).exists()] == [], readme


def test_every_test_that_the_table_of_security_names_is_there() -> None:
    security = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/\S+\.py)::(test_\w+)`", security)
    assert named
    for path, test in named:
        assert f"\ndef {test}(" in (ROOT / path).read_text(encoding="utf-8"), test


def test_every_error_in_the_troubleshooting_is_a_real_one() -> None:
    """Ours at least: each is somewhere in the code, word for word."""
    sources = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("web", "db-init")
        for path in (ROOT / folder).rglob("*.py")
    )
    operation = (ROOT / "web/README.md").read_text(encoding="utf-8")
    wrong = operation.split("\n## When something is wrong\n")[1]
    for words in (
        "the database refuses the password of",
        "cannot listen on",
        "the stack of this checkout runs already",
        "of somebody else's already",
        "alembic_version is another project's",
        "this database is of another version of the code",
        "WORKERS, THREADS: together they may open",
    ):
        assert words in wrong.replace("\n", " ")
        assert words in sources


def test_what_make_run_prints_is_what_the_readme_shows() -> None:
    shown = re.findall(r"^ +\d+\.\d s  (\w[\w-]*) +(.*)$", README, re.MULTILINE)
    first, *steps, last = [who for who, _ in shown]
    assert (first, {*steps}, last) == ("postgres", {"db-init"}, "web")


def locks(name: str) -> list[Path]:
    return [path for depth in ("*", "*/*", "web/*/*") for path in ROOT.glob(f"{depth}/{name}")]


def test_the_locks_agree() -> None:
    """The same library has the same version wherever it is installed."""
    versions: dict[str, set[str]] = {}
    for lock in locks("requirements.txt"):
        for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock.read_text(), re.MULTILINE):
            versions.setdefault(name, set()).add(version)
    assert {name for name, found in versions.items() if len(found) > 1} == set()


def test_each_lock_holds_what_its_requirements_ask_for() -> None:
    for source in locks("requirements.in"):
        asked = re.findall(r"^([a-z][\w-]*)", source.read_text(), re.MULTILINE)
        locked = source.with_suffix(".txt").read_text()
        assert asked
        assert [name for name in asked if not re.search(rf"(?m)^{name}==", locked)] == []


def test_the_changelog_has_the_version_and_what_a_clone_has_to_do_for_each() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "(.*)"', project, re.MULTILINE)
    assert version
    assert f"\n## [{version[1]}]" in changelog
    for release in changelog.split("\n## ")[1:]:
        assert re.search(r"^\*\*What a clone has to do:\*\* \w", release, re.MULTILINE), release


def test_every_action_of_the_workflow_is_pinned_by_its_commit() -> None:
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    used = re.findall(r"uses: (.*)", workflow)
    assert used
    assert [use for use in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", use)] == []


def test_the_bot_knows_each_folder_that_has_dependencies_and_waits_a_week() -> None:
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]
    looks = {
        f"{update['package-ecosystem']} {folder}"
        for update in updates
        for folder in update.get("directories", [update.get("directory")])
    }
    paths = [
        path.relative_to(ROOT)
        for glob in ("*", "*/*", "*/*/*", "web/*/*/*")
        for path in ROOT.glob(glob)
    ]
    kinds = {
        "requirements.txt": "uv",
        "Dockerfile": "docker",
        "package.json": "npm",
        "docker-compose.yml": "docker-compose",
        "ci.yml": "github-actions",
    }
    assert looks == {
        f"{kinds[path.name]} /{'' if path.name == 'ci.yml' else path.parent}".rstrip(".")
        for path in paths
        if path.name in kinds
    }
    assert {update["cooldown"]["default-days"] for update in updates} == {7}
