"""RunCommand starts a script; with an install code in it the server comes online, later."""

import base64

DRY_RUN = {"RepeatMode": "DryRun"}

REFUSALS = {
    "no instance": ({"InstanceId": None}, "MissingParam.InstanceId"),
    "unknown instance": ({"InstanceId": ["i-none"]}, "InvalidInstance.NotFound"),
    "one of two is unknown": (
        lambda world: {"InstanceId": [world.instance("web-1"), "i-none"]},
        "InvalidInstance.NotFound",
    ),
    "instance elsewhere": ({"RegionId": "cn-beijing"}, "InvalidInstance.NotFound"),
    "a script for the other system": ({"Type": "RunBatScript"}, "InvalidInstance.NotMatch"),
    "unknown type": ({"Type": "RunPython"}, "InvalidCmdType.NotFound"),
    "no Base64": ({"CommandContent": "#"}, "CmdContent.DecodeError"),
    "too long": ({"CommandContent": "x" * 24_577, "ContentEncoding": None}, "CmdContent.ExceedLimit"),
    "no frequency": ({"RepeatMode": "Period"}, "MissingParam.Frequency"),
    "a frequency that is none": ({"Frequency": "now and then"}, "InvalidParam.Frequency"),
    "no container": ({"ContainerId": "docker://shop"}, "InvalidContainerId.Malformed"),
    "instances by name and by tag": ({"ResourceTag": [{"Key": "env", "Value": "demo"}]}, "InvalidParameter.ResourceTag"),
    "unknown mode": ({"RepeatMode": "Often"}, "InvalidRepeatMode.NotFound"),
    "values nobody asked for": ({"Parameters": {"name": "value"}}, "Parameter.Disabled"),
}


def request(world):
    world.sim.patch_centre({"installCodes": {"cOdE42": {"vendorName": "ALIYUN", "groupID": 1002}}})
    script = "wget -q http://update2.aegis.aliyun.com/AliAqsInstall.sh; bash AliAqsInstall.sh -k=cOdE42 # ~*+ é"
    return {
        "RegionId": "cn-hangzhou",
        "Type": "RunShellScript",
        "CommandContent": base64.b64encode(script.encode()).decode(),
        "ContentEncoding": "Base64",
        "InstanceId": [world.instance("build-1")],
        "Timeout": 600,
    }


def shows(world, reply):
    assert reply["CommandId"].startswith("c-") and reply["InvokeId"].startswith("t-")
    assert (world.server("build-1")["ClientSubStatus"], status(world, reply)) == ("uninstalled", "Pending")
    with world.later(30):
        assert status(world, reply) == "Success"
        assert world.server("build-1")["ClientStatus"] == "offline"
    with world.later(60):
        server = world.server("build-1")
        assert (server["ClientStatus"], server["GroupId"]) == ("online", 1002)


def status(world, reply):
    query = {"RegionId": "cn-hangzhou", "InvokeId": reply["InvokeId"]}
    rows = world.call("DescribeInvocationResults", query)["Invocation"]["InvocationResults"]
    (row,) = rows["InvocationResult"]
    return row["InvocationStatus"]
