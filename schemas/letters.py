"""Letters that no accent makes out of another one, as a keyboard without them writes them."""

#: `unicodedata` takes é apart into e and an accent; these it leaves whole.
UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"})
