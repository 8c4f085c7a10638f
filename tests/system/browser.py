"""The pages of a running stack, as somebody reads them whose browser runs no scripts."""

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request

from tests.system.stack import Stack


class Browser:
    """Signs in and follows links, as a browser without JavaScript."""

    def __init__(self, stack: Stack) -> None:
        self.home = f"http://127.0.0.1:{stack.port}"
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.seen: dict[str, str] = {}

    def open(self, path: str, **form: str) -> str:
        """A page, or a form sent; its address afterwards is in `at`."""
        data = urllib.parse.urlencode(form).encode() if form else None
        request = urllib.request.Request(self.home + path, data, {"Origin": self.home, "Sec-Fetch-Site": "same-origin"})
        try:
            with self._opener.open(request, timeout=30) as answer:
                self.at, text = answer.url, answer.read().decode()
        except urllib.error.HTTPError as refused:
            self.at, text = request.full_url, refused.read().decode()
        self.seen[f"{path} {sorted(form)}"] = text + str(self.at)
        return text
