"""DescribeStrategyDetail shows which checks a strategy makes."""

import steps

REFUSALS = {
    "no id": ({"Id": None}, "MissingId"),
    "unknown id": ({"Id": "1"}, "InvalidId"),
}


def request(world):
    return {"Id": str(steps.STRATEGY)}


def shows(world, reply):
    strategy = reply["Strategy"]
    assert strategy["Id"] == steps.STRATEGY
    made = [
        detail["CheckId"]
        for risk in strategy["RiskTypeWhiteListQueryResultList"]
        for sub in risk["SubTypes"]
        for detail in sub["CheckDetails"]
    ]
    assert sorted(made) == [58, 59, 60]
