"""ListCheckItemWarningSummary shows checks that were made, by status."""

import scans

REFUSALS = {
    "no number": ({"CheckWarningStatusList": ["failed"]}, "InvalidCheckWarningStatusList"),
    "unknown source": ({"Source": "other"}, "InvalidSource"),
    "agentless": ({"Source": "agentless"}, {"List": []}),
}


def request(world):
    scans.forget(world)
    scans.protect(world, "web-1", "web-2")
    return {"CurrentPage": 1, "PageSize": 20, "CheckWarningStatusList": [1, 3], "UuidList": [world.uuid("web-2")]}


def shows(world, reply):
    assert (reply["List"], reply["PageInfo"]["TotalCount"]) == ([], 0), "nothing was checked yet"
    scans.push(world, ["web-1", "web-2"], "HEALTH_CHECK")
    with world.later(scans.SCAN_SECONDS):
        rows = world.call("ListCheckItemWarningSummary", {"CheckWarningStatus": 1})["List"]
        assert [(row["CheckId"], row["Status"], row["WarningMachineCount"]) for row in rows] == [(58, 1, 1), (59, 1, 2)]
        passed = world.call("ListCheckItemWarningSummary", {"CheckWarningStatusList": [3]})["List"]
        assert [(row["CheckId"], row["WarningMachineCount"]) for row in passed] == [(58, 1), (60, 2)]
        high = world.call("ListCheckItemWarningSummary", {"CheckLevel": "high", "UuidList": [world.uuid("web-2")]})
        assert [row["Status"] for row in high["List"]] == [3]
