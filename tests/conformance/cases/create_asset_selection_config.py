"""CreateAssetSelectionConfig gives the key of a selection, which of all servers counts at once."""

import steps

REFUSALS = {
    "no business": ({"BusinessType": None}, "MissingBusinessType"),
    "no target type": ({"TargetType": None}, "MissingTargetType"),
    "unknown target type": ({"TargetType": "planet"}, "InvalidTargetType"),
    "unknown platform": ({"Platform": "beos"}, "InvalidPlatform"),
}


def request(world):
    return {"BusinessType": steps.VIRUS_SCAN, "TargetType": "all_instance", "Platform": "all"}


def shows(world, reply):
    slot = world.call("GetAssetSelectionConfig", {"BusinessType": steps.VIRUS_SCAN})["Data"]
    assert slot["SelectionKey"] == reply["Data"]["SelectionKey"]
