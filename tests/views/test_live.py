from views.live import LastShown, Watchers


def test_nobody_is_watching_once_the_page_is_closed():
    watchers = Watchers()
    with watchers.watching("analysts", "robin"):
        assert len(watchers) == 1
    assert len(watchers) == 0


def test_two_pages_on_one_person_are_both_woken():
    watchers = Watchers()
    with watchers.watching("analysts", "robin") as one, watchers.watching("analysts", "robin") as two:
        watchers.changed("analysts", "robin")
        assert one.is_set()
        assert two.is_set()


def test_what_was_last_shown_is_known_by_its_version_alone():
    shown: LastShown[str] = LastShown()
    shown.put("session", "robin", "0:1", "first")
    shown.put("session", "robin", "0:2", "second")
    assert shown.find("session", "robin", "0:2") == "second"
    assert shown.find("session", "robin", "0:1") is None
    assert shown.find("another", "robin", "0:2") is None


def test_the_oldest_page_is_forgotten_when_there_are_too_many():
    shown: LastShown[str] = LastShown(pages_max=2)
    for person in ("a", "b", "c"):
        shown.put("session", person, "0:1", person)
    assert [shown.find("session", person, "0:1") for person in "abc"] == [None, "b", "c"]
