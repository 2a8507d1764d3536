"""The same world, seed, time and requests give the same answers and the same world, to the byte."""

import datetime
import json
import subprocess

import clients
from conftest import find_case
from simulator import Simulator
from world import World


def test_two_runs_agree(pytestconfig, tmp_path):
    program = pytestconfig.option.sas_sim
    file = tmp_path / "world.json"
    file.write_text(subprocess.check_output([program, "world", "--seed", "7"], text=True))
    now = datetime.datetime.now(datetime.UTC).isoformat()
    first, second = (answers(pytestconfig, file, now) for _ in range(2))
    assert len(first) == len(pytestconfig.actions)
    for name, answer in first.items():
        assert second[name] == answer, name


def answers(config, file, now):
    """For each action the reply to its case and the world after it, both as text."""
    (client,) = clients.narrow(config.clients, ["core"])
    found = {}
    with Simulator.start(config.option.sas_sim, "--world", file, "--seed", "7") as sim:
        sim.control("POST", "clock", {"set": now, "freeze": True})
        world = World(sim, client, config.clients, config.actions)
        for action in config.actions.values():
            sim.reset()
            reply = world.call(action.name, find_case(action).request(world))
            found[action.name] = json.dumps(reply), json.dumps(sim.world())
    return found
