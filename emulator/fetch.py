"""How the module gets a firmware image: over HTTP, or from memory where no time passes."""

from __future__ import annotations

import asyncio
import http.client
import ipaddress
import logging
import socket
import ssl
import threading
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from .cloud.embedded import EmbeddedCloud
from .task import Pending

__all__ = ["HttpFetcher", "MemoryFetcher"]

CLOSED, FAILED, PROTOCOL, UNRESOLVED, BAD_URL, NO_CONNECTION, AUTH, NOT_FOUND, TIMED_OUT = (
    -3,
    -4,
    -5,
    -6,
    -7,
    -8,
    -9,
    -10,
    -11,
)
LOG = logging.getLogger("tencent_at_emulator")
SECONDS = 10.0  # of silence before a download is given up


class MemoryFetcher:
    """Serves what the embedded cloud offers, without a network."""

    def __init__(self, cloud: EmbeddedCloud) -> None:
        self.cloud = cloud

    def fetch(self, url: str, limit: int) -> Pending[bytes | int]:
        offers = [*self.cloud.offers.values(), *filter(None, [self.cloud.offer_all])]
        for offer in offers:
            if offer.url == url:
                return Pending.of(offer.data)
        return Pending.of(NOT_FOUND)


class HttpFetcher:
    """Downloads in a thread of its own and answers in the loop.

    Who sends the URL is a guest on the cloud's side, so it is fetched from this machine only, unless ``anywhere``.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float = SECONDS, anywhere: bool = False
    ) -> None:
        self.loop = loop
        self.seconds = seconds
        self.anywhere = anywhere

    def fetch(self, url: str, limit: int) -> Pending[bytes | int]:
        answer: Pending[bytes | int] = Pending()

        def work() -> None:
            got = download(url, limit, self.seconds, self.anywhere)
            try:
                self.loop.call_soon_threadsafe(answer.resolve, got)
            except RuntimeError:
                return  # the loop is closed: nobody waits any more

        threading.Thread(target=work, name="emulator download", daemon=True).start()
        return answer


class _OnThisMachine(urllib.request.HTTPRedirectHandler):
    """Follows a redirection only as far as loopback."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if not on_loopback(newurl):
            raise _Elsewhere(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Elsewhere(Exception):
    """A URL that leads to another machine."""


def on_loopback(url: str) -> bool:
    """Whether the host that a URL names is this machine: a loopback address, or ``localhost``."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def download(url: str, limit: int, seconds: float, anywhere: bool = False) -> bytes | int:
    """The body, at most ``limit`` bytes and one; or the code of the manual's 7.1."""
    if not url.lower().startswith(("http://", "https://")):
        return BAD_URL
    openers: list[urllib.request.BaseHandler] = []
    if not anywhere:
        if not on_loopback(url):
            return _refused(url)
        openers = [_OnThisMachine(), urllib.request.ProxyHandler({})]
    try:
        with urllib.request.build_opener(*openers).open(url, timeout=seconds) as response:
            body: bytes = response.read(limit + 1)
            length = response.headers.get("Content-Length")
            if length is not None and len(body) < min(int(length), limit + 1):
                return CLOSED
            return body
    except _Elsewhere as elsewhere:
        return _refused(str(elsewhere))
    except urllib.error.HTTPError as error:
        error.close()
        return {404: NOT_FOUND, 401: AUTH, 403: AUTH}.get(error.code, FAILED)
    except urllib.error.URLError as error:
        return _reason(error.reason)
    except (http.client.IncompleteRead, ConnectionError):
        return CLOSED
    except http.client.HTTPException:
        return PROTOCOL
    except TimeoutError:
        return TIMED_OUT
    except ValueError:
        return BAD_URL
    except OSError:
        return FAILED


def _refused(url: str) -> int:
    try:
        where = urlsplit(url)
    except ValueError:
        return BAD_URL
    LOG.warning(
        "%s://%s: not fetched, for it is another machine; --fetch-anywhere allows it",
        where.scheme,
        where.hostname,
    )
    return NO_CONNECTION


def _reason(reason: object) -> int:
    if isinstance(reason, socket.gaierror):
        return UNRESOLVED
    if isinstance(reason, TimeoutError):
        return TIMED_OUT
    if isinstance(reason, ssl.SSLError):
        return AUTH
    return NO_CONNECTION
