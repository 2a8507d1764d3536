"""AddAssetSelectionCriteria adds servers to a selection and takes them out."""

import steps

REFUSALS = {
    "no key": ({"SelectionKey": None}, "MissingSelectionKey"),
    "unknown key": ({"SelectionKey": steps.UNKNOWN_SERVER}, "InvalidSelectionKey"),
    "nothing to add": ({"TargetOperationList": None}, "InvalidTargetOperationList"),
}


def change(operation, *targets):
    return {"TargetOperationList": [{"Target": target, "Operation": operation} for target in targets]}


def request(world):
    config = {"BusinessType": steps.VIRUS_SCAN, "TargetType": "instance", "Platform": "all"}
    key = world.call("CreateAssetSelectionConfig", config)["Data"]["SelectionKey"]
    return {"SelectionKey": key} | change("add", *[world.uuid(f"web-{number}") for number in (1, 2, 3)])


def shows(world, reply):
    (key,) = world.centre()["scans"]["selections"]
    world.call("AddAssetSelectionCriteria", {"SelectionKey": key} | change("del", world.uuid("web-2")))
    targets = world.call("ListAssetSelectionSelectedTarget", {"SelectionKey": key})["Data"]
    assert {target["TargetName"] for target in targets} == {"web-1", "web-3"}
