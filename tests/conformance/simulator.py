"""A running simulator and its control interface, as docs/simulator.md describes it."""

import contextlib
import http.client
import json
import subprocess


class Simulator:
    """Talks to /_sim/ and remembers the world it found, to put it back before each test."""

    def __init__(self, url, credentials):
        self.url = url.rstrip("/")
        self.endpoint = self.url.removeprefix("http://")
        self.credentials = credentials
        self._connection = http.client.HTTPConnection(self.endpoint, timeout=10)
        self.found = self.control("GET", "world")
        self.account = next(iter(self.found["accounts"]))
        self._stepped = self._seen = 0

    @classmethod
    @contextlib.contextmanager
    def start(cls, program, *arguments):
        """Runs `sas-sim serve` on a free port until the block ends."""
        command = [program, "serve", *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                ready = json.loads(process.stdout.readline())
                yield cls(ready["url"], ready["credentials"])
            finally:
                process.terminate()

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body)
        self._connection.request(method, f"/_sim/{path}", body=data)
        reply = self._connection.getresponse()
        text = reply.read().decode()
        if reply.status >= 400:
            raise RuntimeError(f"{method} /_sim/{path}: {text}")
        return json.loads(text) if text else None

    def reset(self):
        """World and clock as they were found, without rate limits and faults; the nonces stay used."""
        # The log holds thousands of requests in the end: each look takes only what is new.
        self._seen = max((record["seq"] for record in self.requests()), default=self._seen)
        self.step(-self._stepped)
        self.control("PUT", "world", self.found)
        self.patch_account({"rateLimits": None})
        self.control("DELETE", "faults")

    def world(self):
        return self.control("GET", "world")

    def patch(self, patch):
        return self.control("PATCH", "world", patch)

    def patch_account(self, patch):
        return self.patch({"accounts": {self.account: patch}})

    def patch_centre(self, patch, centre="cn-shanghai"):
        return self.patch_account({"dataCentres": {centre: patch}})

    def fault(self, **rule):
        return self.control("POST", "faults", rule)["id"]

    def step(self, seconds):
        """So many simulated seconds pass, until the next reset."""
        self._stepped += seconds
        self.control("POST", "clock", {"stepSeconds": seconds})

    @contextlib.contextmanager
    def shifted(self, seconds):
        """The simulated clock differs by so much within the block."""
        self.step(seconds)
        try:
            yield
        finally:
            self.step(-seconds)

    def now_milliseconds(self):
        return self.control("GET", "clock")["nowMilliseconds"]

    def requests(self):
        """The requests since the last reset, oldest first."""
        return self.control("GET", f"requests?after={self._seen}")["requests"]

    def last_request(self):
        return self.requests()[-1]
