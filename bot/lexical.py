"""The lexical half of the search: BM25 over one text for each entry, and how much of a question an entry covers."""

import logging
import re
from collections import Counter, defaultdict

import bm25s
import numpy as np

from bot.types import Entry
from bot.wording import content_words, fold, stemmed

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG


class Lexical:
    """BM25 over one text for each entry, and the share of a question's word weight that an entry contains."""

    def __init__(self, entries: dict[str, Entry], lang: str) -> None:
        """Index the entries of one language; title and short answer count more than once."""
        self.lang = lang
        self.ids = list(entries)
        tokens = [self.stems(_searchable(e)) for e in entries.values()]
        self._bm25 = bm25s.BM25(k1=1.2, b=0.6)
        self._bm25.index(tokens, show_progress=False)
        self._places: dict[str, list[int]] = defaultdict(list)  # stem -> the entries that have it
        for at, words in enumerate(tokens):
            for word in set(words):
                self._places[word].append(at)
        total = len(tokens)
        self._idf = {w: float(np.log(1 + (total - len(p) + 0.5) / (len(p) + 0.5))) for w, p in self._places.items()}
        self._unknown = float(np.log(1 + total))  # a word that no entry has counts most
        # Word -> how often the entries have it.
        self.vocabulary = Counter(w for e in entries.values() for w in re.findall(r"\w+", fold(_searchable(e))))

    def stems(self, text: str) -> list[str]:
        """Content words of a text, stemmed."""
        return stemmed(content_words(text, self.lang), self.lang)

    def entries_with(self, word: str) -> int:
        """How many entries hold a word."""
        return sum(len(self._places.get(stem, ())) for stem in self.stems(word))

    def scores(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """BM25 score (0 and up) and coverage (0..1) of every entry, in the order of `ids`."""
        stems = self.stems(text)
        known = [s for s in stems if s in self._idf]
        covered = np.zeros(len(self.ids))
        if not known:
            return covered, covered
        whole = sum(self._idf.get(s, self._unknown) for s in set(stems))
        for stem in set(known):
            covered[self._places[stem]] += self._idf[stem] / whole
        return np.asarray(self._bm25.get_scores(known)), covered


def _searchable(entry: Entry) -> str:
    """Text of an entry for the lexical half."""
    short = entry.passages[0].text
    rest = " ".join(p.text for p in entry.passages[1:])
    sections = re.findall(r"\d+\.\d+", " ".join(x for p in entry.passages for x in p.law))  # "what is 300.503"
    return " ".join([entry.title, entry.title, *entry.asked, short, short, rest, *dict.fromkeys(sections)])
