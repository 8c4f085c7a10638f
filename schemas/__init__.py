"""What a fact is: Avro records, closed vocabularies, code lists, codec, topics, derived ids. Imports none of ours."""
