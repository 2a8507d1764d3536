"""DescribeCommands lists what was kept; other commands are gone when they ran."""

from cases import invoke_command

REFUSALS = {
    "no such region": ({"RegionId": "cn-atlantis"}, "InvalidRegionId.NotFound"),
    "a token from nowhere": ({"NextToken": "nowhere"}, "InvalidParameter.NextToken"),
}


def request(world):
    kept = invoke_command.request(world)["CommandId"]
    return {"RegionId": "cn-hangzhou", "CommandId": kept, "ContentEncoding": "PlainText", "MaxResults": 10}


def shows(world, reply):
    (command,) = reply["Commands"]["Command"]
    assert command["CommandContent"] == "echo {{ who }}"
    assert command["ParameterNames"]["ParameterName"] == ["who"]
    assert (command["Timeout"], reply["NextToken"]) == (60, "")
