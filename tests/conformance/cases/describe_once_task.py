"""DescribeOnceTask follows a scan of the account to its end; yesterday's stands beside it."""

REFUSALS = {
    "neither type nor task": ({"TaskType": None}, "MissingTaskType"),
    "unknown type": ({"TaskType": "TEA_BREAK"}, "InvalidTaskType"),
}


def request(world):
    world.call("ModifyStartVulScan", {"Types": "cve"})
    return {"TaskType": "VUL_CHECK_TASK", "CurrentPage": 1, "PageSize": 20}


def shows(world, reply):
    newest, yesterday = reply["TaskManageResponseList"]
    assert (newest["TaskStatus"], yesterday["TaskStatus"]) == (1, 2)
    assert yesterday["Progress"] == "100%"
    console = {"TaskType": "VUL_CHECK_TASK", "Source": "console"}
    with world.later(300):
        (ended,) = world.call("DescribeOnceTask", console)["TaskManageResponseList"]
        of_it = world.call("DescribeOnceTask", {"RootTaskId": newest["TaskId"], "PageSize": 100})
    assert ended["TaskId"] == newest["TaskId"] and ended["TaskEndTime"] > ended["TaskStartTime"]
    assert ended["SuccessCount"] + ended["FailCount"] == of_it["PageInfo"]["TotalCount"]
