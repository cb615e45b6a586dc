"""How often one client may ask: counted by the `limits` library, in memory or in a Redis."""

import logging
import math
import time
from ipaddress import IPv6Address, IPv6Network, ip_address

from limits import RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string
from starlette.requests import Request

from bot.settings import Settings
from bot.types import BotError

_HOME = 64  # bits of an IPv6 address that one home or school has for itself
_log = logging.getLogger(__name__)


class Limiter:
    """Counts the requests of each client in a moving window of a minute. An address is kept no longer than that."""

    def __init__(self, settings: Settings) -> None:
        """Connect to where requests are counted.

        :raises BotError: when a Redis is set and its client library is missing
        """
        self._header = settings.client_header
        self._item = RateLimitItemPerMinute(settings.requests_per_minute)
        self._counter = MovingWindowRateLimiter(_storage(settings.redis))

    async def seconds_to_wait(self, request: Request) -> int:
        """Count a request.

        :returns: 0 when it may go on, else the whole seconds after which the client may ask again
        """
        client = client_of(request, self._header)
        try:
            if await self._counter.hit(self._item, client):
                return 0
            stats = await self._counter.get_window_stats(self._item, client)
        except StorageError as error:  # a parent's answer matters more than the count
            _log.warning("Requests cannot be counted: %s", type(error.storage_error).__name__)
            return 0
        return max(1, math.ceil(stats.reset_time - time.time()))


def client_of(request: Request, header: str = "") -> str:
    """Name the client of a request by its address; of an IPv6 address the part that its network was given.

    :param header: header that the own proxy sets; of several addresses the last counts, the one that proxy wrote
    """
    written = request.headers.getlist(header)[-1:] if header else []
    peer = request.client.host if request.client else ""
    for text in [*(w.rsplit(",", 1)[-1].strip() for w in written), peer]:
        try:
            address = ip_address(text)
        except ValueError:
            continue
        address = getattr(address, "ipv4_mapped", None) or address
        if isinstance(address, IPv6Address):
            return str(IPv6Network((address, _HOME), strict=False))
        return str(address)
    return peer


def _storage(redis: str) -> Storage:
    options: dict[str, str | bool] = {"implementation": "redispy", "wrap_exceptions": True} if redis else {}
    try:
        storage = storage_from_string(f"async+{redis or 'memory://'}", **options)
    except ConfigurationError as error:
        raise BotError('IEP_REDIS needs a package more. Install it: pip install "iep-explainer[redis]".') from error
    if not isinstance(storage, Storage):
        raise BotError("IEP_REDIS is not usable. Write redis://host:port.")
    return storage
