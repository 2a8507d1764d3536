"""OperationCancelIgnoreSuspEvent makes an ignored alert pending again."""

import steps

REFUSALS = {
    "no alerts": ({"SecurityEventIds": None}, "MissingSecurityEventIds"),
    "an alert that nobody ignores": ({"SecurityEventIds": [str(steps.MINER)]}, "OperationTaskNotExists"),
}


def request(world):
    steps.handle(world, "ignore", steps.LOGON)
    world.step(10)
    assert steps.alert_status(world, steps.LOGON) == 2
    return {"SecurityEventIds": [str(steps.LOGON)], "Remark": "not so sure"}


def shows(world, reply):
    assert (reply["Success"], reply["Code"], reply["HttpStatusCode"]) == (True, "200", 200)
    assert steps.alert_status(world, steps.LOGON) == 1
