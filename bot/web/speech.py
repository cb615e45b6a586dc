"""Which language a visitor gets: what was chosen wins, then what the browser prefers, then English."""

from starlette.requests import HTTPConnection

from bot.types import LANGS


def chosen(asked: str | None, page: str = "en") -> str | None:
    """The language that answers must be in, None where the question decides.

    :param asked: `lang` of the address, when somebody chose it
    :param page: language of the page; one that is not English was chosen too
    """
    return asked if asked in LANGS else page if page != "en" else None


def spoken(connection: HTTPConnection, langs: tuple[str, ...] = LANGS) -> str:
    """The language of a page.

    :param langs: languages that have answers
    """
    asked = connection.query_params.get("lang")
    first = connection.headers.get("accept-language", "").split(",")[0].split("-")[0].split(";")[0].strip().lower()
    return next((x for x in (asked, first) if x in langs), langs[0])
