"""DescribeSecurityEventMarkMissList lists the whitelist rules."""

import json

import steps

REFUSALS = {
    "no page": ({"CurrentPage": None}, "MissingCurrentPage"),
    "no page size": ({"PageSize": None}, "MissingPageSize"),
}


def request(world):
    rule = {"uuid": "ALL", "field": "loginUser", "operate": "strEqual", "fieldValue": "root"}
    steps.handle(world, "advance_mark_mis_info", steps.LOGON, MarkMissParam=json.dumps([rule]))
    world.step(10)
    return {"CurrentPage": 1, "PageSize": 20}


def shows(world, reply):
    (rule,) = reply["List"]
    assert (rule["Field"], rule["Operate"], rule["FieldValue"]) == ("loginUser", "strEqual", "root")
    assert rule["Uuid"] == "ALL" and reply["PageInfo"]["TotalCount"] == 1
