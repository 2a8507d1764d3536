"""Starts the simulator, and runs each test that asks for `action` or `client` once for each of them."""

import importlib
import importlib.util
import re

import pytest

pytest.register_assert_rewrite("cases", "clients", "steps", "world")

import clients
import registry
from replay import Replay
from simulator import Simulator
from world import World

PROGRAMS = {
    "sas_sim": "the simulator, a built sas-sim",
    "vendor_go": "the program of tests/conformance/go, built",
    "every_action": "the example every_action of the crate sas-client, built",
}

# One action of each product, with which every client meets every refusal.
WITH_EVERY_CLIENT = {"BindAuthToMachine", "RunCommand", "AssumeRole"}


def pytest_addoption(parser):
    for name, what in PROGRAMS.items():
        parser.addoption("--" + name.replace("_", "-"), required=True, metavar="PROGRAM", help=what)


def pytest_configure(config):
    config.addinivalue_line("markers", "narrow(*cores): with one client of each of these vendor cores instead of all clients; without arguments of each core, and with all clients for one action of each product")
    config.addinivalue_line("markers", "actions(where): for those actions only that the function takes")
    config.actions = registry.load(config.option.sas_sim)
    config.clients = clients.every(config.option.vendor_go)


def pytest_generate_tests(metafunc):
    """One test for each action, client and refusal that its fixtures ask for.

    Marks choose: `narrow` takes one client of each vendor core, or of those named, for most actions;
    `actions(where=...)` takes some actions.
    """
    names = [name for name in ("action", "client", "refusal") if name in metafunc.fixturenames]
    if not names:
        return
    marks = metafunc.definition.get_closest_marker
    every = metafunc.config.clients
    chosen = wide = every
    if narrow := marks("narrow"):
        chosen = clients.narrow(every, *[narrow.args] if narrow.args else [])
        wide = chosen if narrow.args else every
    where = marks("actions").kwargs["where"] if marks("actions") else lambda action: True
    actions = [action for action in metafunc.config.actions.values() if where(action)]
    rows = [()]
    if "action" in names:
        rows = [(action,) for action in actions]
    if "client" in names:
        rows = [
            (*row, client)
            for row in rows
            for client in (wide if row and row[0].name in WITH_EVERY_CLIENT else chosen)
            if not row or client.method in row[0].methods
        ]
    if "refusal" in names:
        rows = [(*row, refusal) for row in rows for refusal in refusals(row[0])]
    ids = ["-".join(getattr(value, "name", value) for value in row) for row in rows]
    metafunc.parametrize(names, rows, ids=ids)


@pytest.fixture(scope="session")
def running(pytestconfig):
    """The simulator with its demo world."""
    with Simulator.start(pytestconfig.option.sas_sim) as simulator:
        yield simulator


@pytest.fixture
def sim(running):
    """The simulator, put back to the world it started with."""
    running.reset()
    return running


@pytest.fixture
def world(sim, client, pytestconfig):
    """The simulated cloud through the eyes of one of the vendor's clients."""
    return World(sim, client, pytestconfig.clients, pytestconfig.actions)


@pytest.fixture
def case(action):
    """The case of the action; an action without one fails."""
    found = find_case(action)
    assert found, f"{action.name} has no case: write tests/conformance/cases/{snake(action.name)}.py"
    return found


@pytest.fixture(scope="session")
def replay(running):
    """An address that hands every request on twice."""
    with Replay(running.endpoint) as proxy:
        yield proxy


def find_case(action):
    name = "cases." + snake(action.name)
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


def refusals(action):
    case = find_case(action)
    return list(case.REFUSALS) if case else []


def snake(name):
    """AssumeRoleWithOIDC is assume_role_with_oidc."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def pytest_terminal_summary(terminalreporter):
    """The line by which `cargo xtask test` counts."""
    counts = {name: len(terminalreporter.stats.get(name, [])) for name in ("passed", "failed", "error", "skipped")}
    failed = counts["failed"] + counts["error"]
    terminalreporter.write_line(f"{counts['passed']} passed, {failed} failed, {counts['skipped']} skipped")
