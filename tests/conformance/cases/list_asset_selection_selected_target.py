"""ListAssetSelectionSelectedTarget lists the targets of a selection, or those asked for."""

import scans

REFUSALS = {
    "no key": ({"SelectionKey": None}, "MissingSelectionKey"),
    "unknown key": ({"SelectionKey": "00000000-0000-4000-8000-00000000dead"}, "InvalidSelectionKey"),
    "no target of it": ({"TargetList": ["x"]}, {"Data": []}),
}


def request(world):
    return {"SelectionKey": scans.select(world, "web-1", "web-2"), "TargetList": [world.uuid("web-2"), "x"]}


def shows(world, reply):
    assert reply["Data"] == [{"TargetId": world.uuid("web-2"), "TargetName": "web-2"}]
