"""ModifyPushAllTask pushes checks to servers; each takes them or says why not."""

import scans

REFUSALS = {
    "no servers": ({"Uuids": None}, "MissingUuids"),
    "no checks": ({"Tasks": None}, "MissingTasks"),
    "unknown check": ({"Tasks": "OVAL_ENTITY,EVERYTHING"}, "InvalidTasks"),
    "free edition": (lambda world: {"Uuids": world.uuid("web-2")}, "FreeVersionNotPermit"),
    "unknown server": (
        {"Uuids": "00000000-0000-4000-8000-00000000dead"},
        {
            "PushTaskRsp": {
                "PushTaskResultList": [
                    {
                        "Uuid": "00000000-0000-4000-8000-00000000dead",
                        "Success": False,
                        "Online": False,
                        "Message": "MachineNotExist",
                    }
                ]
            }
        },
    ),
}


def request(world):
    scans.protect(world, "web-1", "db-1")
    uuids = [world.uuid(name) for name in ("web-1", "web-2", "db-1")]
    return {"Uuids": ",".join(uuids), "Tasks": "OVAL_ENTITY,SCA,PORT_SNAPSHOT"}


def shows(world, reply):
    rows = {row["InstanceName"]: row for row in reply["PushTaskRsp"]["PushTaskResultList"]}
    verdicts = {name: (row["Success"], row["Online"], row["Message"]) for name, row in rows.items()}
    assert verdicts == {
        "web-1": (True, True, "successful"),
        "web-2": (False, True, "FreeVersionNotPermit"),
        "db-1": (False, False, "ClientOffline"),
    }
    (task,) = scans.tasks(world, "PUSH_ALL_TASK")
    assert task["servers"] == {world.uuid("web-1"): "accepted"}
    kernel = {"AliasName": "kernel", "Uuids": world.uuid("web-1")}
    assert world.call("DescribeGroupedVul", kernel)["TotalCount"] == 0
    with world.later(scans.SCAN_SECONDS):
        assert world.call("DescribeGroupedVul", kernel)["TotalCount"] == 1
