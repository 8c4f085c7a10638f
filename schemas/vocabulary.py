"""The closed lists. Everything that changes by year is a code list (`schemas.codes`), not an enum."""

from enum import StrEnum


class Agency(StrEnum):
    """An organisation on the bus."""

    POLICE = "police"
    NHS = "nhs"
    SCHOOL = "school"
    SOCIAL_CARE = "social_care"


class Outcome(StrEnum):
    """The three answers of the gate. Anything else is a denial."""

    PERMIT = "PERMIT"
    DENY = "DENY"
    REVIEW = "REVIEW"


class Answer(StrEnum):
    """What somebody at an agency decides of an event of theirs that was left to a person, for one audience."""

    RELEASE = "release"
    REFUSE = "refuse"


class Role(StrEnum):
    """The part the young person had in an event."""

    SUBJECT = "subject"
    VICTIM = "victim"
    SUSPECT = "suspect"
    WITNESS = "witness"
    CHILD_UNDER_10 = "child_under_10"
    MISSING_PERSON = "missing_person"
    PATIENT = "patient"


#: Years of age below which nobody in England can commit an offence: Children and Young Persons Act 1933 s.50.
CRIMINAL_RESPONSIBILITY_AGE = 10


class Regime(StrEnum):
    """Under which regime the source processes the record (Data Protection Act 2018)."""

    UKGDPR = "UKGDPR"
    DPA_PT3 = "DPA_PT3"


class Label(StrEnum):
    """The sharing label that every Avro field carries; policy speaks of these and of field names."""

    ROUTINE = "routine"
    IDENTITY = "identity"
    SPECIAL_CATEGORY = "special-category"
    CRIMINAL_OFFENCE = "criminal-offence"
    THIRD_PARTY = "third-party"
    SENSITIVE_SERVICE = "sensitive-service"
    ADDRESS_PROTECTED = "address-protected"
    ORIGINATOR_CONTROLLED = "originator-controlled"
    FREE_TEXT = "free-text"
    INTERNAL = "internal"


#: What passes to nobody in any form, whatever an agreement or a policy engine says.
NEVER_PASS = frozenset({Label.FREE_TEXT, Label.THIRD_PARTY, Label.INTERNAL})


class Sensitivity(StrEnum):
    """Kinds of protected content a connector recognises by code; prohibitions speak of these, and most never flow."""

    ADOPTION = "adoption"
    GENDER_RECOGNITION = "gender_recognition"
    FERTILITY = "fertility"
    SEXUAL_HEALTH = "sexual_health"
    MENTAL_HEALTH = "mental_health"
    PROTECTED_ADDRESS = "protected_address"
    FAMILY_COURT = "family_court"
    LEGAL_PRIVILEGE = "legal_privilege"
    ANONYMOUS_REFERRER = "anonymous_referrer"
    IMMIGRATION = "immigration"
    SPENT = "spent"
    CRIMINAL_JUSTICE = "criminal_justice"
    COVERT_SOURCE = "covert_source"


class Consent(StrEnum):
    """What the source recorded about telling and asking; rarely the lawful basis, always kept."""

    NOT_RECORDED = "not_recorded"
    CONSENTED = "consented"
    DISSENTED = "dissented"
    NOT_ASKED = "not_asked"
    NOT_TOLD = "not_told"


class Precision(StrEnum):
    """How exactly a source knew when something happened."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    SESSION = "session"
    MINUTE = "minute"
    SECOND = "second"


class Purpose(StrEnum):
    """Why somebody may look."""

    S47_ENQUIRY = "s47-enquiry"
    S17_ASSESSMENT = "s17-assessment"
    MISSING_RESPONSE = "missing-response"
    EXPLOITATION_MACE_L1 = "exploitation-mace-l1"
    EXPLOITATION_MACE_L2 = "exploitation-mace-l2-locality"
    STRATEGY_DISCUSSION = "strategy-discussion"
    OPERATION_ENCOMPASS = "operation-encompass"
    EARLY_HELP = "early-help"
    LOOKED_AFTER_CARE_PLANNING = "looked-after-care-planning"
    YOUTH_JUSTICE_ASSESSMENT = "youth-justice-assessment"
    EMERGENCY_VITAL_INTERESTS = "emergency-vital-interests"
    GOVERNANCE_AUDIT = "governance-audit"
    IDENTITY_REVIEW = "identity-review"


class MatchStatus(StrEnum):
    """What identity resolution made of a source record."""

    MATCH = "match"
    POTENTIAL = "potential"
    MANY_MATCH = "many_match"
    CONTRADICTION = "contradiction"
    NEW = "new"


class JudgementKind(StrEnum):
    """What somebody decides of two source records, or that they take such a decision back."""

    SAME = "same"
    DIFFERENT = "different"
    DO_NOT_LINK = "do_not_link"
    UNDO = "undo"


class Action(StrEnum):
    """What somebody looked at, in the record of looks."""

    FIND = "find"
    TIMELINE = "timeline"
    ENTRY = "entry"
    DECISIONS = "decisions"
    EXPLAIN = "explain"
    LOOKS = "looks"
    REVIEWS = "reviews"
    REVIEW = "review"
    JUDGEMENTS = "judgements"
    JUDGEMENT = "judgement"
    IDENTITY = "identity"
    SHADOW = "shadow"
    REHEARSAL = "rehearsal"
    WAITING = "waiting"


class Handling(StrEnum):
    """Handling conditions of a record: of a 3x5x2 report, of a restricted health record, and of its classification."""

    CONDITIONS = "C"
    COVERT_DEVELOPMENT = "A1"
    COVERT_USE = "A2"
    OVERT_USE = "A3"
    DELEGATED_SANITISATION = "S1"
    CONSULT_ORIGINATOR = "S2"
    RESTRICTED = "restricted"
    OFFICIAL = "OFFICIAL"
    OFFICIAL_SENSITIVE = "OFFICIAL-SENSITIVE"
    SECRET = "SECRET"
    TOP_SECRET = "TOP_SECRET"


class AgeBand(StrEnum):
    """How old the young person is, as coarsely as policy needs."""

    UNKNOWN = "unknown"
    UNDER_10 = "under_10"
    FROM_10_TO_15 = "10_15"
    FROM_16_TO_17 = "16_17"
    FROM_18 = "18_plus"
