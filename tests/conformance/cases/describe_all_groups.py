"""DescribeAllGroups lists all groups, the default one with flag 0."""

REFUSALS = {}


def request(world):
    return {"Lang": "en"}


def shows(world, reply):
    flags = {row["GroupName"]: row["GroupFlag"] for row in reply["Groups"]}
    assert flags == {"default": 0, "web": 1, "database": 1}
    assert reply["Count"] == 3
    assert {row["GroupId"] for row in reply["Groups"]} == {0, 1001, 1002}
