"""ModifyPushAllTask answers for each server; free servers cannot be scanned."""

import steps

REFUSALS = {
    "no servers": ({"Uuids": None}, "MissingUuids"),
    "no tasks": ({"Tasks": None}, "MissingTasks"),
    "unknown task": ({"Tasks": "OVAL_ENTITY,TEA_BREAK"}, "InvalidTasks"),
    "a free server": (lambda world: {"Uuids": world.uuid("web-3")}, "FreeVersionNotPermit"),
}


def request(world):
    steps.protect(world, "web-1", "db-1")
    return {"Uuids": f"{world.uuid('web-1')},{world.uuid('db-1')}", "Tasks": "OVAL_ENTITY,SYSVUL,HEALTH_CHECK"}


def shows(world, reply):
    rows = {row["Uuid"]: row for row in reply["PushTaskRsp"]["PushTaskResultList"]}
    taken, offline = rows[world.uuid("web-1")], rows[world.uuid("db-1")]
    assert (taken["Success"], taken["Online"], taken["InstanceName"]) == (True, True, "web-1")
    assert (offline["Success"], offline["Online"]) == (False, False)
