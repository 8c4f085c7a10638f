import pytest

from views import finding
from views.finding import FOUND_MAX, Question, find
from views.references import short_reference


@pytest.fixture
def ask(services, clock, synthetic):
    def asked(purpose=synthetic.MISSING, audience=synthetic.ANALYSTS, **parts):
        return find(services.model, audience, purpose, Question(**parts), clock())

    return asked


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"name": "robin specimen"}, ("name matches (Robin, Specimen)",)),
        ({"name": "SPECIMEN, Robin"}, ("name matches (Specimen, Robin)",)),
        ({"name": "spec"}, ("name begins with what you typed (Specimen)",)),
        ({"name": "rob spec"}, ("name begins with what you typed (Robin, Specimen)",)),
        ({"birth_date": "2011-03-27"}, ("date of birth matches",)),
        ({"identifier": "999 000 0018"}, ("identifier or reference matches",)),
        ({"identifier": "yp-32c2hb"}, ("identifier or reference matches",)),
        ({"name": "Robin", "birth_date": "2011-03-27"}, ("name matches (Robin)", "date of birth matches")),
    ],
    ids=str,
)
def test_a_person_is_found_and_it_is_said_why(ask, synthetic, parts, why):
    assert [(found.person, found.why) for found in ask(**parts).found] == [(synthetic.ROBIN, why)]


@pytest.mark.parametrize(
    "parts",
    [{"name": "robin other"}, {"birth_date": "2011-03-28"}, {"name": "robin", "birth_date": "2011-03-28"}, {}],
    ids=str,
)
def test_nobody_is_found_who_does_not_fit_all_that_was_asked(ask, parts):
    assert ask(**parts).found == ()


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("a", "name begins with what you typed (Avery Jo)"),
        ("jo", "name matches (Avery Jo)"),
        ("zo", "name begins with what you typed (Zoë)"),
        ("robin zoe", "name matches (Robin, Zoë)"),
    ],
)
def test_it_is_said_which_name_fits_though_the_list_shows_another(ask, services, synthetic, bus, typed, why):
    named = synthetic.CARD | {"middle_names": "Zoë", "aliases": ["Avery Jo"]}
    details = synthetic.entry("police.person_details", "2025-02-01", person=named)
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline([details]))))
    assert [found.why for found in ask(name=typed).found] == [(why,)]


def test_whoever_is_known_by_the_number_of_one_agency_is_found_by_it_after_another_gave_its_own(
    ask, services, synthetic, bus
):
    told = [
        ("nhs.person_details", "2025-02-01", "nhs-number:9990000018"),
        ("school.person_details", "2026-02-01", "upn:A1"),
    ]
    made = [synthetic.entry(kind, on, person={"identifiers": [number]}) for kind, on, number in told]
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline(made))))
    for number in ("9990000018", "A1"):
        assert [found.person for found in ask(identifier=number).found] == [synthetic.ROBIN]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Łukasz", "lukasz"),
        ("Wałęsa", "WALESA"),
        ("Sørensen", "sorensen"),
        ("Dvořák", "dvorak"),
        ("Þórr", "thorr"),
        ("Weiß", "weiss"),
        ("O’Neill", "O'Neill"),
        ("O‘Neill", "oneill"),
        ("O´Neill", "O`Neill"),
        ("Ma\u00adria", "maria"),
    ],
)
def test_a_name_is_found_as_any_keyboard_writes_it(ask, services, synthetic, bus, written, typed):
    details = synthetic.entry("police.person_details", "2025-02-01", person={"given_name": written})
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline([details]))))
    for asked in (typed, written):
        assert [found.why for found in ask(name=asked).found] == [(f"name matches ({written})",)]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("O’Brien", "O Brien"),
        ("O Brien", "O'Brien"),
        ("O Brien", "obrien"),
        ("Mac Giolla Phádraig", "MacGiolla Phadraig"),
        ("Anne-Marie", "annemarie"),
        ("Annemarie", "Anne Marie"),
        ("Annemarie", "anne-marie"),
    ],
)
def test_a_name_is_found_whether_it_was_written_in_one_word_or_two(ask, services, synthetic, bus, written, typed):
    details = synthetic.entry("police.person_details", "2025-02-01", person={"family_name": written})
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline([details]))))
    assert [found.why for found in ask(name=typed).found] == [(f"name matches ({written})",)]


@pytest.mark.parametrize("typed", ["brien", "o bri", "o brien x", "obrien o sullivan"])
def test_half_a_name_is_no_name_of_its_own(ask, services, synthetic, bus, typed):
    details = synthetic.entry("police.person_details", "2025-02-01", person={"family_name": "O’Brien"})
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline([details]))))
    assert ask(name=typed).found == ()


@pytest.mark.parametrize(("born", "said"), [("2011-03", "March 2011"), ("2011", "2011")])
def test_who_was_born_on_a_day_that_is_not_known_is_found_by_as_much_of_it_as_is(
    ask, services, synthetic, bus, born, said
):
    details = synthetic.entry("police.person_details", "2025-02-01", person=synthetic.CARD | {"birth_date": born})
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline([details]))))
    why = f"date of birth matches, as far as it is known ({said})"
    assert [found.why for found in ask(birth_date="2011-03-27").found] == [(why,)]
    assert ask(birth_date="2012-04-27").found == ()


def test_a_name_that_another_purpose_was_given_is_never_said_to_fit(ask, services, synthetic, bus):
    other = f"Ro{synthetic.CANARY}"
    elsewhere = [synthetic.grant({}, {"aliases": 1}, purpose="exploitation-mace-l1")]
    told = [
        synthetic.entry("police.person_details", "2025-02-01", person=synthetic.CARD),
        synthetic.entry("police.person_details", "2025-02-02", person={"aliases": [other]}, grants=elsewhere),
    ]
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline(told))))
    begins = "name begins with what you typed"
    assert [found.why for found in ask(name="ro").found] == [(f"{begins} (Robin)",)]
    assert [found.why for found in ask(purpose="exploitation-mace-l1", name="ro").found] == [(f"{begins} ({other})",)]


def test_nobody_is_found_under_a_purpose_that_no_clause_passes_them_for(ask):
    assert ask(purpose="s47-enquiry", name="robin").found == ()


def test_nobody_is_found_by_a_name_that_another_purpose_was_given(ask, synthetic):
    assert ask(name=synthetic.CANARY).found == ()
    assert ask(purpose="exploitation-mace-l1", name=synthetic.CANARY).found != ()


def test_nobody_is_found_by_another_audience(ask, synthetic):
    assert ask(audience=synthetic.LEADS, name="robin").found == ()


def test_nobody_is_found_by_the_last_digits_of_a_shortened_identifier(ask):
    assert ask(identifier="4X").found == ()


def test_nobody_is_found_once_the_agreement_that_passed_their_name_has_ended(ask, services, synthetic, bus, clock):
    ending = [synthetic.grant({}, synthetic.CARD, valid_until=synthetic.NOW.replace(hour=13))]
    details = synthetic.entry("police.person_details", "2025-02-01", person=synthetic.CARD, grants=ending)
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline([details]))))
    assert ask(name="robin").found != ()
    clock.pass_time(hours=2)
    assert ask(name="robin").found == ()


def test_too_many_to_tell_apart_are_not_shown_at_all(ask, services, synthetic, bus):
    people = [synthetic.person_id(f"p{n}") for n in range(FOUND_MAX)]
    details = synthetic.entry("police.person_details", "2025-02-01", person=synthetic.CARD)
    services.ingest.apply(bus.batch(*(bus.timeline(synthetic.timeline([details], person=p)) for p in people)))
    answer = ask(name="robin")
    assert (answer.found, answer.too_many) == ((), True)


@pytest.mark.parametrize(("digit", "letter"), [("0", "O"), ("1", "I"), ("1", "l")])
def test_a_reference_is_found_as_it_was_heard(ask, services, synthetic, bus, digit, letter):
    people = (synthetic.person_id(f"child {number}") for number in range(999))
    person = next(each for each in people if digit in short_reference(each))
    details = synthetic.entry("police.person_details", "2025-02-01", person=synthetic.CARD)
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline([details], person=person))))
    heard = short_reference(person).replace(digit, letter)
    assert [found.person for found in ask(identifier=heard).found] == [person]
    assert ask(identifier=heard.replace("YP", "XP")).found == ()


def test_the_reference_of_a_person_joined_with_another_finds_that_one_where_the_purpose_does(
    ask, services, synthetic, bus
):
    old, older = (synthetic.person_id(name) for name in ("old", "older"))
    joined = [synthetic.timeline([], person=p, redirect=to) for p, to in ((old, synthetic.ROBIN), (older, old))]
    services.ingest.apply(bus.batch(*map(bus.timeline, joined)))
    for reference in map(short_reference, (old, older)):
        (found,) = ask(identifier=reference).found
        assert found.person == synthetic.ROBIN
        assert found.why == (f"{reference} has been found to be the same young person",)
        assert ask(identifier=reference, name="robin").found != ()
        assert ask(identifier=reference, name="somebody else").found == ()
        assert ask(purpose="s47-enquiry", identifier=reference).found == ()
        assert ask(audience=synthetic.LEADS, identifier=reference).found == ()


def test_accents_and_apostrophes_do_not_hide_a_name():
    assert finding.words_of("Zoë O’Néill-Hart") == ["zoe", "oneill", "hart"]


@pytest.mark.parametrize(
    ("born", "years"),
    [
        ("2011-11-22", 15),
        ("2011-11-23", 14),
        ("2011", None),
        (None, None),
        ("2026-11-22", 0),
        ("2026-11-23", None),
    ],
)
def test_age_is_said_where_the_whole_birth_date_is_known_and_has_come(today, born, years):
    assert finding.age(born, today) == years


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"birth_date": "2011-03-27"}, ("Date of birth", "27 March 2011, aged 15")),
        ({"birth_date": "2011-03-27", "birth_date_accuracy": "AAA"}, ("Date of birth", "27 March 2011, aged 15")),
        ({"birth_date": "2010-01-01", "birth_date_accuracy": "EEE"},
         ("Date of birth", "1 January 2010 (estimated), aged about 16")),
        ({"birth_date": "2010", "birth_date_accuracy": "UUE"}, ("Date of birth", "2010 (estimated)")),
        ({"birth_date": "2011-03"}, ("Date of birth", "March 2011")),
        ({"birth_date": "2026-11-22"}, ("Date of birth", "22 November 2026, aged 0")),
        ({"birth_date": "2026-11"}, ("Date of birth", "November 2026")),
        ({"birth_date": "2026-11-23"}, ("Expected date of birth", "23 November 2026")),
        ({"birth_date": "2027"}, ("Expected date of birth", "2027")),
        ({"birth_date": "2026-10-01", "birth_date_expected": True}, ("Expected date of birth", "1 October 2026")),
        ({"given_name": "Robin"}, None),
    ],
)  # fmt: skip
def test_a_birth_is_told_as_exactly_as_it_is_known_and_one_to_come_is_none_yet(today, said, told):
    assert finding.birth({name: {"value": value} for name, value in said.items()}, today) == told
