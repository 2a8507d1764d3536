"""GetLastOnceTaskInfo shows the newest task of a type and name."""

import scans

REFUSALS = {
    "no type": ({"TaskType": None}, "MissingTaskType"),
    "no name": ({"TaskName": None}, "MissingTaskName"),
    "unknown type": ({"TaskType": "EVERYTHING"}, "InvalidTaskType"),
    "no such task": ({"TaskName": "other"}, {"TaskInfo": {"Result": "TASK_NOT_EXISTS"}}),
}


def request(world):
    scans.protect(world, "web-1")
    scans.collect(world)
    return {"TaskType": "ASSETS_COLLECTION", "TaskName": "ASSETS_COLLECTION"}


def shows(world, reply):
    assert reply["TaskInfo"]["Result"] == "SUCCESS" and reply["TaskInfo"]["Status"] in ("INIT", "START")
    assert (reply["FinishCount"], reply["TotalCount"]) == (0, 8)
    with world.later(scans.SCAN_SECONDS):
        done = world.call("GetLastOnceTaskInfo", request_of_same_task())
        assert done["TaskId"] == reply["TaskId"] and done["FinishCount"] == 1
        assert done["TaskInfo"] == {"Result": "SUCCESS", "Status": "SUCCESS", "Progress": 100}


def request_of_same_task():
    return {"TaskType": "ASSETS_COLLECTION", "TaskName": "ASSETS_COLLECTION"}
