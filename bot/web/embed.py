"""The page that shows how to put the help widget on another site: choose, see it live, copy the tag."""

import html
import json

from bot.types import LANGS
from bot.words import words

COLOR = "#0f5c63"
POSITIONS = ("bottom-right", "bottom-left", "top-right", "top-left")
EXAMPLES = ("plain", "wordpress", "google")


def embed_page(lang: str, version: str, integrity: str, sent: str = "") -> str:
    """Write the page.

    :param version: name of the widget's file as it is now
    :param integrity: its hash
    :param sent: where questions go beyond this server, "" when nowhere
    """
    say = {name: html.escape(text, quote=True) for name, text in words(lang)["embed"].items()}
    other = next(x for x in LANGS if x != lang)
    examples = "".join(f"<dt>{say[name]}</dt><dd>{say[f'{name}_how']}</dd>" for name in EXAMPLES)
    return f"""<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{say["title"]}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="favicon.ico"><link rel="stylesheet" href="ui/embed.css">
<script src="ui/embed.js" defer></script></head>
<body data-version="{version}" data-integrity="{integrity}">
<header><h1>{say["title"]}</h1><p>{say["tagline"]}</p>
<p><a href="./">{say["home"]}</a> <a href="embed?lang={other}" lang="{other}">{say["other"]}</a></p></header>
<main>
<h2>{say["choose"]}</h2>
<form id="choices">
<label>{say["color"]} <input type="color" name="color" value="{COLOR}"></label>
<label>{say["position"]} <select name="position">{_options(POSITIONS, say)}</select></label>
<label>{say["lang"]} <select name="lang">{_options(("auto", *LANGS), say)}</select></label>
<label class="wide"><input type="checkbox" name="pin"> {say["pin"]}</label>
</form>
<p>{say["preview"]}</p>
<h2>{say["copy_heading"]}</h2>
<label for="tag">{say["tag"]}</label>
<textarea id="tag" rows="4" readonly spellcheck="false"></textarea>
<p><button type="button" id="copy">{say["copy"]}</button>
<span id="said" role="status" data-words="{html.escape(json.dumps([say["copied"], say["select"]]))}"></span></p>
<h2>{say["place_heading"]}</h2>
<dl>{examples}</dl>
<label for="page">{say["address"]}</label>
<input id="page" readonly>
<h2>{say["allow_heading"]}</h2><p>{say["allow"]}</p>
<h2>{say["privacy_heading"]}</h2><p>{say["privacy"]} {html.escape(sent)}</p>
<h2>{say["script_heading"]}</h2><p>{say["script"]}</p>
</main></body></html>"""


def _options(values: tuple[str, ...], say: dict[str, str]) -> str:
    return "".join(f'<option value="{v}">{say[v]}</option>' for v in values)
