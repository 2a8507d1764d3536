"""DescribeSuspEventQuaraFiles lists the files in quarantine."""

import steps

REFUSALS = {"a page that is no number": ({"CurrentPage": "first"}, "InvalidCurrentPage")}


def request(world):
    steps.quarantine(world)
    return {"CurrentPage": "1", "PageSize": "20"}


def shows(world, reply):
    with world.later(10):
        (file,) = world.call("DescribeSuspEventQuaraFiles", {"Status": "quaraDone"})["QuaraFiles"]
    assert (file["Path"], file["InstanceName"]) == ("/var/www/html/upload/a.php", "web-3")
