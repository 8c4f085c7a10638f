"""Whose event is this? Pure: no Kafka, no clock, no environment."""
