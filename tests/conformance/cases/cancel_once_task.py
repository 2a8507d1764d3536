"""CancelOnceTask ends a task before its time; it then counts as failed."""

import scans

REFUSALS = {
    "no task": ({"TaskId": None}, "MissingTaskId"),
    "unknown task": ({"TaskId": "0" * 32}, "InvalidTaskId"),
}


def request(world):
    return {"TaskId": scans.collect(world)}


def shows(world, reply):
    with world.later(scans.SCAN_SECONDS):
        (row,) = world.call("DescribeOnceTask", {"TaskType": "ASSETS_COLLECTION"})["TaskManageResponseList"]
        assert (row["TaskStatus"], row["TaskStatusText"], row["ResultInfo"]) == (3, "FAIL", "cancelled")
        with world.unchanged():
            world.call("CancelOnceTask", {"TaskId": row["TaskId"]})
