"""GenerateOnceTask starts a collection of fingerprints and answers its id; ten run at the same time."""

import scans

REFUSALS = {
    "no type": ({"TaskType": None}, "MissingTaskType"),
    "no name": ({"TaskName": None}, "MissingTaskName"),
    "no parameters": ({"Param": None}, "MissingParam"),
    "unknown type": ({"TaskType": "EVERYTHING"}, "InvalidTaskType"),
    "no JSON": ({"Param": "items"}, "InvalidParam"),
}


def request(world):
    scans.forget(world)
    return scans.COLLECTION


def shows(world, reply):
    assert (reply["CanCreate"], reply["TotalCount"]) == (True, 8)
    last = world.call("GetLastOnceTaskInfo", {"TaskType": "ASSETS_COLLECTION", "TaskName": "ASSETS_COLLECTION"})
    assert last["TaskId"] == reply["TaskId"]
    more = [world.call("GenerateOnceTask", scans.COLLECTION) for _ in range(10)]
    assert [one["CanCreate"] for one in more] == [True] * 8 + [False] * 2
    assert "TaskId" in more[8] and "TaskId" not in more[9]
    with world.later(scans.SCAN_SECONDS):
        assert world.call("GenerateOnceTask", scans.COLLECTION)["CanCreate"]
