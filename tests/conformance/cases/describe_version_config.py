"""DescribeVersionConfig tells what the account has bought and which modules are on."""

import json

REFUSALS = {"no account": ({"ResourceDirectoryAccountId": "mine"}, "InvalidResourceDirectoryAccountId")}


def request(world):
    return {}


def shows(world, reply):
    assert reply["Version"] == 8 and reply["HighestVersion"] == 7
    assert reply["ReleaseTime"] > reply["OpenTime"] and reply["IsPostpay"] is True
    assert json.loads(reply["PostPayModuleSwitch"])["POST_HOST"] == 1
