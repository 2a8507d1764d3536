"""UpdateSelectionKeyByType makes a selection count; the account has one slot, and the last one wins."""

import steps

REFUSALS = {
    "no key": ({"SelectionKey": None}, "MissingSelectionKey"),
    "no business": ({"BusinessType": None}, "MissingBusinessType"),
    "unknown key": ({"SelectionKey": steps.UNKNOWN_SERVER}, "InvalidSelectionKey"),
}


def request(world):
    config = {"BusinessType": steps.VIRUS_SCAN, "TargetType": "instance", "Platform": "all"}
    key = world.call("CreateAssetSelectionConfig", config)["Data"]["SelectionKey"]
    return {"SelectionKey": key, "BusinessType": steps.VIRUS_SCAN}


def shows(world, reply):
    slot = {"BusinessType": steps.VIRUS_SCAN}
    first = world.call("GetAssetSelectionConfig", slot)["Data"]["SelectionKey"]
    assert first in world.centre()["scans"]["selections"]
    other = steps.select(world, "group", "1001")
    assert world.call("GetAssetSelectionConfig", slot)["Data"]["SelectionKey"] == other != first
