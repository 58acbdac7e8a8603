"""Flask's development server, which starts anew at SIGHUP, and which a debugger can attach to.

Each start forks a new process, which imports the code as it is then. The libraries, which take
longer, are imported only once. Requests wait until the new process accepts them.
"""

import importlib
import os
import signal
import socket

import debugpy
from flask.cli import cli

LIBRARIES = (
    "flask_sqlalchemy",
    "jwt",
    "psycopg2",
    "pydantic",
    "pygments.lexers",
    "simplejson",
    "sqlalchemy.dialects.postgresql.psycopg2",
    "sqlparse",
)

# Blocked, the signal waits for sigwait(), also in the debugger's threads, which begin below.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
for library in LIBRARIES:
    importlib.import_module(library)
debugpy.listen(("0.0.0.0", 5678))
listener = socket.create_server(("0.0.0.0", 8000))
# As Flask's own reloader does: the new process takes over the socket, and shows why an application
# cannot be imported.
os.environ |= {"WERKZEUG_RUN_MAIN": "true", "WERKZEUG_SERVER_FD": str(listener.fileno())}
while True:
    if not (child := os.fork()):
        cli.main(["run", "--debug", "--no-reload", "--host", "0.0.0.0", "--port", "8000"])
    signal.sigwait({signal.SIGHUP})
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
