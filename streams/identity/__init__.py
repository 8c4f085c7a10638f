"""Whose event is this? Pure: no Kafka, no clock, no environment."""

from schemas.native import compiled

__path__[:0] = compiled(__file__)
