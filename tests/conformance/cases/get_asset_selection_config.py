"""GetAssetSelectionConfig shows which selection counts."""

import scans

REFUSALS = {
    "no business type": ({"BusinessType": None}, "MissingBusinessType"),
    "business type as a number": ({"BusinessType": "1"}, "InvalidBusinessType"),
}


def request(world):
    scans.create(world, "all_instance", Platform="linux")
    return {"BusinessType": scans.VIRUS}


def shows(world, reply):
    ((key, _),) = world.centre()["scans"]["selections"].items()
    assert reply["Data"] == {"SelectionKey": key, "TargetType": "all_instance", "Platform": "linux"}
