"""RefreshAssets answers nothing; servers that were not noticed before are listed some seconds later."""

import json

REFUSALS = {
    "unknown kind of asset": ({"AssetType": "moon"}, "InvalidAssetType"),
}


def request(world):
    world.sim.patch_centre({"assets": {world.uuid("web-3"): {"listed": False}}})
    return {"AssetType": "ecs", "Vendor": 0}


def shows(world, reply):
    assert list(reply) == ["RequestId"]
    assert found(world) == []
    with world.later(10):
        assert found(world) == ["web-3"]


def found(world):
    criteria = json.dumps([{"name": "instanceName", "value": "web-3"}])
    rows = world.call("DescribeCloudCenterInstances", {"Criteria": criteria})["Instances"]
    return [row["InstanceName"] for row in rows]
