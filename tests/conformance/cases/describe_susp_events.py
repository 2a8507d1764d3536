"""DescribeSuspEvents lists alerts by level and whether they are dealt with; pages are texts."""

import steps

REFUSALS = {
    "neither dealt with nor not": ({"Dealed": "y"}, "InvalidDealed"),
    "neither strict nor not": ({"StrictMode": "yes"}, "InvalidStrictMode"),
    "unknown target": ({"TargetType": "pod"}, "InvalidTargetType"),
    "unknown level": ({"Levels": "serious,panic"}, "InvalidLevels"),
}


def request(world):
    return {"From": "sas", "Dealed": "N", "Levels": "serious", "CurrentPage": "1", "PageSize": "2"}


def shows(world, reply):
    assert (reply["TotalCount"], reply["Count"], reply["PageSize"]) == (4, 2, 2)
    newest = reply["SuspEvents"][0]
    assert (newest["Id"], newest["EventStatus"], newest["InstanceName"]) == (steps.OFFLINE_MINER, 1, "db-1")
    assert newest["LastTimeStamp"] > reply["SuspEvents"][1]["LastTimeStamp"]
    handled = world.call("DescribeSuspEvents", {"From": "sas", "Dealed": "Y"})["SuspEvents"]
    assert [row["Id"] for row in handled] == [steps.HANDLED]
    (shell,) = world.call("DescribeSuspEvents", {"Id": steps.REVERSE_SHELL})["SuspEvents"]
    assert [tactic["TacticId"] for tactic in shell["TacticItems"]] == ["TA0011"]
    for filtered in ({"TacticId": "TA0011"}, {"TargetType": "containerId"}):
        rows = world.call("DescribeSuspEvents", {"From": "sas"} | filtered)["SuspEvents"]
        assert [row["Id"] for row in rows] == [steps.REVERSE_SHELL]
    assert "<script>" in shell["AlarmEventNameDisplay"], "what an attacker typed arrives as it is"
