"""DescribeStrategyDetail shows a strategy with its checks by category."""

import scans

REFUSALS = {
    "no strategy": ({"Id": None}, "MissingId"),
    "unknown strategy": ({"Id": "7"}, "InvalidId"),
}


def request(world):
    return {"Id": str(scans.strategy(world))}


def shows(world, reply):
    strategy = reply["Strategy"]
    assert (strategy["Name"], strategy["CustomType"], strategy["TargetType"]) == ("default", "common", "groupId")
    (category,) = strategy["RiskTypeWhiteListQueryResultList"]
    checks = category["SubTypes"][0]["CheckDetails"]
    known = world.centre()["scans"]["baselineChecks"]
    assert {str(check["CheckId"]) for check in checks} == known.keys()
