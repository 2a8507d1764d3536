"""GetLastOnceTaskInfo finds the newest task of a type and name."""

import steps

REFUSALS = {
    "no type": ({"TaskType": None}, "MissingTaskType"),
    "no name": ({"TaskName": None}, "MissingTaskName"),
    "unknown type": ({"TaskType": "TEA_BREAK"}, "InvalidTaskType"),
    "nothing of that name": ({"TaskName": "unheard of"}, {"TaskInfo": {"Result": "TASK_NOT_EXISTS"}}),
}


def request(world):
    steps.protect(world, "web-1")
    steps.collect_fingerprints(world, "web-1")
    return {"TaskType": "ASSETS_COLLECTION", "TaskName": "ASSETS_COLLECTION"}


def shows(world, reply):
    assert reply["TaskInfo"]["Result"] == "SUCCESS" and reply["TotalCount"] == 1
    ask = {"TaskType": "ASSETS_COLLECTION", "TaskName": "ASSETS_COLLECTION"}
    with world.later(300):
        ended = world.call("GetLastOnceTaskInfo", ask)
    assert ended["TaskId"] == reply["TaskId"]
    assert (ended["TaskInfo"]["Progress"], ended["FinishCount"]) == (100, 1)
