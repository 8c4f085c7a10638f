import threading
from dataclasses import replace

from starlette.testclient import TestClient

from views.app import create


def test_pages_that_come_and_go_at_once_ask_who_is_signed_in_in_one_thread(services, synthetic):
    """Python leaves it to whoever shares a connection among threads to keep them apart, and here nobody does."""
    threads: set[int] = set()

    def clock():
        threads.add(threading.get_ident())
        return services.clock()

    application = create(replace(services, clock=clock))
    with TestClient(application, base_url=synthetic.HERE, headers=synthetic.FORM, follow_redirects=False) as client:
        for actor in ("analyst-avery-example", "board-casey-example", "steward-jordan-example"):
            synthetic.sign_in(client, actor, None)
            for page in ("/find", "/decisions", "/reviews", "/no-such-page"):
                client.get(page)
    assert len(threads) == 1
