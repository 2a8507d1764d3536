"""ListVirusScanTask lists virus scans, or the servers of one, in a coding of its own."""

import scans

REFUSALS = {
    "no number": ({"StatusList": ["running"]}, "InvalidStatusList"),
    "no page": ({"PageSize": 0}, "InvalidPageSize"),
    "no such scan": ({"RootTaskId": "0" * 32}, {"List": []}),
}


def request(world):
    scans.scan_for_viruses(world, "web-1", "web-2")
    return {"RootTask": True, "StatusList": [1, 2], "CurrentPage": 1, "PageSize": 20}


def shows(world, reply):
    (root,) = reply["List"]
    assert (root["Status"], root["TaskName"]) == (1, "VIRUS_VUL_SCHEDULE_SCAN")
    with world.later(scans.SCAN_SECONDS):
        servers = world.call("ListVirusScanTask", {"RootTaskId": root["TaskId"]})["List"]
        assert [(row["InstanceName"], row["Status"], row["Progress"]) for row in servers] == [
            ("web-1", 2, 100),
            ("web-2", 2, 100),
        ]
        assert world.call("ListVirusScanTask", {"Status": 1})["List"] == []
