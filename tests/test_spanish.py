"""Spanish is the equal of English: same entries, same law, and the language of the person on every surface."""

import pytest
from starlette.testclient import TestClient

from bot.check import problems
from bot.corpus import read_corpus
from bot.parity import fingerprint, parity_problems
from bot.reading import EASE_LIMIT, ease, label
from bot.reference import read_glossary, read_languages, read_letters
from bot.settings import ROOT
from bot.web.server import build_app
from bot.web.service import Service
from bot.words import words
from tests.conftest import change

CORPUS = ROOT / "corpus"


@pytest.fixture(scope="module")
def client(tiny):
    service = Service(tiny.settings)
    service._engine = tiny
    service._opened.set()
    with TestClient(build_app(service)) as client:
        yield client


@pytest.fixture
def pair(corpus):
    """The tiny corpus' English and Spanish deadline entries, as files that a test may change."""
    english = corpus / "en" / "evaluation" / "evaluation-deadline.md"
    spanish = corpus / "es" / "evaluation" / "evaluation-deadline.md"
    return corpus, english, spanish


def differences(corpus):
    spanish = read_corpus(corpus, "es")
    english = [e for e in read_corpus(corpus, "en") if e.id in {s.id for s in spanish}]
    return [str(p) for p in parity_problems(english, spanish)]


def test_every_entry_letter_and_term_is_there_in_both_languages():
    english, spanish = (read_corpus(CORPUS, lang) for lang in ("en", "es"))
    assert [str(p) for p in parity_problems(english, spanish)] == []
    letters = [[(x.id, x.entry, x.law) for x in read_letters(CORPUS, lang)] for lang in ("en", "es")]
    assert letters[0] == letters[1]
    terms = [[t.entry for t in read_glossary(CORPUS, lang)] for lang in ("en", "es")]
    assert terms[0] == terms[1]


def test_the_tiny_pairs_do_not_differ(corpus):
    assert differences(corpus) == []


def test_a_changed_english_entry_leaves_its_spanish_one_behind(pair):
    corpus, english, spanish = pair
    change(english, "Your state may have its own limit.", "Your state may have another limit.")
    now = next(e for e in read_corpus(corpus, "en") if e.id == "evaluation-deadline")
    assert differences(corpus) == [
        "es/evaluation/evaluation-deadline.md: the English entry has changed. "
        f'Bring this one up to date, then write `english: "{fingerprint(now)}"` at the top.'
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("60 días", "90 días", "the number 60 of the English entry is missing"),
        ("60 días", "90 días", "the number 90 is not in the English entry"),
        ("34 CFR 300.301(c)(1)", "34 CFR 300.301(c)(2)", "`law` differs from the English entry"),
        ("basis: idea", "basis: section-504", "`basis` differs"),
    ],
)
def test_law_and_numbers_are_the_same_in_both_languages(pair, old, new, says):
    corpus, _, spanish = pair
    change(spanish, old, new)
    assert says in "\n".join(differences(corpus))


def test_a_missing_entry_is_named(pair):
    corpus, _, spanish = pair
    spanish.unlink()
    english = [e for e in read_corpus(corpus, "en") if e.id == "evaluation-deadline"]
    assert "there is no Spanish entry" in str(parity_problems(english, read_corpus(corpus, "es"))[0])


def test_spanish_is_measured_by_a_formula_made_for_it(pair):
    corpus, _, spanish = pair
    assert label(ease("La escuela le manda una carta. Usted la lee en casa.")) == "muy fácil, grade 4"
    change(
        spanish,
        "Su estado puede tener",
        "No obstante consideraciones administrativas interdisciplinarias extraordinariamente especializadas, "
        "determinaciones multidisciplinarias individualizadas necesitan documentación. Su estado puede tener",
    )
    found = "\n".join(map(str, problems(read_corpus(corpus, "es"))))
    assert f"at least {EASE_LIMIT:.0f}" in found


def test_the_page_of_each_language_says_so_and_leads_to_the_other(client):
    english, spanish = client.get("/").text, client.get("/es/").text
    assert '<html lang="en">' in english and 'href="/es/?lang=es"' in english
    assert '<html lang="es">' in spanish and 'href="/?lang=en"' in spanish
    assert words("es")["page"]["tagline"] in spanish


def test_what_was_chosen_wins_over_the_browser_and_the_browser_over_english(client):
    def path(address, accept):
        return client.get(address, headers={"accept-language": accept}).url.path

    assert path("/", "en-US,en;q=0.9") == "/"
    assert path("/", "es-MX,es;q=0.9") == "/es/"
    assert path("/?lang=es", "en-US") == "/es/"
    assert path("/?lang=en", "es-MX") == "/"
    assert path("/es/", "en-US") == "/es/"
    assert path("/es/?lang=en", "es-MX") == "/"
    assert '<html lang="es">' in client.get("/topics", headers={"accept-language": "es-MX"}).text
    assert '<html lang="en">' in client.get("/topics?lang=en", headers={"accept-language": "es-MX"}).text


def test_a_chosen_language_wins_over_that_of_the_question(client):
    question = "cuanto tiempo tiene la escuela para evaluar a mi hijo"
    detected = client.post("/lite", data={"question": question}).text
    assert '<article class="turn" lang="es"' in detected
    chosen = client.get("/lite?lang=en").text
    assert '<input type="hidden" name="chosen" value="en">' in chosen
    forced = client.post("/lite", data={"question": question, "chosen": "en", "lang": "en"}).text
    assert '<article class="turn" lang="en"' in forced
    english = "how long does the school have to test my kid"
    assert '<article class="turn" lang="es"' in client.post("/lite", data={"question": english, "lang": "es"}).text


def test_a_page_that_is_not_there_is_said_in_the_visitors_language(client):
    found = client.get("/nothing", headers={"accept-language": "es"})
    assert (found.status_code, found.text) == (404, words("es")["page"]["not_found"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("que acomodaciones puede tener en el IEP", "que adaptaciones puede tener en el IEP"),
        ("que es la notificacion previa por escrito", "que es el aviso previo por escrito"),
        ("que es el ambiente menos restrictivo", "que es el entorno menos restrictivo"),
        ("tecnologia de asistencia para mi hijo", "tecnologia asistiva para mi hijo"),
        ("que son las garantias procesales", "que son las salvaguardias procesales"),
        ("que es el IEP", "que es el PEI"),
    ],
)
def test_where_usage_splits_both_words_find_the_same_entry(real, one, other):
    first, second = (real.ask(q, lang="es").citations[0].entry for q in (one, other))
    assert first == second


def test_families_of_ten_more_languages_read_how_to_ask_for_an_interpreter():
    found = read_languages(CORPUS)
    assert len({t.code for t in found.tongues}) == 10
    assert "34 CFR 300.322(e)" in found.law
    for tongue in found.tongues:
        assert len(tongue.says) >= 3 and tongue.ask and tongue.draft
        assert tongue.english in found.show.format(language=tongue.english)
