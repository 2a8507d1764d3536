"""The actions of the simulator, as `sas-sim actions --json` lists them."""

import json
import subprocess
import typing


class Action(typing.NamedTuple):
    """Facts of one action."""

    name: str
    product: str
    version: str
    effect: str
    methods: tuple
    client_token: bool
    ram_action: str
    signed: bool


def load(program):
    """Every action by name."""
    output = subprocess.run([program, "actions", "--json"], check=True, capture_output=True, text=True).stdout
    rows = [
        Action(
            name=row["name"],
            product=row["product"],
            version=row["version"],
            effect=row["effect"],
            methods=tuple(row["methods"]),
            client_token=row["clientToken"],
            ram_action=row["ramAction"],
            signed=row.get("signed", True),
        )
        for row in json.loads(output)
    ]
    return {row.name: row for row in rows}
