"""CreateOrUpdateAssetGroup makes a group; a server leaves the group that it was in."""

REFUSALS = {
    "neither id nor name": ({"GroupName": None}, "MissingGroupName"),
    "unknown group": ({"GroupId": 424242}, "InvalidGroupId"),
    "a name that is taken": ({"GroupName": "web"}, "GroupNameRepeated"),
}


def request(world):
    return {"GroupName": "blue é", "Uuids": f"{world.uuid('web-1')},{world.uuid('db-1')}"}


def shows(world, reply):
    blue = reply["GroupId"]
    groups = {row["GroupId"]: row["GroupName"] for row in world.call("DescribeAllGroups")["Groups"]}
    assert groups[blue] == "blue é"
    assert [world.server(name)["GroupId"] for name in ("web-1", "web-2", "db-1")] == [blue, 1001, blue]
    shorter = {"GroupId": blue, "GroupName": "blue é", "Uuids": world.uuid("web-1")}
    assert world.call("CreateOrUpdateAssetGroup", shorter)["GroupId"] == blue
    assert [world.server(name)["GroupId"] for name in ("web-1", "db-1")] == [blue, 0]
    world.sim.patch_centre({"settings": {"groups": {"update": "add"}}})
    world.call("CreateOrUpdateAssetGroup", shorter | {"Uuids": world.uuid("web-2")})
    assert [world.server(name)["GroupId"] for name in ("web-1", "web-2")] == [blue, blue]
