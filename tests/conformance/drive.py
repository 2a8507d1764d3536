#!/usr/bin/env python3
"""Drives a running simulator with the vendor's own SDKs and says what came out.

usage: drive.py --url URL --credentials FILE [--only TEXT]

The simulator must have been started with its demo world, which is put back before each check and
at the end. One line per check; the last line is "N passed, N failed, N skipped". The exit status
is 1 when a check failed.
"""

import argparse
import json
import sys
import traceback

import checks
from drivers import Core, Key, Sdk
from simulator import Simulator


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--url", required=True, help="base URL of the simulator")
    parser.add_argument("--credentials", required=True, help="file with accessKeyID and accessKeySecret")
    parser.add_argument("--only", default="", help="run only checks whose name contains this text")
    arguments = parser.parse_args()
    with open(arguments.credentials, encoding="utf-8") as file:
        credentials = json.load(file)
    key = Key(credentials["accessKeyID"], credentials["accessKeySecret"])
    sim = Simulator(arguments.url)

    drivers = [Sdk(sim.endpoint, key), Sdk(sim.endpoint, key, "v2"), Core(sim.endpoint, key)]
    runs = [(f"{driver.name} {check.__name__}", check, driver) for check in checks.DRIVEN for driver in drivers]
    runs += [(f"gateway {check.__name__}", check, key) for check in checks.GATEWAY]
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for name, check, subject in runs:
        counts[outcome(sim, name, check, subject, arguments.only)] += 1
    sim.control("PUT", "world", sim.found)
    print(", ".join(f"{count} {word}" for word, count in counts.items()))
    return 1 if counts["failed"] else 0


def outcome(sim, name, check, subject, only):
    if only not in name:
        return "skipped"
    try:
        sim.reset()
        check(sim, subject)
    except Exception:
        print(f"FAILED {name}\n{traceback.format_exc()}")
        return "failed"
    print(f"ok {name}")
    return "passed"


if __name__ == "__main__":
    sys.exit(main())
