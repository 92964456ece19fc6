"""The first lines that run on a machine that has SSH and Python only: unpack what comes in and start the installer.

It is sent as the text of `python3 -c`. In come the length of the bundle as a line, the bundle, and then whatever the
installer reads; nothing of the unpacked copy stays. Kept in words that an old Python understands, to tell its age."""

import io
import os
import subprocess
import sys
import tarfile
import tempfile

if sys.version_info < (3, 11):  # noqa: UP036  # it is what this file is for
    sys.exit("Python 3.11 or newer is needed here, and this is " + sys.version.split()[0])
os.umask(0o022)
incoming = sys.stdin.buffer
bundle = io.BytesIO(incoming.read(int(incoming.readline())))
with tempfile.TemporaryDirectory(prefix="stratus-") as folder:
    with tarfile.open(fileobj=bundle) as tar:
        tar.extractall(folder)
    words = [sys.executable, "-P", "-B", "-m", "stratus.install.away"]
    done = subprocess.run(words, input=incoming.read(), env=dict(os.environ, PYTHONPATH=folder), cwd="/", check=False)
sys.exit(done.returncode)
