"""GetAssetSelectionConfig tells the selection that counts, whoever made it."""

import steps

REFUSALS = {"no business": ({"BusinessType": None}, "MissingBusinessType")}


def request(world):
    steps.select(world, "group", "1001")
    return {"BusinessType": steps.VIRUS_SCAN}


def shows(world, reply):
    assert (reply["Data"]["TargetType"], reply["Data"]["Platform"]) == ("group", "all")
    other = world.call("GetAssetSelectionConfig", {"BusinessType": "VIRUS_SCAN_CYCLE_CONFIG"})
    assert "Data" not in other
