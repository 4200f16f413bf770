"""Tests the dashboard in a real browser: python3 dashboard.py SCENARIO URL TOKEN FOLDER

Runs one scenario in one browser. It exits with 0 or prints what is wrong. Screenshots go to FOLDER. The tests
(Tests/DashboardTests) start the server, with two flags and a harmful comparison."""

import json
import os
import sys
import time
import urllib.request

import checks
from devtools import Browser, Failure
from relay import Relay

FLAG = "UNIFIED_CONVERSATION_ENABLED"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>&amp;'\""


class Admin:
    """Another client of the admin port."""

    def __init__(self, url, token):
        self.url, self.token = url, token

    def ask(self, method, path, body=None, headers=None):
        request = urllib.request.Request(self.url + path, method=method, headers={
            "Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **(headers or {})})
        if body is not None:
            request.data = json.dumps(body).encode()
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def set(self, percentage, **note):
        return self.ask("PUT", f"api/v1/flags/{FLAG}", {"percentage": percentage, **note}, {"If-Match": "*"})

    def flag(self):
        return self.ask("GET", f"api/v1/flags/{FLAG}")


def expect(truth, what):
    if not truth:
        raise Failure(what)


def is_live(page):
    page.wait("document.querySelector('#link')?.dataset.state === 'live'", what="the page is live")
    page.wait("document.querySelector('#share').textContent !== '–'")


def shows(page, share, seconds=10):
    return page.wait(f"document.querySelector('#share').textContent === {json.dumps(share)}", seconds)


def is_open(page, wanted=True):
    page.wait(f"document.querySelector('#dialog').open === {json.dumps(wanted)}")


def clean(page, *allowed):
    """No script failed and nothing was blocked; responses with one of the statuses are expected."""
    problems = [problem for problem in page.problems if not any(f"status of {status}" in problem for status in allowed)]
    expect(not problems, f"the console says: {problems}")


def give_token(page, admin, token=None, name="nora"):
    page.wait("document.activeElement?.id === 'token'")
    page.type(token or admin.token)
    page.evaluate(f"document.querySelector('#name').value = {json.dumps(name)}")


# Scenarios

def loads(browser, admin, folder):
    page = browser.open(admin.url)
    is_live(page)
    shows(page, "10\u00a0%")
    page.wait("document.querySelector('#verdict').dataset.verdict === 'harmful'")
    expect("harmful" in page.text("#sentence"), "the sentence is shown")
    expect(page.evaluate("document.querySelectorAll('.guardrails tbody tr').length") == 5, "five guardrails")
    for row, threshold in ((2, "p95: over 126\u00a0ms"), (3, "p99: over 217\u00a0ms")):
        about = page.text(f".guardrails tbody tr:nth-child({row}) th")
        expect(about.endswith(f"legacy\u2019s {threshold}"), f"the threshold in force: {about}")
    page.wait("document.querySelectorAll('.chart .line').length === 10", what="five charts with two lines each")
    expect(page.evaluate("document.querySelectorAll('#flag option').length") == 2, "two flags to choose from")
    page.evaluate("document.querySelector('#table').open = true")
    page.wait("document.querySelectorAll('#table-place tbody tr').length > 0", what="the charts as a table")
    outside = [url for url in page.requested if not url.startswith((admin.url, "about:", "data:"))]
    expect(not outside, f"asked elsewhere: {outside}")
    blocked = page.evaluate("(() => { try { document.body.innerHTML = '<b>x</b>'; } catch (e) { return e.name; } })()")
    expect(blocked == "TypeError", "no text becomes markup")
    page.problems = [problem for problem in page.problems if "TrustedHTML" not in problem]
    clean(page)


def follows(browser, admin, folder):
    page = browser.open(admin.url)
    is_live(page)
    for percentage in (25, 12.5, 50):
        admin.set(percentage, by="otto", reason=f"step to {percentage}")
        took = shows(page, f"{percentage:g}\u00a0%", seconds=1)
        print(f"a change was shown after {took * 1000:.0f} ms")
    page.wait("document.querySelector('#changed').textContent.includes('otto')", 1)
    page.wait("document.querySelector('#announcer').textContent.startsWith('50')", 1)
    page.wait("document.querySelector('#trail').textContent.includes('step to 50')", 4)
    admin.ask("POST", f"api/v1/flags/{FLAG}/kill", {"by": "otto"})
    shows(page, "0\u00a0%", seconds=1)
    expect("Killed" in page.text("#state"), "killed is said")
    clean(page)


def kills_by_mouse(browser, admin, folder):
    page = browser.open(admin.url)
    is_live(page)
    page.click("#kill")
    is_open(page)
    give_token(page, admin)
    page.click("#reason")
    page.type("errors in chat")
    page.click("dialog .kill")
    is_open(page, False)
    shows(page, "0\u00a0%")
    flag = admin.flag()
    expect(not flag["enabled"] and flag["updated_by"] == "nora" and flag["reason"] == "errors in chat", f"{flag}")
    page.wait("document.querySelector('#restores button')")
    page.click("#restores button")
    is_open(page)
    page.click("dialog .go")
    shows(page, "10\u00a0%")
    expect(admin.flag()["enabled"], "restored")
    clean(page)


def kills_by_keyboard(browser, admin, folder):
    page = browser.open(admin.url)
    is_live(page)
    page.focus_by_tab("#kill")
    page.press("Enter")
    is_open(page)
    page.press("Escape")
    is_open(page, False)
    expect(page.evaluate("document.activeElement.id") == "kill", "Esc returns the focus")
    expect(admin.flag()["enabled"], "Esc changes nothing")
    page.press("Enter")
    is_open(page)
    give_token(page, admin)
    page.press("Enter")
    shows(page, "0\u00a0%")
    expect(not admin.flag()["enabled"], "killed")
    is_open(page, False)
    # With a known token the confirmation takes one key.
    page.focus_by_tab("#restores button")
    page.press("Enter")
    is_open(page)
    page.press("Enter")
    shows(page, "10\u00a0%")
    clean(page)


def explains_a_wrong_token(browser, admin, folder):
    page = browser.open(admin.url)
    is_live(page)
    page.click("#kill")
    is_open(page)
    page.click("dialog .kill")
    page.wait("document.querySelector('.problem').textContent.includes('need the token')")
    give_token(page, admin, "x" * 40)
    page.press("Enter")
    page.wait("document.querySelector('.problem').textContent.includes('not the token of this proxy')")
    expect(page.evaluate("document.querySelector('#dialog').open") and admin.flag()["enabled"], "nothing happened")
    page.wait("document.activeElement?.id === 'token'")
    page.evaluate("document.activeElement.select()")
    page.type(admin.token)
    page.press("Enter")
    shows(page, "0\u00a0%")
    kept = page.evaluate("[sessionStorage.getItem('turnout.token'), localStorage.length, document.cookie]")
    expect(kept == [admin.token, 0, ""], f"only the tab keeps the token: {kept}")
    page.click("#forget")
    expect(page.evaluate("sessionStorage.getItem('turnout.token')") is None, "forgotten")
    clean(page, 401)


def explains_a_conflict(browser, admin, folder):
    page = browser.open(admin.url)
    is_live(page)
    page.evaluate("document.querySelector('#percentage').value = ''")
    page.click("#percentage")
    page.type("120")
    page.press("Enter")
    page.wait("document.querySelector('#set-hint').textContent.includes('0 to 100')")
    page.evaluate("document.querySelector('#percentage').select()")
    page.type("70.5")
    page.press("Enter")
    is_open(page)
    expect("60.5\u00a0points at once" in page.text("dialog"), "a large step gets a warning")
    admin.set(20, by="otto", reason="mine first")
    give_token(page, admin)
    page.press("Enter")
    page.wait("document.querySelector('.problem').textContent.includes('Someone else')")
    problem = page.text(".problem")
    expect("20" in problem and "otto" in problem and "mine first" in problem, problem)
    expect(admin.flag()["percentage"] == 20, "nothing was overwritten")
    page.click("dialog .go")
    shows(page, "70.5\u00a0%")
    clean(page, 412)


def kills_one_proxy(browser, admin, folder):
    page = browser.open(admin.url)
    is_live(page)
    page.click("#kill")
    is_open(page)
    give_token(page, admin)
    page.click("#here")
    page.click("dialog .kill")
    page.wait("document.body.dataset.state === 'killed-here'")
    page.wait("document.querySelector('#warnings').textContent.includes('Only this proxy is killed by nora')")
    page.wait("document.querySelector('#restores button')?.textContent.includes('this proxy')")
    page.click("#restores button")
    is_open(page)
    page.press("Enter")
    page.wait("document.body.dataset.state === 'on'")
    clean(page)


def shows_hostile_names_as_text(browser, admin, folder):
    admin.set(11, by=HOSTILE, reason=HOSTILE)
    page = browser.open(admin.url)
    is_live(page)
    for node in ("#changed", "#trail"):
        page.wait(f"document.querySelector('{node}').textContent.includes({json.dumps(HOSTILE)})")
    page.wait(f"document.querySelector('#sentence').textContent.includes('<b>harmful</b>')")
    made = "document.querySelectorAll('main img, main script, main b, dialog img, dialog script').length"
    page.click("#preset, .preset")
    page.click("#set-button")
    is_open(page)
    admin.set(12, by=HOSTILE, reason=HOSTILE)
    give_token(page, admin, name=HOSTILE)
    page.press("Enter")
    page.wait("document.querySelector('.problem').textContent.includes('<img src=x')")
    expect(page.evaluate(made) == 0, "a text became markup")
    clean(page, 412)


def says_when_the_connection_is_lost(browser, admin, folder):
    with Relay(int(admin.url.rstrip("/").rsplit(":", 1)[1])) as relay:
        page = browser.open(f"http://127.0.0.1:{relay.port}/")
        is_live(page)
        # Without the stream the page polls, and the controls work.
        relay.cut(only="/api/v1/events")
        page.wait("document.querySelector('#link').dataset.state === 'lost'", 6)
        page.wait("document.querySelector('#announcer').textContent.includes('connection is lost')", 1)
        page.click("#kill")
        give_token(page, admin)
        page.press("Enter")
        shows(page, "0\u00a0%")
        # Without any connection the page says that the outcome is unknown.
        relay.cut()
        page.wait("/is \\d+.(s|min) old/.test(document.querySelector('#link-text').textContent)", 6)
        page.click("#restores button")
        page.press("Enter")
        page.wait("document.querySelector('.problem').textContent.includes('does not respond')")
        page.press("Escape")
        relay.restore()
        page.wait("document.querySelector('#link').dataset.state === 'live'", 12, "the page reconnects by itself")
        page.click("#restores button")
        is_open(page)
        page.press("Enter")
        shows(page, "10\u00a0%")


def fits_every_screen(browser, admin, folder):
    for percentage, author, reason in ((1, "anna", "a first step"), (5, "anna", "an hour without complaints"),
                                       (10, "otto", "half of the support team looks at it")):
        admin.set(percentage, by=author, reason=reason)
    page = browser.open(admin.url)
    is_live(page)
    page.wait("document.querySelectorAll('.guardrails tbody tr').length === 5")
    page.wait("document.querySelectorAll('.chart .line').length === 10")
    page.wait("document.querySelector('#fleet .list')")
    for dark in (False, True):
        for width in (360, 768, 1440):
            page.resize(width, 900, dark)
            time.sleep(0.3)
            name = f"{width} px, {'dark' if dark else 'light'}"
            checks.fits(page, name)
            checks.contrast(page, name)
            page.screenshot(os.path.join(folder, f"dashboard-{width}-{'dark' if dark else 'light'}.png"))
    for width in (360, 1440):
        page.resize(width, 800)
        expect(page.evaluate("document.querySelector('#kill').getBoundingClientRect().bottom < innerHeight"),
               f"the kill button is visible at {width} px")
        page.click("#kill")
        is_open(page)
        checks.fits(page, f"the dialog at {width} px")
        checks.contrast(page, f"the dialog at {width} px")
        checks.names(page)
        page.screenshot(os.path.join(folder, f"dialog-{width}.png"), full=False)
        page.press("Escape")
        is_open(page, False)
    checks.names(page)
    checks.structure(page)
    clean(page)


def main():
    scenario, url, token, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    try:
        with Browser() as browser:
            globals()[scenario](browser, Admin(url, token), folder)
    except Failure as failure:
        sys.exit(f"{scenario}: {failure}")


main()
