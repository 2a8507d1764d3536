"""RollbackSuspEventQuaraFile takes a file out of quarantine."""

import steps

REFUSALS = {
    "no file": ({"QuaraFileId": None}, "MissingQuaraFileId"),
    "unknown file": ({"QuaraFileId": 1}, "IllegalParam"),
}


def request(world):
    steps.quarantine(world)
    world.step(10)
    (file,) = world.call("DescribeSuspEventQuaraFiles", {"Status": "quaraDone"})["QuaraFiles"]
    return {"QuaraFileId": file["Id"], "From": "sas"}


def shows(world, reply):
    with world.later(10):
        assert [file["Status"] for file in world.call("DescribeSuspEventQuaraFiles")["QuaraFiles"]] == [
            "rollbackDone"
        ]
