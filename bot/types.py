"""The frozen values that pass along the path of a question. Standard library only."""

from dataclasses import dataclass, field

LANGS = ("en", "es")

# The rule a claim stands on; each has a label and an explanation in bot/words.
BASES = ("idea", "section-504", "federal-other", "state", "practice")

# The part of an answer a passage belongs to, in the order a reader sees them.
PARTS = ("short", "means", "clock", "usually", "limits", "state", "do", "ask")

# How an answer came about: of the passages' own sentences, or worded by a language model and verified.
MADE = ("composed", "generated")

# Why an answer is what it is -> its public status. A closed list: each reason has a sentence in bot/words.
STATUS_OF_REASON = {
    "answer": "answered",
    "empty": "abstained",
    "too-long": "abstained",
    "no-words": "abstained",
    "other-language": "abstained",
    "spanish-not-ready": "abstained",
    "out-of-scope": "abstained",
    "no-doctor": "abstained",
    "no-prediction": "abstained",
    "no-evidence": "abstained",
    "unknown-law": "abstained",
    "safety": "safety",
}


class BotError(Exception):
    """Something a person can mend. Its text says what is wrong and what to do, and is shown to them."""


class CorpusError(BotError):
    """Something wrong in a corpus file; the text names file, line and reason."""


@dataclass(frozen=True)
class Passage:
    """One section of an entry: the unit that is embedded, retrieved and cited."""

    entry: str
    part: str
    title: str  # of the entry
    heading: str  # of the section; "" for the short answer
    text: str  # literal, as in the Markdown file
    sentences: tuple[str, ...]  # each a literal piece of `text`
    basis: str
    law: tuple[str, ...]
    reviewed: str
    lang: str

    def __post_init__(self) -> None:
        """Refuse a passage that no answer could cite."""
        if self.part not in PARTS or self.basis not in BASES or self.lang not in LANGS:
            raise ValueError(f"{self.entry}: unknown part, basis or language")
        if not self.sentences or any(s not in self.text for s in self.sentences):
            raise ValueError(f"{self.entry}/{self.part}: a sentence is not literally in its passage")

    @property
    def key(self) -> str:
        """Id of the passage within its language."""
        return f"{self.entry}/{self.part}"


@dataclass(frozen=True)
class Entry:
    """One Markdown file: one thing a parent wants to know."""

    id: str
    title: str
    topic: str
    basis: str
    law: tuple[str, ...]
    see: tuple[str, ...]
    reviewed: str
    questions: tuple[str, ...]  # ways people ask, in the file itself
    passages: tuple[Passage, ...]
    lang: str
    path: str  # relative to the corpus folder, for messages
    withdrawn: bool = False
    ways: tuple[str, ...] = ()  # further ways, from corpus/LANG/ways
    english: str = ""  # of a Spanish entry: hash of the English one it was written from (bot/parity.py)

    @property
    def asked(self) -> tuple[str, ...]:
        """Every way to ask that is indexed for it."""
        return (*self.questions, *self.ways)

    def passage(self, part: str) -> Passage | None:
        """Return the passage of that part, or None where the entry has no such section."""
        return next((p for p in self.passages if p.part == part), None)


@dataclass(frozen=True)
class Question:
    """What the person asked, after `understand`."""

    text: str  # cleaned, as asked
    lang: str
    asked: str = ""  # what is looked up: without orders to the machine and names of states
    parts: tuple[str, ...] = ()  # the questions of which it is made, where there are two
    pieces: tuple[str, ...] = ()  # clauses that are looked at for danger
    reason: str = ""  # set when it can be settled before searching: empty, too-long, safety, ...
    before: str = ""  # what the talk was about before this question
    recent: str = ""  # the last two things said before it
    leans: bool = False  # phrased as following from it
    place: str = ""  # the state that it names, as written in the rules
    masked: tuple[str, ...] = ()  # kinds of personal details that were taken out of the text


@dataclass(frozen=True)
class Hit:
    """One entry found, with every partial score kept. Higher is better in all of them."""

    entry: str
    score: float  # fused
    dense: float  # best cosine of the question with a question variant or title, -1..1
    several: float  # mean cosine with the nearest three of them, -1..1
    passage: float  # best cosine with a passage, -1..1
    meant: float  # log probability that the question's meaning is the entry's, up to 0 (bot/classifier.py)
    worded: float  # margin by which its words are the entry's and no other's, around -1..1 (bot/classifier.py)
    lexical: float  # BM25 score over the best of all entries, 0..1
    words: float  # BM25 score for each content word of the question, 0 and up
    coverage: float  # share of the question's word weight that the entry contains, 0..1
    crowd: float  # share of the entry's texts among those nearest to the question, 0..1


@dataclass(frozen=True)
class Decision:
    """Answer or abstain, with the reason and the features it rests on."""

    reason: str
    hits: tuple[Hit, ...] = ()
    confidence: float = 0.0  # 0..1, of the first hit being a right answer

    @property
    def status(self) -> str:
        """Public status, derived from the reason."""
        return STATUS_OF_REASON[self.reason]


@dataclass(frozen=True)
class Contact:
    """Who can help, with the date the line was last checked."""

    key: str
    name: str
    text: str
    checked: str
    url: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Citation:
    """One passage shown under an answer."""

    n: int
    entry: str
    title: str
    section: str
    basis: str
    law: tuple[str, ...]
    url: str  # official text of the first section of law; "" where there is none
    quote: str  # the whole passage, literal
    reviewed: str


@dataclass(frozen=True)
class Sentence:
    """One sentence of an answer. It cannot exist without the passages that back it."""

    text: str
    cites: tuple[int, ...]
    part: str = "short"
    entry: str = ""

    def __post_init__(self) -> None:
        """Refuse an uncited sentence."""
        if not self.cites or not self.text.strip():
            raise ValueError("a sentence needs words and at least one citation")


@dataclass(frozen=True)
class Answer:
    """What every surface shows. Status follows from the reason and the reason from the evidence."""

    question: str
    lang: str
    reason: str
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    follow_ups: tuple[str, ...] = ()  # questions that can be answered
    titles: dict[str, str] = field(default_factory=dict)  # entry id -> its title, for the headings
    evidence: tuple[Hit, ...] = ()  # what was found, best first, answered or not
    confidence: float = 0.0  # 0..1, of the first entry found being a right answer
    place: str = ""  # the state that the question names: its own rule may differ
    masked: tuple[str, ...] = ()  # kinds of personal details that were taken out of the question
    made: str = "composed"  # of the passages' own sentences; or "generated": worded by a model, each sentence verified
    growing: bool = False  # a language model is still writing: more verified sentences follow
    limit: int = 1000  # longest question, for the sentence that says so

    def __post_init__(self) -> None:
        """Hold the promise: answered means cited sentences, and every mark leads to a shown passage."""
        if self.reason not in STATUS_OF_REASON:
            raise ValueError(f"unknown reason {self.reason!r}")
        if self.made not in MADE:
            raise ValueError(f"unknown way of making {self.made!r}")
        if (self.status == "answered") != bool(self.sentences):
            raise ValueError("an answer has sentences exactly when it is answered")
        shown = {c.n for c in self.citations}
        if any(n not in shown for s in self.sentences for n in s.cites):
            raise ValueError("a sentence cites a passage that is not shown")

    @property
    def status(self) -> str:
        """Derive answered, abstained or safety."""
        return STATUS_OF_REASON[self.reason]
