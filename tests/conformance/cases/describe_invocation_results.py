"""DescribeInvocationResults shows what a script printed, in Base64 unless asked otherwise."""

import base64

REFUSALS = {
    "too large a page": ({"MaxResults": 51}, "InvalidParameter.MaxResults"),
    "a token from nowhere": ({"NextToken": "nowhere"}, "InvalidParameter.NextToken"),
}


def request(world):
    world.sim.patch_centre({"scripts": {"long": {"contains": "seq", "exitCode": 3, "output": "é" * 12_289}}})
    run = {
        "RegionId": "cn-hangzhou",
        "Type": "RunShellScript",
        "CommandContent": "seq 1 100000; exit 3",
        "InstanceId": [world.instance("web-1"), world.instance("web-2")],
    }
    started = world.call("RunCommand", run)
    return {"RegionId": "cn-hangzhou", "InvokeId": started["InvokeId"], "MaxResults": 10}


def shows(world, reply):
    rows = reply["Invocation"]["InvocationResults"]["InvocationResult"]
    assert [row["InvocationStatus"] for row in rows] == ["Pending", "Pending"]
    query = {"RegionId": "cn-hangzhou", "InvokeId": rows[0]["InvokeId"], "MaxResults": 1}
    with world.later(10):
        first = world.call("DescribeInvocationResults", query)["Invocation"]
        (row,) = first["InvocationResults"]["InvocationResult"]
        assert (row["InvocationStatus"], row["ExitCode"]) == ("Failed", 3)
        assert (len(base64.b64decode(row["Output"])), row["Dropped"]) == (24_576, 2)
        query |= {"NextToken": first["NextToken"], "ContentEncoding": "PlainText"}
        second = world.call("DescribeInvocationResults", query)["Invocation"]
        (row,) = second["InvocationResults"]["InvocationResult"]
        assert (row["Output"], second["NextToken"]) == ("é" * 12_288, "")
