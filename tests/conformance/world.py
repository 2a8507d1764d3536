"""The simulated cloud through the eyes of one client: what cases and stories are written with."""

import contextlib

import clients


class World:
    """Calls of one client with the account's own key, and shorthands for what cases ask most."""

    def __init__(self, sim, client, every_client, actions):
        self.sim, self.client = sim, client
        self.key = clients.Key(sim.credentials["accessKeyID"], sim.credentials["accessKeySecret"])
        self._actions = actions
        self._posting = next(
            other
            for other in every_client
            if other.name == client.name.removesuffix("get").removesuffix("post") + "post"
        )

    def call(self, name, parameters=None, key=None, endpoint=None, **options):
        """One request; by POST where the action refuses the client's own method."""
        action = self._actions[name]
        client = self.client if self.client.method in action.methods else self._posting
        endpoint = endpoint or self.sim.endpoint
        return client.call(endpoint, key or self.key, action, parameters or {}, **options)

    def refused(self, code, name, parameters=None, status=None, **options):
        """The refusal of a call, which must be this one."""
        try:
            reply = self.call(name, parameters, **options)
        except clients.Refused as refusal:
            assert refusal.code == code, f"{refusal.code} instead of {code}: {refusal.message}"
            assert status in (None, refusal.status), f"HTTP {refusal.status} instead of {status}"
            return refusal
        raise AssertionError(f"{code} was expected, the reply is {reply}")

    def centre(self):
        """The data of the mainland's data centre."""
        return self.sim.world()["accounts"][self.sim.account]["dataCentres"]["cn-shanghai"]

    def uuid(self, name):
        """The uuid of the demo world's server of this name."""
        centre = self.sim.found["accounts"][self.sim.account]["dataCentres"]["cn-shanghai"]
        return next(uuid for uuid, asset in centre["assets"].items() if asset["instanceName"] == name)

    def instance(self, name):
        """The ECS instance id of the demo world's server of this name."""
        return self.centre()["assets"][self.uuid(name)]["instanceID"]

    def server(self, name):
        """The server of this name as the cloud lists it."""
        criteria = f'[{{"name":"instanceName","value":"{name}"}}]'
        rows = self.call("DescribeCloudCenterInstances", {"Criteria": criteria, "PageSize": 100})["Instances"]
        (row,) = [row for row in rows if row["InstanceName"] == name]
        return row

    def step(self, seconds):
        """So many simulated seconds pass."""
        self.sim.step(seconds)

    def later(self, seconds):
        """So many simulated seconds later, within the block."""
        return self.sim.shifted(seconds)

    @contextlib.contextmanager
    def unchanged(self):
        """Fails when the cloud's data differ after the block."""
        before = self.sim.world()
        yield
        after = self.sim.world()
        assert after == before, difference(before, after)


def difference(before, after, path=""):
    """The first place where two worlds differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before.keys() | after.keys():
            if before.get(name) != after.get(name):
                return difference(before.get(name), after.get(name), f"{path}/{name}")
    return f"{path}: {before} became {after}"
