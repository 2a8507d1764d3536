"""DescribeSecurityEventOperationStatus follows a task: each alert succeeds or fails for itself."""

import steps

REFUSALS = {
    "no task": ({"TaskId": None}, "MissingTaskId"),
    "no alerts": ({"SecurityEventIds": None}, "MissingSecurityEventIds"),
    "unknown task": ({"TaskId": 1}, "OperationTaskNotExists"),
}


def request(world):
    steps.protect(world, "web-2", "db-1")
    alerts = (steps.MINER, steps.OFFLINE_MINER)
    task = steps.handle(world, "kill_process", *alerts, OperationParams="{}")
    return {"TaskId": task, "SecurityEventIds": [str(alert) for alert in alerts]}


def shows(world, reply):
    status = reply["SecurityEventOperationStatusResponse"]
    assert status["TaskStatus"] in ("Pending", "Processing")
    (row, _) = status["SecurityEventOperationStatuses"]
    assert row["Status"] == "Processing" and "ErrorCode" not in row
    task = world.sim.last_request()["parameters"]["TaskId"]
    again = {"TaskId": int(task), "SecurityEventIds": [str(steps.MINER), str(steps.OFFLINE_MINER)]}
    with world.later(10):
        reply = world.call("DescribeSecurityEventOperationStatus", again)
    status = reply["SecurityEventOperationStatusResponse"]
    assert status["TaskStatus"] == "Failure"
    results = [(row["Status"], row["ErrorCode"]) for row in status["SecurityEventOperationStatuses"]]
    assert results == [("Success", "kill_process.Success"), ("Failed", "kill_process.AgentOffline")]
