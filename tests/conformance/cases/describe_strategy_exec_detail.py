"""DescribeStrategyExecDetail shows the latest execution, and who started it."""

import steps

REFUSALS = {
    "no strategy": ({"StrategyId": None}, "MissingStrategyId"),
    "unknown strategy": ({"StrategyId": 1}, "InvalidStrategyId"),
}


def request(world):
    return {"StrategyId": steps.STRATEGY, "CurrentPage": 1, "PageSize": 10}


def shows(world, reply):
    assert (reply["Source"], reply["Percent"]) == ("Schedule", "100%")
    world.call("ExecStrategy", {"StrategyId": steps.STRATEGY})
    with world.later(300):
        latest = world.call("DescribeStrategyExecDetail", request(world))
    assert latest["Source"] == "Manual" and latest["StartTime"] > reply["StartTime"]
    assert latest["InProcessCount"] == 0 and latest["FailCount"] > 0
