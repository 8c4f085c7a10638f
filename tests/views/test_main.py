import pytest

from schemas.errors import InvalidAgreement
from views.__main__ import Settings, compose, main, refuse_beyond_loopback
from views.actors import SYNTHETIC_ACTORS
from views.errors import UnsafeHost


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_alone_may_reach_the_pages(host):
    refuse_beyond_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org", ""])
def test_synthetic_sign_in_is_refused_where_others_could_reach_it(host):
    with pytest.raises(UnsafeHost, match="will not listen"):
        refuse_beyond_loopback(host)


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("FANLIGHT_BROKER", "127.0.0.1:19092")
    monkeypatch.setenv("FANLIGHT_BROKER_USERNAME", "views")
    monkeypatch.setenv("FANLIGHT_BROKER_PASSWORD", "not-shown")
    monkeypatch.setenv("FANLIGHT_VIEWS_PORT", "8123")
    settings = Settings()
    assert (settings.connection().username, settings.views_port) == ("views", 8123)
    assert "not-shown" not in repr(settings)


def test_a_username_without_its_password_is_one_sentence(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("FANLIGHT_VIEWS_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("FANLIGHT_BROKER_USERNAME", "views")
    assert main() == 1
    assert capsys.readouterr().err.startswith("views: broker 127.0.0.1:9092: a username comes with a password")


def test_pages_do_not_show_other_policies_than_those_that_were_started(tmp_path):
    with pytest.raises(InvalidAgreement, match="and 0123 is to run"):
        compose(Settings(views_state_dir=tmp_path, policy_revision="0123"))


def test_only_people_of_the_audiences_served_may_sign_in(tmp_path):
    settings = Settings(views_state_dir=tmp_path, views_audiences="designated-safeguarding-lead")
    services, _ = compose(settings)
    assert sorted(services.actors) == ["board-casey-example", "lead-morgan-example"]


def test_where_some_audiences_are_served_no_steward_signs_in_without_being_asked_for(tmp_path):
    named = Settings(
        views_state_dir=tmp_path, views_audiences="designated-safeguarding-lead", views_remits="identity-county"
    )
    services, _ = compose(named)
    assert [actor for actor in services.actors.values() if actor.remit] == [services.actors["steward-jordan-example"]]
    assert set(compose(Settings(views_state_dir=tmp_path))[0].remits) == {
        "identity-county", "identity-police-social-care",
    }  # fmt: skip


@pytest.mark.parametrize(
    "named", [{"views_audiences": "safeguarding-lead"}, {"views_remits": "identity-county county"}]
)
def test_an_audience_or_remit_that_is_not_there_is_told(tmp_path, named):
    with pytest.raises(InvalidAgreement, match=r"names (safeguarding-lead|county); there are (designated|identity)-"):
        compose(Settings(views_state_dir=tmp_path, **named))


def test_where_nobody_may_see_a_pair_none_is_kept(tmp_path, synthetic, bus):
    services, _ = compose(Settings(views_state_dir=tmp_path))
    services.ingest.apply(bus.batch(bus.review(synthetic.review_of())))
    services.model.db.close()
    services, _ = compose(Settings(views_state_dir=tmp_path, views_audiences="designated-safeguarding-lead"))
    assert services.model.db.execute("SELECT count(*) FROM reviews").fetchone()[0] == 0
    assert "identity.reviews" not in dict(services.model.offsets())


def test_nobody_opens_both_a_timeline_and_a_pair_of_records():
    assert [actor for actor in SYNTHETIC_ACTORS if actor.audience and (actor.remit or actor.governs)] == []
    assert [actor for actor in SYNTHETIC_ACTORS if actor.remit and actor.governs] == []
