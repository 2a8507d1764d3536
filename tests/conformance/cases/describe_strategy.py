"""DescribeStrategy lists strategies, with a percentage only while one is being executed."""

import scans

REFUSALS = {"unknown type": ({"CustomType": "other"}, "InvalidCustomType")}


def request(world):
    return {"StrategyIds": str(scans.strategy(world)), "CustomType": "common"}


def shows(world, reply):
    (row,) = reply["Strategies"]
    assert (row["Id"], row["Name"], row["ExecStatus"]) == (scans.strategy(world), "default", 1)
    assert row["EcsCount"] == 5 and row["RiskCount"] == 3 and "Percent" not in row
    assert row["ConfigTargets"][0] == {"Flag": "add", "Target": "1001", "TargetType": "groupId"}
    world.call("ExecStrategy", {"StrategyId": row["Id"]})
    with world.later(32):
        running = world.call("DescribeStrategy")["Strategies"][0]
        assert running["ExecStatus"] == 2 and running["Percent"].endswith("%")
    assert world.call("DescribeStrategy", {"StrategyIds": "7"})["Strategies"] == []
