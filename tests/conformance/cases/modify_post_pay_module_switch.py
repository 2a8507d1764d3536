"""ModifyPostPayModuleSwitch turns pay-as-you-go modules; DescribeVersionConfig shows them, the basic service follows."""

import json

UNKNOWN_MODULE = json.dumps({"NOT_A_MODULE": 1})

REFUSALS = {
    "no instance": ({"PostPayInstanceId": None}, "MissingPostPayInstanceId"),
    "unknown instance": ({"PostPayInstanceId": "postpay-other"}, {"Code": "404", "Success": False}),
    "unknown module": ({"PostPayModuleSwitch": UNKNOWN_MODULE}, {"Code": "400", "Success": False}),
    "neither on nor off": (
        {"PostPayModuleSwitch": json.dumps({"CSPM": 2})},
        {"Code": "400", "HttpStatusCode": 400, "Success": False},
    ),
}


def request(world):
    instance = world.call("DescribeVersionConfig", {})["PostPayInstanceId"]
    return {
        "PostPayInstanceId": instance,
        "PostPayModuleSwitch": json.dumps({"CSPM": 1, "VUL": 0}),
        # Yields to the other as a whole.
        "PostPayModuleSwitchObj": {"Vul": 1, "CtdrStorage": 1},
        "EdrModuleSwitch": {"AutoBind": 1, "EDR_HOST_USAGE": 2},
    }


def shows(world, reply):
    assert (reply["Code"], reply["HttpStatusCode"], reply["Success"]) == ("200", 200, True)
    switches = shown(world)
    assert (switches["CSPM"], switches["VUL"], switches["POST_HOST"]) == (1, 0, 1)
    assert switches["BASIC_SERVICE"] == 1 and not switches.get("CTDR_STORAGE")
    off = {"PostPayModuleSwitchObj": {"Cspm": 0, "PostHost": 0}}
    instance = {"PostPayInstanceId": request(world)["PostPayInstanceId"]}
    assert world.call("ModifyPostPayModuleSwitch", instance | off)["Code"] == "200"
    assert shown(world)["BASIC_SERVICE"] == 0


def shown(world):
    return json.loads(world.call("DescribeVersionConfig", {})["PostPayModuleSwitch"])
