import pytest
import yaml

from connectors.nhs_codes import Coded, attendance_category, safeguarding_flag, sensitivities
from schemas.codes import CODES, told_by_codes
from schemas.vocabulary import Sensitivity

LISTS = ("sensitive_health_codes", "attendance_categories", "safeguarding_flags")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_says_where_it_is_from_and_of_which_year(name: str) -> None:
    data = yaml.safe_load((CODES / f"{name}.yaml").read_text())
    assert all(data[key] for key in ("title", "source", "year"))
    keys = {"icd10", "snomed", "confidentiality", "specialty", "local", "phrases", "not_before"}
    assert all(set(group) <= keys for group in data["groups"].values())
    assert all(isinstance(code, str) for group in data["groups"].values() for codes in group.values() for code in codes)


def test_every_group_of_sensitive_codes_is_a_sensitivity() -> None:
    data = yaml.safe_load((CODES / "sensitive_health_codes.yaml").read_text())
    assert set(data["groups"]) <= set(Sensitivity)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("A49.9", ()),
        ("A50", ("sexual_health",)),
        ("A64", ("sexual_health",)),
        ("A64.9", ("sexual_health",)),
        ("A65", ()),
        ("O80.0", ("sexual_health",)),
        ("Z11.2", ()),
        ("Z113", ("sexual_health",)),
        ("F00", ("mental_health",)),
        ("f32.1", ("mental_health",)),
        ("F64.0", ("gender_recognition", "mental_health")),
        ("Z31", ("fertility",)),
        ("360", ()),
        ("O", ()),
        ("A50-A64", ()),
        ("F02.0*", ("mental_health",)),
        ("A52.1†", ("sexual_health",)),
        ("F32.-", ("mental_health",)),
        ("ICD10:F32.1", ("mental_health",)),
        ("icd-10-uk|Z33", ("sexual_health",)),
        ("ICD10:J45.9", ()),
    ],
)
def test_a_range_holds_its_ends_and_what_is_under_them(code: str, expected: tuple[str, ...]) -> None:
    assert sensitivities([Coded(code=code)]) == expected


@pytest.mark.parametrize("specialty", [True, False])
def test_a_code_of_words_tells_what_they_say(specialty: bool) -> None:
    for code, expected in (
        ("CAMHS", "mental_health"),
        ("antenatal-check", "sexual_health"),
        ("MUM_HIV", "sexual_health"),
        ("CASH", "sexual_health"),
    ):
        assert sensitivities([Coded(code=code, specialty=specialty)]) == (expected,)


def test_a_service_code_is_no_diagnosis() -> None:
    assert sensitivities([Coded(code="711", specialty=True)]) == ("mental_health",)
    assert sensitivities([Coded(code="711")]) == ()
    assert sensitivities([Coded(code="F32", specialty=True)]) == ()


def test_an_abbreviation_that_stands_alone_where_words_should_is_known_and_a_ward_is_none() -> None:
    assert sensitivities([Coded(display="GUM")]) == ("sexual_health",)
    assert sensitivities([Coded(code="GUM", specialty=True)]) == ("sexual_health",)
    assert safeguarding_flag([Coded(code="ALERT12", display="CPIS")]) == "child_protection_plan"
    for ward in ("B22", "F12", "501", "711"):
        assert sensitivities([Coded(display=ward)]) == ()


@pytest.mark.parametrize(
    ("name", "code", "sensitivity"),
    [
        ("nhs_admission_source", "30", "mental_health"),
        ("nhs_admission_source", "50", "mental_health"),
        ("nhs_admission_source", "41", "criminal_justice"),
        ("nhs_discharge_destination", "84", "mental_health"),
        ("nhs_discharge_destination", "42", "criminal_justice"),
        ("nhs_discharge_method", "3", "mental_health"),
    ],
)
def test_a_national_code_of_a_secure_or_psychiatric_place_tells_of_it(name: str, code: str, sensitivity: str) -> None:
    assert told_by_codes([(name, code)]) == {sensitivity}


@pytest.mark.parametrize(
    ("display", "expected"),
    [
        ("Genitourinary medicine", ("sexual_health",)),
        ("CAMHS outpatient", ("mental_health",)),
        ("Sexual-Health Clinic", ("sexual_health",)),
        ("Child_Mental\N{NO-BREAK SPACE}Health  Team", ("mental_health",)),
        ("Pregnancy test", ("sexual_health",)),
        ("Spontaneous onset of labour", ("sexual_health",)),
        ("Labour Ward 2", ("sexual_health",)),
        ("Central Delivery Suite", ("sexual_health",)),
        ("Laboured breathing", ()),
        ("Victim of labour exploitation", ()),
        ("Fall of labourer", ()),
        ("IVF treatment", ("fertility",)),
        ("History of gender dysphoria", ("gender_recognition",)),
        ("Trauma and orthopaedics", ()),
        ("Active", ()),
        ("GENITO-URINARY MEDICINE", ("sexual_health",)),
        ("Community Sexual and Reproductive Health", ("sexual_health",)),
        ("Family planning service", ("sexual_health",)),
        ("GUM", ("sexual_health",)),
        ("Suspected STI", ("sexual_health",)),
        ("Stitches to head", ()),
        ("Laceration of gum", ()),
        ("Top of head laceration", ()),
        ("Termination clinic", ("sexual_health",)),
        ("Emergency LSCS", ("sexual_health",)),
        ("Fell off delivery bike", ()),
        ("Assisted reproduction unit", ("fertility",)),
        ("Torsion of spermatic cord", ()),
        ("GIDS", ("gender_recognition",)),
        ("Adult Mental Illness", ("mental_health",)),
        ("Neuropsychiatry service", ("mental_health",)),
        ("Psych liaison", ("mental_health",)),
        ("Psychomotor seizure", ()),
        ("School counsellor", ("mental_health",)),
        ("Prospective adopter", ("adoption",)),
        ("Young people's drug & alcohol service", ("mental_health",)),
        ("Substance Misuse", ("mental_health",)),
        ("Drug and alcohol intoxication", ()),
        ("BPAS", ("sexual_health",)),
        ("SARC", ("sexual_health",)),
        ("Excision of sarcoma", ()),
        ("Abdominal pain ?ectopic", ("sexual_health",)),
        ("Ectopic beats", ()),
        ("Brook clinic", ("sexual_health",)),
        ("Brook ward", ()),
        ("Refuge", ("protected_address",)),
        ("Refugee health team", ()),
        ("Unborn baby subject to child protection plan", ("sexual_health",)),
    ],
)
def test_a_phrase_is_found_at_the_start_of_a_word(display: str, expected: tuple[str, ...]) -> None:
    assert sensitivities([Coded(display=display)]) == expected


@pytest.mark.parametrize(
    ("coded", "category"),
    [
        (Coded(code="Y09"), "assault"),
        (Coded(code="Y10"), "other"),
        (Coded(code="X60"), "self_harm"),
        (Coded(code="F10.2"), "other"),
        (Coded(code="F10.0"), "intoxication"),
        (Coded(display="Alleged assault"), "assault"),
        (Coded(display="Denies self-harm"), "other"),
        (Coded(display="Self-harm: denied"), "other"),
        (Coded(display="Self-harm risk"), "other"),
        (Coded(display="Family history of self-harm"), "other"),
        (Coded(display="Head injury without loss of consciousness"), "injury"),
        (Coded(display="Laceration of hand without foreign body"), "injury"),
        (Coded(display="Assault by family member"), "assault"),
        (Coded(display="Assault, no injuries"), "assault"),
        (Coded(display="Not known to services, alleged assault"), "assault"),
        (Coded(display="No injury"), "other"),
        (Coded(display="Intentional drug overdose"), "self_harm"),
        (Coded(display="Accidental drug overdose"), "intoxication"),
        (Coded(display="Stab injury to thigh"), "assault"),
        (Coded(display="Patient stable"), "other"),
        (Coded(display="Suspected non-accidental injury"), "assault"),
        (Coded(display="Victim of human traffickers"), "exploitation"),
        (Coded(display="Road traffic accident"), "other"),
        (Coded(code="ASSAULT"), "assault"),
        (Coded(), None),
    ],
)
def test_a_reason_has_one_coarse_category(coded: Coded, category: str | None) -> None:
    assert attendance_category([coded]) == category


def test_the_gravest_of_several_reasons_names_the_category() -> None:
    assert attendance_category([Coded(code="S01"), Coded(code="X99")]) == "assault"


@pytest.mark.parametrize(
    ("coded", "kind"),
    [
        (Coded(code="342191000000101"), "child_protection_plan"),
        (Coded(code="764841000000100"), "looked_after_child"),
        (Coded(code="cp-is"), "child_protection_plan"),
        (Coded(code="FGM"), "female_genital_mutilation"),
        (Coded(display="Child is cause for safeguarding concern"), "safeguarding_concern"),
        (Coded(code="NRAF", display="Reasonable adjustments"), None),
        (Coded(code="65108000", display="At risk for violence"), None),
        (Coded(display="No known safeguarding concerns"), None),
        (Coded(display="No longer subject to child protection plan"), None),
        (Coded(display="Not at risk of child sexual exploitation"), None),
        (Coded(display="Child protection plan: none"), None),
        (Coded(display="Family member subject of child protection plan"), None),
        (Coded(display="Older sibling is on a child protection plan"), None),
        (Coded(display="Sibling on child protection plan, child subject to child protection"), "child_protection_plan"),
        (Coded(display="Lives with sibling on child protection plan"), "child_protection_plan"),
        (Coded(display="Child at risk of falls"), None),
        (Coded(display="Child at risk of harm"), "safeguarding_concern"),
        (Coded(display="Removed from the child protection register"), None),
        (Coded(display="Child protection plan discontinued"), None),
        (Coded(code="CPP", display="No child protection plan in this county"), "child_protection_plan"),
        (Coded(display="Child not brought, safeguarding concern"), "safeguarding_concern"),
        (Coded(display="Removed from home, child protection plan"), "child_protection_plan"),
        (Coded(display="No contact with father; child protection plan"), "child_protection_plan"),
        (Coded(display="Safeguarding concerns - sibling removed"), "safeguarding_concern"),
        (Coded(display="Safeguarding concerns - removed from home"), "safeguarding_concern"),
        (Coded(display="No safeguarding concerns. Safeguarding concern raised by school"), "safeguarding_concern"),
        (Coded(display="No consent, safeguarding referral made"), "safeguarding_concern"),
        (Coded(display="No consent safeguarding referral made"), "safeguarding_concern"),
        (Coded(display="Child protection plan - ended"), None),
        (Coded(display="Previously subject to child protection plan"), None),
        (Coded(display="History of child protection plan"), None),
        (Coded(display="Child protection plan (historical)"), None),
        (Coded(display="Former looked-after child"), None),
        (Coded(display="Mother previously LAC"), None),
        (Coded(display="Sibling LAC"), None),
        (Coded(display="LAC status ended"), None),
        (Coded(display="Not LAC"), None),
        (Coded(display="LAC"), "looked_after_child"),
        (Coded(display="Subject of CP plan"), "child_protection_plan"),
        (Coded(display="Unborn baby on CP-plan"), "child_protection_plan"),
        (Coded(display="At risk of CSE"), "exploitation"),
        (Coded(display="History of domestic violence"), "safeguarding_concern"),
        (Coded(display="Family safeguarding concerns"), "safeguarding_concern"),
        (Coded(display="Adult safeguarding"), None),
        (Coded(display="Safeguarding adults at risk"), None),
        (Coded(display="Mother had FGM"), None),
        (Coded(display="Laceration"), None),
    ],
)
def test_a_safeguarding_flag_is_known_by_code_or_phrase(coded: Coded, kind: str | None) -> None:
    assert safeguarding_flag([coded]) == kind


@pytest.mark.timeout(20)  # it takes a second; where each word is weighed against the whole text, hours
@pytest.mark.parametrize("words", ["no child protection ", "no self-harm ", "lac ", "_ "])
def test_a_text_of_any_length_holds_nobody_up(words: str) -> None:
    coded = [Coded(display=words * (200_000 // len(words)))]
    assert safeguarding_flag(coded) in (None, "looked_after_child")
    assert attendance_category(coded) == "other"
    assert sensitivities(coded) == ()
