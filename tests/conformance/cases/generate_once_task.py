"""GenerateOnceTask starts a collection and gives its id; ten may run."""

import json

import steps

REFUSALS = {
    "no type": ({"TaskType": None}, "MissingTaskType"),
    "no name": ({"TaskName": None}, "MissingTaskName"),
    "no parameters": ({"Param": None}, "MissingParam"),
    "parameters that are no JSON": ({"Param": "all"}, "InvalidParam"),
    "unknown type": ({"TaskType": "TEA_BREAK"}, "InvalidTaskType"),
}


def request(world):
    param = json.dumps({"items": "ACCOUNT_SNAPSHOT,PORT_SNAPSHOT", "uuids": world.uuid("web-1")})
    return {"TaskType": "ASSETS_COLLECTION", "TaskName": "ASSETS_COLLECTION", "Param": param}


def shows(world, reply):
    assert reply["CanCreate"] is True and reply["TotalCount"] == 1
    listed = world.call("DescribeOnceTask", {"TaskType": "ASSETS_COLLECTION"})["TaskManageResponseList"]
    assert [task["TaskId"] for task in listed] == [reply["TaskId"]]
    for _ in range(9):
        steps.collect_fingerprints(world, "web-2")
    refused = world.call("GenerateOnceTask", request(world))
    assert refused["CanCreate"] is False and "TaskId" not in refused
