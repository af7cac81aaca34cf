"""A headless Chromium from the system, driven by playwright."""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]


class Browser:
    """One tab. `messages`: lines of the console and uncaught errors; `requests`: addresses it asked for."""

    def __init__(self, timeout=60):
        self.messages, self.requests = [], []
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        self.page = self._browser.new_page()
        self.page.set_default_timeout(1000 * timeout)
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def close(self):
        """End the browser."""
        self._browser.close()
        self._playwright.stop()

    def look(self, width, height=900, dark=False, media="screen"):
        """Set the window's width and height in pixels, dark mode, and the medium (``print``)."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(media=media, color_scheme="dark" if dark else "light")

    def open(self, address):
        """Load an address, a path or a URL, and wait until it is there."""
        self.page.goto("about:blank")
        self.page.goto(address if "://" in str(address) else Path(address).resolve().as_uri())

    def run(self, script):
        """Evaluate an expression in the page and return its value; a promise is awaited."""
        return self.page.evaluate(script)

    def press(self, key):
        """Press and release a key on what has the focus."""
        self.page.keyboard.press(key)

    def picture(self, path, whole=False):
        """Write a PNG of the window, or of the whole page."""
        self.page.screenshot(path=path, full_page=whole)
