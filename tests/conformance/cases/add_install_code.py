"""AddInstallCode answers nothing about the code; the list shows it."""

REFUSALS = {
    "unknown system": ({"Os": "beos"}, "InvalidOs"),
    "unknown vendor": ({"VendorName": "NOBODY"}, "InvalidVendorName"),
    "unknown group": ({"GroupId": 424242}, "InvalidGroupId"),
    "expired already": ({"ExpiredDate": 1}, "InvalidExpiredDate"),
}


def request(world):
    expiry = world.sim.now_milliseconds() // 1000 * 1000 + 86_400_123
    return {"Os": "windows", "VendorName": "OTHER", "ExpiredDate": expiry, "OnlyImage": True}


def shows(world, reply):
    assert list(reply) == ["RequestId"]
    known = world.sim.found["accounts"][world.sim.account]["dataCentres"]["cn-shanghai"]["installCodes"]
    rows = world.call("DescribeInstallCodes")["InstallCodes"]
    (added,) = [row for row in rows if row["CaptchaCode"] not in known]
    assert (added["Os"], added["VendorName"], added["OnlyImage"]) == ("windows", "OTHER", True)
    assert added["ExpiredDate"] % 1000 == 123
