"""The vendor's two Go cores, which tests/conformance/go drives by one line of JSON per request."""

import functools
import json
import subprocess

from clients import model
from clients.common import Refused, wire


class Program:
    """The running program; it answers one request after the other and ends when its input does."""

    def __init__(self, path):
        self.path = path
        self.darabonba = functools.partial(Go, self, "darabonba")
        self.sdk_go = functools.partial(Go, self, "sdkgo")

    @functools.cached_property
    def process(self):
        return subprocess.Popen([self.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, request):
        print(json.dumps(request), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        assert answer, f"{self.path} ended"
        return json.loads(answer)


class Go:
    """One Go core with one signature and method."""

    def __init__(self, program, core, signature, method):
        self.name = f"{core}-{signature}-{method}".lower()
        self.program, self.core, self.signature, self.method = program, core, signature, method

    def call(self, endpoint, key, action, parameters):
        sent = wire(action, parameters)
        answer = self.program.ask(
            {
                "core": self.core,
                "signature": self.signature,
                "endpoint": endpoint,
                "accessKeyID": key.id,
                "accessKeySecret": key.secret,
                "securityToken": key.token or "",
                "version": action.version,
                "action": action.name,
                "method": self.method,
                "auth": sent.auth,
                "query": sent.query,
                "body": sent.body,
            }
        )
        if "failure" in answer:
            raise ConnectionError(answer["failure"])
        if "refusal" in answer:
            refusal = answer["refusal"]
            raise Refused(
                refusal["code"],
                refusal["status"],
                refusal["message"],
                request_id=refusal["requestID"],
                retry_after=refusal.get("retryAfter"),
                denial=refusal.get("denial"),
                same_text=refusal.get("sameText"),
                throttled=refusal.get("throttled"),
            )
        model.check(action, answer["body"])
        return answer["body"]
