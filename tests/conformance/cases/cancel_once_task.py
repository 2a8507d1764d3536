"""CancelOnceTask ends a task; what it had finished stays finished."""

import steps

REFUSALS = {
    "no task": ({"TaskId": None}, "MissingTaskId"),
    "unknown task": ({"TaskId": "0" * 32}, "InvalidTaskId"),
}


def request(world):
    return {"TaskId": steps.collect_fingerprints(world, "web-1")}


def shows(world, reply):
    (task,) = world.call("DescribeOnceTask", {"TaskType": "ASSETS_COLLECTION"})["TaskManageResponseList"]
    assert (task["TaskStatus"], task["TaskStatusText"]) == (3, "FAIL")
