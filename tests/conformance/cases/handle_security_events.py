"""HandleSecurityEvents handles up to twenty alerts, all of them or none; their status moves a moment later."""

import json

import steps

REFUSALS = {
    "no alerts": ({"SecurityEventIds": None}, "MissingSecurityEventIds"),
    "no operation": ({"OperationCode": None}, "MissingOperationCode"),
    "unknown operation": ({"OperationCode": "forgive"}, "IllegalParam"),
    "an id that is no number": ({"SecurityEventIds": ["first"]}, "InvalidSecurityEventId"),
    "one unknown alert": ({"SecurityEventIds": [str(steps.LOGON), "424242"]}, "SecurityEventNotExists"),
    "an alert that is handled": ({"SecurityEventIds": [str(steps.HANDLED)]}, "SecurityEventNotExists"),
    "an alert that nobody may handle": ({"SecurityEventIds": [str(steps.NOT_OPERABLE)]}, "NoPermission"),
    "more than twenty": ({"SecurityEventIds": [str(number) for number in range(21)]}, "IllegalParam"),
    "a block without its end": ({"OperationCode": "block_ip"}, "IllegalParam"),
}


def request(world):
    return {
        "OperationCode": "ignore",
        "OperationParams": "{}",
        "SecurityEventIds": [str(steps.LOGON), str(steps.MINER)],
    }


def shows(world, reply):
    assert reply["HandleSecurityEventsResponse"]["TaskId"] > 0
    with world.later(10):
        assert [steps.alert_status(world, alert) for alert in (steps.LOGON, steps.MINER)] == [2, 2]
    steps.protect(world, "ack-node-1")
    expiry = world.sim.now_milliseconds() + 3_600_000
    steps.handle(world, "block_ip", steps.REVERSE_SHELL, OperationParams=json.dumps({"expireTime": expiry}))
    rule = {"uuid": "part", "field": "md5", "operate": "strEqual", "fieldValue": "7d79"}
    marked = json.dumps([rule])
    steps.handle(world, "advance_mark_mis_info", steps.WEB_SHELL, MarkMissParam=marked)
    with world.later(10):
        assert steps.alert_status(world, steps.REVERSE_SHELL) == 32
        assert steps.alert_status(world, steps.WEB_SHELL) == 8
