"""InvokeCommand runs a command that was kept."""

DRY_RUN = {"RepeatMode": "DryRun"}

REFUSALS = {
    "unknown command": ({"CommandId": "c-none"}, "InvalidCmdId.NotFound"),
    "no instance": ({"InstanceId": None}, "MissingParam.InstanceId"),
    "unknown instance": ({"InstanceId": ["i-none"]}, "InvalidInstance.NotFound"),
    "values nobody asked for": ({"Parameters": {"name": "value"}}, "Parameter.NotMatched"),
}


def request(world):
    keep = {
        "RegionId": "cn-hangzhou",
        "Type": "RunShellScript",
        "CommandContent": "echo {{ who }}",
        "EnableParameter": True,
        "KeepCommand": True,
        "InstanceId": [world.instance("web-1")],
    }
    command_id = world.call("RunCommand", keep)["CommandId"]
    return {
        "RegionId": "cn-hangzhou",
        "CommandId": command_id,
        "InstanceId": [world.instance("web-2")],
        "Parameters": {"who": "me"},
    }


def shows(world, reply):
    query = {"RegionId": "cn-hangzhou", "InvokeId": reply["InvokeId"]}
    (invocation,) = world.call("DescribeInvocations", query)["Invocations"]["Invocation"]
    assert invocation["Parameters"] == '{"who":"me"}'
    (run,) = invocation["InvokeInstances"]["InvokeInstance"]
    assert (run["InstanceId"], run["InvocationStatus"]) == (world.instance("web-2"), "Pending")
