"""DescribeOnceTask shows a scan from its start to its end, and its servers as sub-tasks."""

import scans

REFUSALS = {
    "neither type nor root": ({"TaskType": None}, "MissingTaskType"),
    "unknown type": ({"TaskType": "EVERYTHING"}, "InvalidTaskType"),
    "no page": ({"PageSize": 0}, "InvalidPageSize"),
}


def request(world):
    scans.forget(world)
    scans.protect(world, "web-1", "web-2")
    world.call("ModifyStartVulScan", {"Types": "cve"})
    return {"TaskType": "VUL_CHECK_TASK", "Source": "console", "CurrentPage": 1, "PageSize": 5}


def shows(world, reply):
    (row,) = reply["TaskManageResponseList"]
    assert (row["TaskStatus"], row["TaskStatusText"]) in [(1, "INIT"), (1, "START"), (1, "DISPATCH")]
    assert row["Progress"].endswith("%")
    with world.later(32):
        half = world.call("DescribeOnceTask", {"TaskType": "VUL_CHECK_TASK"})["TaskManageResponseList"][0]
        assert half["TaskStatusText"] == "DISPATCH" and 40 <= int(half["Progress"].rstrip("%")) <= 70
    with world.later(scans.SCAN_SECONDS):
        (done,) = world.call("DescribeOnceTask", {"TaskType": "VUL_CHECK_TASK"})["TaskManageResponseList"]
        assert (done["TaskStatus"], done["TaskStatusText"], done["Progress"]) == (2, "SUCCESS", "100%")
        assert (done["SuccessCount"], done["FailCount"]) == (2, 6)
        assert done["TaskEndTime"] - done["TaskStartTime"] == 60_000
        servers = world.call("DescribeOnceTask", {"RootTaskId": row["TaskId"]})["TaskManageResponseList"]
        assert sorted(server["TaskStatus"] for server in servers) == [2, 2, 3, 3, 3, 3, 3, 3]
    later = {"TaskType": "VUL_CHECK_TASK", "StartTimeQuery": world.sim.now_milliseconds() + 60_000}
    assert world.call("DescribeOnceTask", later)["PageInfo"]["TotalCount"] == 0
