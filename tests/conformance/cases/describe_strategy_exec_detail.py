"""DescribeStrategyExecDetail shows the latest execution that has begun."""

import scans

REFUSALS = {
    "no strategy": ({"StrategyId": None}, "MissingStrategyId"),
    "unknown strategy": ({"StrategyId": 7}, "InvalidStrategyId"),
}


def request(world):
    return {"StrategyId": scans.strategy(world)}


def shows(world, reply):
    assert (reply["Source"], reply["Percent"]) == ("Schedule", "100%"), "yesterday's"
    scans.protect(world, "web-1")
    world.call("ExecStrategy", request(world))
    with world.later(scans.SCAN_SECONDS):
        latest = world.call("DescribeStrategyExecDetail", request(world))
    assert latest["Source"] == "Manual" and latest["StartTime"] > reply["StartTime"]
    assert (latest["SuccessCount"], latest["FailCount"], latest["InProcessCount"]) == (1, 2, 0)
    assert {row["InstanceName"] for row in latest["FailedEcsList"]} == {"web-2", "web-3", "web-4", "db-1"}
