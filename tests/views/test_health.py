import re

import pytest

from views.ingest import SubscriptionHealth


def test_the_process_answers(client):
    assert client.get("/livez").json() == {"live": True}


def test_ready_means_the_broker_answers_and_nearly_all_is_read(client):
    assert client.get("/readyz").json() == {"ready": True, "why": "", "behind": 0, "unreadable": 0}


@pytest.mark.parametrize(
    ("health", "why"),
    [
        (
            SubscriptionHealth(reachable=False, behind=0, why="the broker has stopped answering"),
            "the broker has stopped answering",
        ),
        (SubscriptionHealth(reachable=True, behind=501), "still reading what the bus holds"),
        (SubscriptionHealth(reachable=True, behind=None), "still reading what the bus holds"),
    ],
    ids=["broker silent", "far behind", "not known"],
)
def test_what_is_not_ready_says_why(client, services, health, why):
    services.subscription.state = health
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["why"]) == (503, why)


def test_metrics_name_nobody(analyst, synthetic):
    analyst.get(f"/people/{synthetic.ROBIN}")
    text = analyst.get("/metrics").text
    assert 'fanlight_views_looks_total{action="timeline"}' in text
    assert not re.search(r"(?i)robin|specimen|avery|[0-9a-f]{8}-[0-9a-f]{4}", text)


def test_no_number_tells_that_something_was_withheld(analyst, services, bus, synthetic):
    def told():
        numbers = analyst.get("/metrics").text.splitlines()
        return [line for line in numbers if line.startswith("fanlight") and "_created" not in line]

    before = told()
    refused = synthetic.decision_of(synthetic.entry("nhs.health_condition", "2026-11-01"), "DENY")
    services.ingest.apply(bus.batch(bus.decision(refused)))
    assert told() == before
