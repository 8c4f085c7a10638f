"""Letters that no accent makes out of another one, as a keyboard without them writes them; and marks unseen."""

#: `unicodedata` takes é apart into e and an accent; these it leaves whole.
UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"})

#: What copying from a page or a phone brings along: marks of direction, a space of no width, a byte order mark.
#: What joins letters or parts them stays: a Persian name is written with it.
_UNSEEN = dict.fromkeys(
    map(ord, "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
)


def visible(text: str) -> str:
    """A text without marks that nobody sees: with one a number fails its check, and is another record's."""
    return text if text.isascii() else text.translate(_UNSEEN)
