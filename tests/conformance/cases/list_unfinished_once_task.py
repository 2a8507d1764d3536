"""ListUnfinishedOnceTask shows what still runs on a server."""

import scans

REFUSALS = {
    "no type": ({"TaskType": None}, "MissingTaskType"),
    "no target": ({"Target": None}, "-101"),
    "another type": ({"TaskType": "VUL_CHECK_TASK"}, "InvalidTaskType"),
    "another server": ({"Target": "00000000-0000-4000-8000-00000000dead"}, {"OnceTasks": []}),
}


def request(world):
    scans.collect(world)
    return {"TaskType": "ASSETS_COLLECTION", "Target": world.uuid("web-1")}


def shows(world, reply):
    (row,) = reply["OnceTasks"]
    assert (row["Target"], row["Finish"]) == (world.uuid("web-1"), 0)
    assert row["StatusText"] in ("INIT", "START")
    with world.later(scans.SCAN_SECONDS):
        again = {"TaskType": "ASSETS_COLLECTION", "Target": world.uuid("web-1")}
        assert world.call("ListUnfinishedOnceTask", again)["OnceTasks"] == []
