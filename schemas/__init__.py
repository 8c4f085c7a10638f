"""What a fact is: Avro records, closed vocabularies, code lists, codec, topics, derived ids. Imports none of ours."""

from schemas.native import compiled

__path__[:0] = compiled(__file__)
