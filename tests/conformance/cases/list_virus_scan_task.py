"""ListVirusScanTask codes its status in its own way: 1 running, 2 complete."""

import steps

REFUSALS = {"a status that is no number": ({"StatusList": ["done"]}, "InvalidStatusList")}


def request(world):
    steps.scan_for_viruses(world)
    return {"CurrentPage": 1, "PageSize": 20, "StatusList": [1, 2]}


def shows(world, reply):
    (task,) = reply["List"]
    assert task["Status"] == 1 and task["ScanType"] == "system"
    with world.later(300):
        (task,) = world.call("ListVirusScanTask", {"CurrentPage": 1, "PageSize": 20, "Status": 2})["List"]
        servers = world.call("ListVirusScanTask", {"PageSize": 100, "RootTaskId": task["TaskId"]})["List"]
    assert world.uuid("web-1") in {row["Uuid"] for row in servers}
