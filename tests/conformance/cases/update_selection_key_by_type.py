"""UpdateSelectionKeyByType makes a selection count; there is one place, and the last one in keeps it."""

import scans

REFUSALS = {
    "no business type": ({"BusinessType": None}, "MissingBusinessType"),
    "no key": ({"SelectionKey": None}, "MissingSelectionKey"),
    "key of another business": ({"BusinessType": "VIRUS_SCAN_CYCLE_CONFIG"}, "InvalidSelectionKey"),
}


def request(world):
    return {"BusinessType": scans.VIRUS, "SelectionKey": scans.create(world)}


def shows(world, reply):
    slot = world.call("GetAssetSelectionConfig", {"BusinessType": scans.VIRUS})["Data"]
    assert slot["SelectionKey"] in world.centre()["scans"]["selections"]
    other = scans.select(world, "web-1")
    assert world.call("GetAssetSelectionConfig", {"BusinessType": scans.VIRUS})["Data"]["SelectionKey"] == other
