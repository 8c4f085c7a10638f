"""Who may: agreements, audiences, prohibitions and rule cards as data, general Rego, and the one gate."""

from schemas.native import compiled

__path__[:0] = compiled(__file__)
