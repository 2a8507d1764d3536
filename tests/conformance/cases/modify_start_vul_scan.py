"""ModifyStartVulScan scans the account, whatever servers it is told."""

REFUSALS = {"unknown type": ({"Types": "cve,bugs"}, "InvalidTypes")}


def request(world):
    return {"Types": "cve,sca", "Uuids": world.uuid("web-1")}


def shows(world, reply):
    assert list(reply) == ["RequestId"]
    console = {"TaskType": "VUL_CHECK_TASK", "Source": "console"}
    with world.later(5):
        (task,) = world.call("DescribeOnceTask", console)["TaskManageResponseList"]
        servers = world.call("DescribeOnceTask", {"RootTaskId": task["TaskId"], "PageSize": 100})["PageInfo"]
    assert servers["TotalCount"] == len(world.centre()["assets"])
