"""CheckSecurityEventId says whether alerts belong to a server."""

import steps

REFUSALS = {
    "no server": ({"Uuid": None}, "MissingUuid"),
    "an alert of another server": ({"SecurityEventIds": [str(steps.MINER)]}, {"Data": False}),
    "unknown alert": ({"SecurityEventIds": [str(steps.UNKNOWN_ALERT)]}, {"Data": False}),
}


def request(world):
    return {"Uuid": world.uuid("web-1"), "SecurityEventIds": [str(steps.LOGON)]}


def shows(world, reply):
    assert reply["Data"] is True
