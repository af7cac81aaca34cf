"""A tab of the browser that the fixture `browser` starts."""

import contextlib


@contextlib.contextmanager
def tab(browser, **options):
    """Yield a page: `said` are the lines of its console and uncaught errors, `asked` the addresses it wanted."""
    page = browser.new_page(**options)
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    with contextlib.closing(page):
        yield page
