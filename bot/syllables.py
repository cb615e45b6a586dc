"""How hard a text is to read, by counting alone: an estimate that needs no package (bot/reading.py is exact)."""

import re
import unicodedata

_VOWELS = {"en": r"[aeiouy]+", "es": r"[aeiouáéíóúü]+"}


def syllables(word: str, lang: str) -> int:
    """About how many syllables a word has."""
    plain = word.lower() if lang == "es" else unicodedata.normalize("NFD", word.lower())
    groups = re.findall(_VOWELS[lang], plain)
    count = len(groups)
    if lang == "en" and re.search(r"[^aeiouyl]e$|[^dt]ed$", plain) and count > 1:
        count -= 1
    if lang == "es":  # two strong vowels are two syllables
        count += sum(len(re.findall(r"[aeoáéíóú](?=[aeoáéíóú])", g)) for g in groups)
    return max(1, count)


def grade(sentences: list[str], lang: str) -> float:
    """School grade that a text needs, lower is easier.

    English: Flesch-Kincaid. Spanish: the ease of Fernandez Huerta put on the same scale.
    """
    words = [w for s in sentences for w in re.findall(r"[^\W_]+(?:['’][^\W_]+)*", s)]
    if not words:
        return 0.0
    length = len(words) / len(sentences)
    sounds = sum(syllables(w, lang) for w in words) / len(words)
    if lang == "es":
        return (121.0 - (206.84 - 60.0 * sounds - 1.02 * length)) / 7.0
    return 0.39 * length + 11.8 * sounds - 15.59
