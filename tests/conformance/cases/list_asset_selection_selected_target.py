"""ListAssetSelectionSelectedTarget tells the targets of a selection, or which of some are among them."""

import steps

REFUSALS = {
    "no key": ({"SelectionKey": None}, "MissingSelectionKey"),
    "unknown key": ({"SelectionKey": steps.UNKNOWN_SERVER}, "InvalidSelectionKey"),
}


def request(world):
    key = steps.select(world, "instance", world.uuid("web-1"), world.uuid("web-2"))
    return {"SelectionKey": key, "TargetList": [world.uuid("web-2"), world.uuid("web-3")]}


def shows(world, reply):
    assert reply["Data"] == [{"TargetId": world.uuid("web-2"), "TargetName": "web-2"}]
