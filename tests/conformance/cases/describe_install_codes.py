"""DescribeInstallCodes lists all codes, expired ones included."""

REFUSALS = {}


def request(world):
    return {}


def shows(world, reply):
    now = world.sim.now_milliseconds()
    codes = {row["CaptchaCode"]: row for row in reply["InstallCodes"]}
    assert codes.keys() == world.centre()["installCodes"].keys()
    assert any(row["ExpiredDate"] < now for row in codes.values())
