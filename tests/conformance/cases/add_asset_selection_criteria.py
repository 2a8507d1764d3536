"""AddAssetSelectionCriteria puts targets into a selection and takes them out."""

import scans

REFUSALS = {
    "no key": ({"SelectionKey": None}, "MissingSelectionKey"),
    "unknown key": ({"SelectionKey": "00000000-0000-4000-8000-00000000dead"}, "InvalidSelectionKey"),
    "nothing to do": ({"TargetOperationList": None}, "InvalidTargetOperationList"),
    "unknown operation": (
        {"TargetOperationList": [{"Target": "x", "Operation": "keep"}]},
        "InvalidTargetOperationList.1.Operation",
    ),
}


def request(world):
    return {"SelectionKey": scans.create(world), "TargetOperationList": scans.adding(world, "web-1", "web-2")}


def shows(world, reply):
    ((key, selection),) = world.centre()["scans"]["selections"].items()
    assert selection["targets"] == [world.uuid("web-1"), world.uuid("web-2")]
    delete = [{"Target": world.uuid("web-1"), "Operation": "del"}]
    world.call("AddAssetSelectionCriteria", {"SelectionKey": key, "TargetOperationList": delete})
    search = {"Criteria": '[{"name":"instanceName","value":"db"}]', "CriteriaOperation": "add"}
    world.call("AddAssetSelectionCriteria", {"SelectionKey": key} | search)
    targets = world.call("ListAssetSelectionSelectedTarget", {"SelectionKey": key})["Data"]
    assert [target["TargetName"] for target in targets] == ["web-2", "db-1"]
