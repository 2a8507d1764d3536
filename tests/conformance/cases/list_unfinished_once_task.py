"""ListUnfinishedOnceTask lists what still collects on a server."""

import steps

REFUSALS = {
    "no type": ({"TaskType": None}, "MissingTaskType"),
    "a type that is no collection": ({"TaskType": "VUL_CHECK_TASK"}, "InvalidTaskType"),
}


def request(world):
    steps.collect_fingerprints(world, "web-1")
    return {"TaskType": "ASSETS_COLLECTION", "Target": world.uuid("web-1")}


def shows(world, reply):
    (task,) = reply["OnceTasks"]
    assert task["Target"] == world.uuid("web-1") and task["TotalCount"] == 1
    ask = {"TaskType": "ASSETS_COLLECTION", "Target": world.uuid("web-1")}
    with world.later(300):
        assert world.call("ListUnfinishedOnceTask", ask)["OnceTasks"] == []
