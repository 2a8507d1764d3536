"""DescribeVendorList lists the names that an install code may carry."""

REFUSALS = {}


def request(world):
    return {}


def shows(world, reply):
    assert {"ALIYUN", "OTHER"} <= set(reply["VendorNameList"])
