"""The page at `/` in a real browser, with and without scripts: what it shows, and what its forms do to the cloud."""

import contextlib
import http.server
import os
import shutil
import threading

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

pytestmark = pytest.mark.narrow("sdk")

PROGRAMS = ("chromium", "chromedriver")


@pytest.fixture(scope="module", params=["scripts", "no-scripts"])
def browser(request):
    """Chromium without a window; a machine without it skips the tests of the page, CI does not."""
    chromium, driver = map(shutil.which, PROGRAMS)
    if not (chromium and driver):
        missing = "the page is not tested: install Debian's packages chromium and chromium-driver"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1300,2400"):
        options.add_argument(argument)
    if request.param == "no-scripts":
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    running = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    yield running
    running.quit()


@pytest.fixture
def page(browser, sim):
    """The page as it is now; whatever the browser had to complain about fails the test."""
    browser.get(sim.url)
    yield Page(browser)
    assert [entry["message"] for entry in browser.get_log("browser")] == []


class Page:
    """What a person sees and does on the page."""

    def __init__(self, browser):
        self._browser = browser

    def text(self):
        return self._browser.find_element(By.TAG_NAME, "main").text

    def rows(self, heading):
        """The texts of all rows of the sections with this heading."""
        return [row.text for row in self._rows(heading)]

    def row(self, heading, text):
        """The only row with this text."""
        (row,) = [row for row in self._rows(heading) if text in row.text]
        return row

    def _rows(self, heading):
        rows = f"//section[h2[.='{heading}'] or h4[.='{heading}']]//tbody/tr"
        return self._browser.find_elements(By.XPATH, rows)

    def press(self, label, within=None):
        send(self._browser, (within or self._browser).find_element(By.XPATH, f".//button[.='{label}']"))

    def centre(self, name):
        return self._browser.find_element(By.XPATH, f"//section[h3[contains(., '{name}')]]")

    def fill(self, path, within=None, **fields):
        """Fills in the form with this target and a field of the first of these names, and sends it."""
        first = next(iter(fields))
        field = f".//*[@name='{first}' and not(self::button)]"
        forms = f".//form[@action='/_sim/ui/{path}'][{field}]"
        form = (within or self._browser).find_element(By.XPATH, forms)
        for name, value in fields.items():
            field = form.find_element(By.NAME, name)
            if field.tag_name == "select":
                Select(field).select_by_value(str(value))
            else:
                field.clear()
                field.send_keys(str(value))
        send(self._browser, form.find_element(By.TAG_NAME, "button"))

    def elements(self, tag):
        return self._browser.find_elements(By.TAG_NAME, tag)


def send(browser, button):
    """Presses a button that leads to another page, and waits for that."""
    before = browser.find_element(By.TAG_NAME, "html")
    button.click()
    # Between two pages the driver may say that the node belongs to neither.
    WebDriverWait(browser, 10, ignored_exceptions=[WebDriverException]).until(staleness_of(before))


def test_the_world_is_shown(page, world):
    text = page.text()
    assert page.elements("h1")[0].text.startswith("sas-sim")
    for server in world.centre()["assets"].values():
        assert server["instanceName"] in text
    for code in world.centre()["installCodes"]:
        assert code in text
    assert any("BASELINE_STRATEGY" in row and "Succeeded" in row for row in page.rows("Scans"))
    assert world.key.id in text and world.key.secret not in text
    assert page.elements("script") == []


def test_a_server_comes_online_and_goes(page, world):
    assert world.server("db-1")["ClientStatus"] == "offline"
    page.press("Bring online", within=page.row("Servers", "db-1"))
    assert "Take offline" in page.row("Servers", "db-1").text
    assert world.server("db-1")["ClientStatus"] == "online"
    page.press("Take offline", within=page.row("Servers", "db-1"))
    assert world.server("db-1")["ClientStatus"] == "offline"


def test_a_fault_hits_and_is_removed(page, world, browser):
    error = {"status": 418, "code": "Teapot", "message": "<b>short & stout</b>"}
    page.fill("fault", kind="error", action="GetAuthSummary", count=1, **error)
    assert "<b>short & stout</b>" in page.rows("Faults")[0]
    world.refused("Teapot", "GetAuthSummary", status=418)
    browser.refresh()
    assert "418 Teapot" in page.rows("Requests")[0]
    page.press("Remove", within=page.row("Faults", "Teapot"))
    assert page.rows("Faults") == []
    world.call("GetAuthSummary")


def test_an_alert_is_raised(page, world):
    title, command = "<img src=x>", "sh -c 'true' && \"false\""
    alert = {"level": "serious", "title": title, "sourceIP": "203.0.113.77", "commandLine": command}
    page.fill("alert", within=page.centre("cn-shanghai"), uuid=world.uuid("web-2"), **alert)
    assert command in page.row("Alerts", title).text
    assert page.elements("img") == []
    listed = world.call("DescribeSuspEvents", {"Dealed": "N", "Levels": "serious", "PageSize": "100"})
    (row,) = [row for row in listed["SuspEvents"] if row["AlarmEventNameDisplay"] == title]
    assert row["Uuid"] == world.uuid("web-2") and row["EventStatus"] == 1


def test_nonsense_is_explained_and_changes_nothing(page, world, browser):
    with world.unchanged():
        page.fill("clock", set="<i>tomorrow</i>")
    assert "set:" in browser.find_element(By.CSS_SELECTOR, "[role=alert]").text
    browser.get_log("browser")  # the refusal's status


def test_the_clock_is_frozen_set_and_stepped(page, world):
    now = world.sim.control("GET", "clock")["now"]
    page.press("Freeze")
    page.fill("clock", set="2030-01-01T00:00:00Z")
    page.press("+1 day")
    assert "2030-01-02 00:00:00 UTC, frozen" in page.text()
    assert world.sim.control("GET", "clock")["now"] == "2030-01-02T00:00:00Z"
    page.fill("clock", set=now)
    page.press("Resume")
    assert "running at 1×" in page.text()


def test_what_attackers_wrote_stays_text(page, world, browser):
    attack = "</td><img src=x onerror=\"document.title=1\"><script>document.title=2</script>"
    world.sim.patch_centre({"assets": {world.uuid("web-1"): {"instanceName": attack}}})
    browser.refresh()
    assert attack in page.text()
    assert page.elements("img") == page.elements("script") == []
    assert browser.title == "sas-sim"


def test_another_sites_page_changes_nothing(page, world, browser):
    with world.unchanged(), serving(FOREIGN_PAGE.format(sim=world.sim.url)) as site:
        browser.get(site)
        send(browser, browser.find_element(By.TAG_NAME, "button"))
        assert "refused" in browser.find_element(By.TAG_NAME, "body").text
    assert not world.sim.control("GET", "clock")["frozen"]
    browser.get_log("browser")  # the refusal's status


FOREIGN_PAGE = """<!DOCTYPE html>
<form method="post" action="{sim}/_sim/ui/clock"><button name="freeze" value="true">Win a prize</button></form>
"""


@contextlib.contextmanager
def serving(text):
    """The URL of another site that has one page."""

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            """Says nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
