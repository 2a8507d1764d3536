"""DescribeSecurityEventOperations tells per alert what may be done, and what a whitelist rule may compare."""

import json

import steps

REFUSALS = {
    "no alert": ({"SecurityEventId": None}, "MissingSecurityEventId"),
    "unknown alert": ({"SecurityEventId": steps.UNKNOWN_ALERT}, "SecurityEventNotExists"),
    "an alert that is handled": ({"SecurityEventId": steps.HANDLED}, "SecurityEventNotExists"),
}


def request(world):
    steps.protect(world, "web-1")
    return {"SecurityEventId": steps.LOGON}


def shows(world, reply):
    operations = {row["OperationCode"]: row for row in reply["SecurityEventOperationsResponse"]}
    assert operations["ignore"]["UserCanOperate"] and operations["block_ip"]["UserCanOperate"]
    assert json.loads(operations["block_ip"]["OperationParams"])["expireTime"] > world.sim.now_milliseconds()
    fields = {field["FiledName"] for field in operations["advance_mark_mis_info"]["MarkFieldsSource"]}
    assert "loginUser" in fields
    other = world.call("DescribeSecurityEventOperations", {"SecurityEventId": steps.NOT_OPERABLE})
    assert not any(row["UserCanOperate"] for row in other["SecurityEventOperationsResponse"])
