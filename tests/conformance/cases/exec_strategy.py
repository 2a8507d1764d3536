"""ExecStrategy starts and stops an execution; the strategy shows it."""

import steps

REFUSALS = {
    "no strategy": ({"StrategyId": None}, "MissingStrategyId"),
    "unknown strategy": ({"StrategyId": 1}, "InvalidStrategyId"),
    "unknown order": ({"ExecAction": "pause"}, "InvalidExecAction"),
}


def request(world):
    return {"StrategyId": steps.STRATEGY, "ExecAction": "exec"}


def shows(world, reply):
    assert list(reply) == ["RequestId"]
    with world.later(30):
        assert status(world) == 2
        world.call("ExecStrategy", {"StrategyId": steps.STRATEGY, "ExecAction": "terminate"})
        assert status(world) == 1


def status(world):
    return world.call("DescribeStrategy", {"StrategyIds": str(steps.STRATEGY)})["Strategies"][0]["ExecStatus"]
