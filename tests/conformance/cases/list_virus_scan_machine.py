"""ListVirusScanMachine lists servers once a virus scan has finished with them."""

import steps

REFUSALS = {"no page": ({"CurrentPage": None}, "MissingCurrentPage")}


def request(world):
    steps.scan_for_viruses(world)
    return {"CurrentPage": 1, "PageSize": 20, "Remark": "web"}


def shows(world, reply):
    assert reply["Data"] == []
    with world.later(300):
        rows = world.call("ListVirusScanMachine", {"CurrentPage": 1, "PageSize": 20, "Remark": "web"})["Data"]
    found = {row["InstanceName"]: row["EventCount"] for row in rows}
    assert found == {"web-1": 0, "web-2": 1, "web-3": 0, "web-4": 0}
