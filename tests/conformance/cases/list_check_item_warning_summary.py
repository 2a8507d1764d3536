"""ListCheckItemWarningSummary counts servers by check and status."""

REFUSALS = {
    "unknown source": ({"Source": "hearsay"}, "InvalidSource"),
    "a status that is no number": ({"CheckWarningStatusList": ["failed"]}, "InvalidCheckWarningStatusList"),
}


def request(world):
    return {"CheckLevel": "high", "CheckWarningStatusList": [1], "CurrentPage": 1, "PageSize": 20}


def shows(world, reply):
    (row,) = reply["List"]
    assert (row["CheckId"], row["Status"], row["WarningMachineCount"]) == (58, 1, 1)
    passed = world.call("ListCheckItemWarningSummary", {"CheckLevel": "high", "CheckWarningStatus": 3})
    assert [row["WarningMachineCount"] for row in passed["List"]] == [3]
