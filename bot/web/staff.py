"""The staff page of the kiosk: a hashed PIN, throttled, and counts. Make a PIN with `python -m bot.web.staff`."""

import getpass
import hashlib
import hmac
import secrets
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version

from bot.ask import Engine
from bot.types import BotError
from bot.web.layout import e
from bot.words import words

DIGITS = (6, 12)  # fewest and most of a PIN
FREE_TRIES = 3  # wrong ones in a row before there is a wait
LONGEST_WAIT = 900  # seconds
COUNTED = ("answered", "abstained", "safety")


def hash_pin(pin: str, salt: str = "") -> str:
    """Hash a PIN with scrypt (RFC 7914), slow on purpose.

    :param salt: hexadecimal; default: a new one
    :returns: "scrypt:SALT:HASH", with no character that a shell or an environment file would change
    """
    salt = salt or secrets.token_hex(16)
    return f"scrypt:{salt}:{hashlib.scrypt(pin.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32).hex()}"


class Door:
    """Checks a PIN, one at a time. After a few wrong ones each try must wait twice as long as the one before."""

    def __init__(self, hashed: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Remember what is right.

        :param hashed: as made by `hash_pin`
        :param clock: seconds
        """
        self._hashed = hashed
        self._clock = clock
        self._wrong = 0
        self._closed_until = 0.0
        self._trying = threading.Lock()

    def seconds_to_wait(self) -> int:
        """Seconds until the next try counts, 0 when it may be now."""
        return max(0, round(self._closed_until - self._clock() + 0.5)) if self._closed_until > self._clock() else 0

    def opens(self, pin: str) -> bool:
        """Whether the PIN is right. A try that comes too early is not looked at."""
        with self._trying:
            if self.seconds_to_wait():
                return False
            if hmac.compare_digest(hash_pin(pin[: DIGITS[1]], self._hashed.split(":")[1]), self._hashed):
                self._wrong = 0
                return True
            self._wrong += 1
            if self._wrong >= FREE_TRIES:
                wait = min(LONGEST_WAIT, 2 ** min(self._wrong - FREE_TRIES + 2, 20))
                self._closed_until = self._clock() + wait
            return False


def report(engine: Engine, counts: Counter[str], seconds: float, lang: str) -> str:
    """What the staff page shows, as HTML.

    :param counts: status of an answer -> how many since the start
    :param seconds: since the start
    """
    say = words(lang)["staff"]
    minutes = int(seconds // 60)
    shown = say["minutes"].format(days=minutes // 1440, hours=minutes // 60 % 24, minutes=minutes % 60)
    rows = [(say["version"], version("iep-explainer")), (say["uptime"], shown)]
    for name, entries in engine.index.entries.items():
        if not entries:
            continue
        rows.append((f"{say['entries']} ({name})", str(len(entries))))
        rows.append((f"{say['corpus']} ({name})", max(x.reviewed for x in entries.values())))
    rows += [(say[status], str(counts[status])) for status in COUNTED]
    return f"<dl>{''.join(f'<dt>{e(k)}</dt><dd>{e(v)}</dd>' for k, v in rows)}</dl><p>{e(say['note'])}</p>"


def main() -> int:
    """Ask for a PIN twice and write the line for the settings.

    :returns: 0; 1 when the PIN cannot be used
    """
    try:
        sys.stdout.write(f"IEP_STAFF_PIN={hash_pin(_ask_pin())}\n")
    except BotError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _ask_pin() -> str:
    pin = getpass.getpass("New staff PIN: ")
    if not pin.isdecimal() or not pin.isascii() or not DIGITS[0] <= len(pin) <= DIGITS[1]:
        raise BotError(f"That PIN cannot be used. Choose {DIGITS[0]} to {DIGITS[1]} digits.")
    if getpass.getpass("Once more: ") != pin:
        raise BotError("The two PINs differ. Start again.")
    return pin


if __name__ == "__main__":
    sys.exit(main())
