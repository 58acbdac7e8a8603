"""The manifests for Kubernetes, by the schema that its own validator brings."""

import subprocess
import sys

from ..checkout import ROOT


def test_kubernetes_knows_all_that_the_manifests_say() -> None:
    tool = [sys.executable, "-m", "uv", "tool", "run", "--from", "kubernetes-validate==1.37.0"]
    done = subprocess.run(
        [*tool, "kubernetes-validate", "--strict", "web/deploy/growing/kubernetes.yml"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(" passed for resource ") == 7
