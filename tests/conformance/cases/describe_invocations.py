"""DescribeInvocations sums up a call of RunCommand over its instances."""

from cases import run_command

REFUSALS = {
    "output of everything": ({"InvokeId": None, "IncludeOutput": True}, "MissingInvokeId"),
    "no page": ({"PageNumber": 0}, "InvalidParameter.PageNumber"),
}


def request(world):
    started = world.call("RunCommand", run_command.request(world))
    return {"RegionId": "cn-hangzhou", "InvokeId": started["InvokeId"], "IncludeOutput": True}


def shows(world, reply):
    (invocation,) = reply["Invocations"]["Invocation"]
    assert (invocation["InvocationStatus"], invocation["InvokeStatus"]) == ("Pending", "Running")
    with world.later(60):
        query = {"RegionId": "cn-hangzhou", "InvokeId": invocation["InvokeId"]}
        (invocation,) = world.call("DescribeInvocations", query)["Invocations"]["Invocation"]
        assert (invocation["InvocationStatus"], invocation["InvokeStatus"]) == ("Success", "Finished")
