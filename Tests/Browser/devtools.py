"""Drives Chromium through a pipe (Chrome DevTools Protocol), with the standard library only. Messages are JSON, each ended
by a zero byte: https://chromedevtools.github.io/devtools-protocol/"""

import base64
import json
import os
import select
import subprocess
import tempfile
import time

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--no-default-browser-check",
    "--disable-extensions", "--mute-audio", "--hide-scrollbars", "--remote-debugging-pipe", "about:blank",
]
KEYS = {"Enter": 13, "Escape": 27, "Tab": 9, " ": 32, "ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35}


class Failure(Exception):
    """The page did not do what it should."""


class Browser:
    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="turnout-browser-", ignore_cleanup_errors=True)
        self.stderr = tempfile.TemporaryFile()
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()
        # bash, because dash refuses descriptor numbers of two digits, which occur when the test has many files open.
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "bash", "/usr/bin/chromium",
             f"--user-data-dir={self.profile.name}", *ARGUMENTS],
            pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=self.stderr)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.last_id = 0
        self.pages = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.write_end)
        os.close(self.read_end)
        self.profile.cleanup()

    def call(self, method, parameters=None, session=None, seconds=20):
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        try:
            os.write(self.write_end, json.dumps(message).encode() + b"\0")
        except BrokenPipeError:
            raise self.ended() from None
        wanted, deadline = self.last_id, time.monotonic() + seconds
        while True:
            response = self.receive(deadline)
            if response is None:
                raise Failure(f"the browser does not respond to {method}")
            if response.get("id") == wanted:
                if "error" in response:
                    raise Failure(f"{method}: {response['error']['message']}")
                return response["result"]

    def receive(self, deadline):
        """The next message; events also go to their pages. None after the deadline."""
        while b"\0" not in self.buffer:
            if not select.select([self.read_end], [], [], max(0, deadline - time.monotonic()))[0]:
                return None
            part = os.read(self.read_end, 1 << 20)
            if not part:
                raise self.ended()
            self.buffer += part
        text, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(text)
        page = self.pages.get(message.get("sessionId"))
        if page and "method" in message:
            page.note(message["method"], message["params"])
        return message

    def ended(self):
        self.stderr.seek(0)
        said = self.stderr.read().decode(errors="replace")
        return Failure(f"the browser has exited; its output:\n{said[-2000:]}")

    def open(self, url, width=1280, height=800, dark=False, reduced_motion=True):
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = self.pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.resize(width, height, dark, reduced_motion)
        page.call("Page.navigate", {"url": url})
        return page


class Page:
    def __init__(self, browser, session):
        self.browser = browser
        self.session = session
        # Errors of scripts, warnings of the console, violations of the Content-Security-Policy.
        self.problems = []
        self.requested = []

    def note(self, event, parameters):
        if event == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description") or details["text"])
        elif event == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.problems.append(" ".join(str(part.get("value", "")) for part in parameters["args"]))
        elif event == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            entry = parameters["entry"]
            self.problems.append(f"{entry['source']}: {entry['text']} {entry.get('url', '')}")
        elif event == "Network.requestWillBeSent":
            self.requested.append(parameters["request"]["url"])

    def call(self, method, parameters=None):
        return self.browser.call(method, parameters, self.session)

    def resize(self, width, height, dark=False, reduced_motion=True):
        self.call("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.call("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if reduced_motion else "no-preference"}]})

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", {
            "expression": expression, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in result:
            raise Failure(f"{expression}: {result['exceptionDetails']['exception'].get('description')}")
        return result["result"].get("value")

    def wait(self, expression, seconds=10, what=None):
        """Waits until the expression is true; returns how long that took."""
        start = time.monotonic()
        while True:
            if self.evaluate(f"Boolean({expression})"):
                return time.monotonic() - start
            if time.monotonic() - start > seconds:
                body = self.evaluate("document.body.innerText")
                raise Failure(f"after {seconds} s still not: {what or expression}\n{body}\n{self.problems}")
            time.sleep(0.02)

    def text(self, selector):
        return self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText")

    def press(self, key, shift=False):
        event = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": KEYS[key],
                 "modifiers": 8 if shift else 0}
        text = {"Enter": "\r", " ": " "}.get(key)
        down = dict(event, type="keyDown" if text else "rawKeyDown", **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", down)
        self.call("Input.dispatchKeyEvent", dict(event, type="keyUp"))

    def type(self, text):
        self.call("Input.insertText", {"text": text})

    def click(self, selector):
        """Clicks the middle of the element, which must be on top there."""
        point = self.evaluate(f"""(() => {{
            const node = document.querySelector({json.dumps(selector)});
            if (!node) return null;
            node.scrollIntoView({{ block: 'center', behavior: 'instant' }});
            const box = node.getBoundingClientRect();
            const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
            return node.contains(document.elementFromPoint(x, y)) ? {{ x, y }} : null;
        }})()""")
        if point is None:
            raise Failure(f"{selector} cannot be clicked")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", dict(point, type=kind, button="left", clickCount=1))

    def focus_by_tab(self, selector, most=60):
        """Presses Tab until the element has the focus."""
        for _ in range(most):
            if self.evaluate(f"document.activeElement?.matches({json.dumps(selector)})"):
                return
            self.press("Tab")
        raise Failure(f"Tab never reaches {selector}")

    def screenshot(self, path, full=True):
        data = self.call("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": full})["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
