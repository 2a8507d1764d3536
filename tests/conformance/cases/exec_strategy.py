"""ExecStrategy starts a baseline check; its strategy runs a moment later and is idle again at the end."""

import scans

REFUSALS = {
    "no strategy": ({"StrategyId": None}, "MissingStrategyId"),
    "unknown strategy": ({"StrategyId": 7}, "InvalidStrategyId"),
    "unknown action": ({"ExecAction": "stop"}, "InvalidExecAction"),
}


def request(world):
    scans.protect(world, "web-1")
    return {"StrategyId": scans.strategy(world), "ExecAction": "exec"}


def shows(world, reply):
    for seconds, status in [(32, 2), (scans.SCAN_SECONDS, 1)]:
        with world.later(seconds):
            assert world.call("DescribeStrategy")["Strategies"][0]["ExecStatus"] == status
    with world.later(32):
        world.call("ExecStrategy", {"StrategyId": scans.strategy(world), "ExecAction": "terminate"})
        assert world.call("DescribeStrategy")["Strategies"][0]["ExecStatus"] == 1
