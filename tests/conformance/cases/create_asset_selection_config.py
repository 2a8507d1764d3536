"""CreateAssetSelectionConfig answers the key of a new selection, a uuid."""

import uuid

import scans

REFUSALS = {
    "no business type": ({"BusinessType": None}, "MissingBusinessType"),
    "business type as a number": ({"BusinessType": "1"}, "InvalidBusinessType"),
    "no target type": ({"TargetType": None}, "MissingTargetType"),
    "unknown target type": ({"TargetType": "all"}, "InvalidTargetType"),
    "unknown platform": ({"Platform": "bsd"}, "InvalidPlatform"),
}


def request(world):
    return {"BusinessType": scans.VIRUS, "TargetType": "instance", "Platform": "all"}


def shows(world, reply):
    data = reply["Data"]
    assert str(uuid.UUID(data["SelectionKey"])) == data["SelectionKey"]
    assert (data["BusinessType"], data["TargetType"], data["Platform"]) == (scans.VIRUS, "instance", "all")
    assert world.centre()["scans"]["selections"][data["SelectionKey"]]["targets"] == []
    assert "Data" not in world.call("GetAssetSelectionConfig", {"BusinessType": scans.VIRUS})
