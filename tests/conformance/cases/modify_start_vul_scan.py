"""ModifyStartVulScan scans the whole account, also when it is told servers."""

import scans

REFUSALS = {
    "unknown type": ({"Types": "cve,virus"}, "InvalidTypes"),
    "token too long": ({"ClientToken": "t" * 65}, "InvalidClientToken"),
}


def request(world):
    scans.forget(world)
    scans.protect(world, "web-1", "web-2")
    return {"Types": "cve,sys", "Uuids": world.uuid("web-1")}


def shows(world, reply):
    assert reply.keys() == {"RequestId"}
    (task,) = scans.tasks(world, "VUL_CHECK_TASK")
    assert task["servers"].keys() == world.centre()["assets"].keys()
    assert task["kinds"] == ["cve", "sys"]
    (row,) = world.call("DescribeOnceTask", {"TaskType": "VUL_CHECK_TASK"})["TaskManageResponseList"]
    assert row["TaskStatus"] == 1
