"""`make passwords`: the database's roles get new passwords, under load, and nothing fails."""

import json
import os
import subprocess
import threading
import time
from collections import Counter
from urllib.request import Request, urlopen

from .conftest import Stack, docker

LOGIN = 'PGPASSWORD="$1" psql --host=127.0.0.1 --username="$0" --dbname=retort -qAtc "SELECT 1"'
IDLE = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE usename = 'web' AND state = 'idle' AND state_change < now() - interval '1 second'
"""


def passwords(stack: Stack) -> dict[str, str]:
    """As those read them who may."""
    secrets = f"--volume={stack.volume('secrets')}:/secrets:ro"
    backup = ("run", "--rm", "--user=postgres", "--group-add=20004", secrets, "postgres:18")
    return {
        "web": stack.compose("exec", "-T", "web", "cat", "/secrets/web_password"),
        "owner": stack.compose("exec", "-T", "db", "cat", "/secrets/owner_password"),
        "web_backup": docker(*backup, "cat", "/secrets/backup_password"),
    }


def logs_in(stack: Stack, role: str, password: str) -> bool:
    command = ("exec", "-T", "db", "sh", "-c", LOGIN, role, password)
    with stack.start(*command) as process:
        process.communicate()
    return process.returncode == 0


def test_new_passwords_while_requests_are_answered(stack: Stack) -> None:
    token = stack.compose("exec", "-T", "web", "flask", "token").strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    seen: Counter[str] = Counter()
    done = threading.Event()

    def ask(number: int) -> None:
        address = f"http://127.0.0.1:{stack.port}/api/persons"
        turn = 0
        while not done.is_set():
            turn += 1
            body = json.dumps({"name": f"password {number}-{turn}"}).encode()
            request = Request(address, body if number % 2 else None, headers)
            try:
                with urlopen(request, timeout=20) as response:
                    seen[str(response.status)] += 1
            except OSError as error:
                seen[repr(error)] += 1
            time.sleep(0.02 * number)

    before = passwords(stack)
    threads = [threading.Thread(target=ask, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    made = subprocess.run(
        ["make", "passwords"],
        cwd=stack.folder,
        env=os.environ | {"COMPOSE_PROJECT_NAME": stack.project},
        capture_output=True,
        text=True,
        check=False,
    )
    for _ in range(3):  # so that it has to connect again
        stack.psql(IDLE)
        time.sleep(1)
    done.set()
    for thread in threads:
        thread.join()

    assert made.returncode == 0, made.stdout + made.stderr
    after = passwords(stack)
    for role in before:
        assert f"passwords: {role} has a new one" in made.stdout
        assert before[role] != after[role]
        assert after[role] not in made.stdout + made.stderr
        assert logs_in(stack, role, after[role])
        assert not logs_in(stack, role, before[role])
    assert set(seen) == {"200", "201"}
    assert seen["201"] > 50
    written = stack.psql("SELECT count(DISTINCT name) FROM persons WHERE name ~ '^password '")
    assert int(written) == seen["201"]
    stack.psql("DELETE FROM persons WHERE name ~ '^password '")
    assert "role web: updated" in stack.compose("run", "--rm", "--no-deps", "-T", "db-init")
    # Not one of the connections is from before: those of the role are all new.
    stack.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'web'")
    stack.eventually("Hello, Amy!\n")
