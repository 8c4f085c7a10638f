"""Which engine settings name."""

from policies.engines import EmbeddedEngine, OpaEngine, open_engine


def test_settings_name_the_embedded_engine_or_the_address_of_a_server(policy):
    opened = [open_engine(where, policy) for where in ("embedded", "http://127.0.0.1:8181", "https://opa.example.org")]
    assert [type(engine) for engine in opened] == [EmbeddedEngine, OpaEngine, OpaEngine]
