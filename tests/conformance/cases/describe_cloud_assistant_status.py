"""DescribeCloudAssistantStatus says with a text whether cloud assistant has a heartbeat."""

REFUSALS = {
    "unknown instance": ({"InstanceId": ["i-none"]}, "InvalidInstance.NotFound"),
    "instance elsewhere": ({"RegionId": "cn-beijing"}, "InvalidInstance.NotFound"),
    "too large a page": ({"InstanceId": None, "MaxResults": 51}, "InvalidParameter.MaxResults"),
}


def request(world):
    return {"RegionId": "cn-hangzhou", "InstanceId": [world.instance("web-1"), world.instance("web-2")]}


def shows(world, reply):
    rows = reply["InstanceCloudAssistantStatusSet"]["InstanceCloudAssistantStatus"]
    assert [row["CloudAssistantStatus"] for row in rows] == ["true", "true"]
    world.sim.patch_centre({"assets": {world.uuid("web-2"): {"cloudAssistant": "offline"}}})
    rows = world.call("DescribeCloudAssistantStatus", request(world))
    rows = rows["InstanceCloudAssistantStatusSet"]["InstanceCloudAssistantStatus"]
    assert [row["CloudAssistantStatus"] for row in rows] == ["true", "false"]
