"""DescribeStrategy shows an execution: 1 idle, 2 a moment later, 1 again when it has ended."""

import steps

REFUSALS = {
    "unknown kind": ({"CustomType": "own"}, "InvalidCustomType"),
    "an id that is no number": ({"StrategyIds": "first"}, "InvalidStrategyIds"),
}


def request(world):
    return {"StrategyIds": str(steps.STRATEGY), "CustomType": "common"}


def shows(world, reply):
    (strategy,) = reply["Strategies"]
    assert (strategy["Id"], strategy["ExecStatus"]) == (steps.STRATEGY, 1) and "Percent" not in strategy
    world.call("ExecStrategy", {"StrategyId": steps.STRATEGY})
    with world.later(30):
        (strategy,) = world.call("DescribeStrategy", request(world))["Strategies"]
        assert strategy["ExecStatus"] == 2 and strategy["Percent"].endswith("%")
    with world.later(300):
        assert world.call("DescribeStrategy", request(world))["Strategies"][0]["ExecStatus"] == 1
