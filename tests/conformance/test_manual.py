"""The examples of docs/simulator.md, run as they stand there, get an answer."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

MANUAL = pathlib.Path(__file__).parents[2] / "docs/simulator.md"


def example(language):
    (text,) = re.findall(rf"^```{language}\n(.*?)^```", MANUAL.read_text(), re.MULTILINE | re.DOTALL)
    return text


def run(sim, program, language):
    known = {"URL": sim.url, "ID": sim.credentials["accessKeyID"], "SECRET": sim.credentials["accessKeySecret"]}
    done = subprocess.run(
        program, input=example(language), env=os.environ | known, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl(sim):
    assert json.loads(run(sim, ["bash", "-euo", "pipefail"], "sh"))["RequestId"] == sim.last_request()["requestID"]
    assert sim.last_request()["status"] == 200


@pytest.mark.parametrize("server", ["web-1", "db-1"])
def test_python(sim, server):
    assert server in run(sim, [sys.executable, "-B", "-"], "python")
    assert sim.last_request()["status"] == 200
