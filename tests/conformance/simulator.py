"""The simulator's control interface, as docs/simulator.md describes it."""

import json
import urllib.error
import urllib.request


class Simulator:
    """Talks to /_sim/ and remembers the world it found, to put it back before each check."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.endpoint = self.url.removeprefix("http://")
        self.found = self.control("GET", "world")
        # The first key with nothing to forbid it is the one the drivers use.
        self.account = next(iter(self.found["accounts"]))

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sim/{path}", data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} /_sim/{path}: {error.read().decode()}") from error

    def reset(self):
        """The world as it was found, without rate limits; the nonces stay used."""
        self.control("PUT", "world", self.found)
        self.patch_account({"rateLimits": None})
        self.control("DELETE", "faults")

    def patch_account(self, patch):
        return self.control("PATCH", "world", {"accounts": {self.account: patch}})

    def patch_centre(self, patch, centre="cn-shanghai"):
        return self.patch_account({"dataCentres": {centre: patch}})

    def fault(self, **rule):
        return self.control("POST", "faults", rule)["id"]

    def step(self, seconds):
        return self.control("POST", "clock", {"stepSeconds": seconds})

    def last_request(self):
        return self.control("GET", "requests")["requests"][-1]
