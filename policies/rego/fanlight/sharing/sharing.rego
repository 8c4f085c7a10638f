# METADATA
# title: Sharing
# description: >-
#   Whether one event may reach one audience, for which purposes, and how much of it. General rules only: what was agreed and
#   what is forbidden is data. The input holds attributes and field names, never a value, and has every key, always. Keeps to
#   what Open Policy Agent and regorus evaluate alike, so nothing here negates a reference that may be undefined.
package fanlight.sharing

# METADATA
# title: Decisions by item
# description: One decision for each item of the input, so that many questions are one call.
# entrypoint: true
results[id] := answer if {
	some id, item in input.items
	answer := decision with input as item
}

# METADATA
# title: Decision
# description: The whole answer for one event and one audience; every key is always there.
# entrypoint: true
decision := {
	"outcome": _outcome,
	"agreement": _ground.agreement,
	"clause": _ground.clause,
	"reasons": _reasons,
	"grants": _grants,
	"dropped": {name | some name, _ in input.fields} - _shown,
	"revision": data.revision,
}

# METADATA
# title: Outcome
# description: DENY, unless everything that a PERMIT or a REVIEW needs is there.
# scope: document
default _outcome := "DENY"

_outcome := "PERMIT" if {
	_complete
	count(_barred) == 0
	count(_held) == 0
	count(_granted) > 0
}

_outcome := "REVIEW" if {
	_complete
	count(_barred) == 0
	count(_held) > 0
	count(_clauses_by_purpose) > 0
}

_outcome := "REVIEW" if {
	_complete
	count(_barred) == 0
	count(_held) == 0
	count(_granted) == 0
	count(_reviewed) > 0
}

# METADATA
# title: Ground
# description: The clause, or the prohibition, that decided; neither where no clause speaks of the event at all.
# scope: document
default _ground := {"agreement": null, "clause": null}

_ground := {"agreement": _grants[0].agreement, "clause": _grants[0].clause} if _outcome == "PERMIT"

_ground := {"agreement": null, "clause": _first(_held)} if {
	_outcome == "REVIEW"
	count(_held) > 0
}

_ground := {"agreement": ref[0], "clause": ref[1]} if {
	_outcome == "REVIEW"
	count(_held) == 0
	ref := _first({r | some r in _applicable; _clause(r).outcome == "REVIEW"})
}

_ground := {"agreement": null, "clause": _first(_forbidden)} if count(_forbidden) > 0

# METADATA
# title: Reasons
# description: Reason codes; never empty, so that no verdict stands without one.
# scope: document
default _reasons := {"no_clause"}

_reasons := ({"permitted"} | _overdue) | {concat(":", ["prohibition", o[1]]) | some o in _overrides} if _outcome == "PERMIT"

_reasons := {concat(":", ["prohibition", id]) | some id in _held} if {
	_outcome == "REVIEW"
	count(_held) > 0
}

_reasons := {"clause_requires_review"} | _overdue if {
	_outcome == "REVIEW"
	count(_held) == 0
}

_reasons := _barred if count(_barred) > 0

_reasons := {"no_clause"} | _lapsed if {
	count(_barred) == 0
	count(_clauses_by_purpose) == 0
}

# METADATA
# title: Facts
# description: What prohibitions and clauses may ask about, each as a list of values.
_facts := {
	"audience": [input.audience],
	"controller": [audience.controller | some id, audience in data.audiences; id == input.audience],
	"agency": [input.agency],
	"event_type": [input.event_type],
	"role": [input.role],
	"regime": [input.regime],
	"consent": [input.consent],
	"emergency": [input.emergency],
	"source_evaluation": [input.source_evaluation],
	"intelligence_assessment": [input.intelligence_assessment],
	"handling_code": [input.handling_code],
	"handling": input.handling,
	"sensitivities": input.sensitivities,
	"age_band": [input.age_band],
}

# METADATA
# title: Agrees
# description: Whether every attribute named has one of the values listed. Counts what agrees rather than negating what does not.
_agrees(when) if {
	agreeing := {name |
		some name, listed in when
		some value in _facts[name]
		value in listed
	}
	count(agreeing) == count(when)
}

# METADATA
# title: Concerns
# description: Whether a prohibition applies in these circumstances.
_concerns(law) if {
	_agrees(law.when)
	count([1 | some exception in law.unless; _agrees(exception)]) == 0
}

# METADATA
# title: Forbidden
# description: Prohibitions that deny the event.
_forbidden contains id if {
	some id, law in data.prohibitions.events
	law.effect == "DENY"
	_concerns(law)
}

# METADATA
# title: Held
# description: Prohibitions that leave the event to a person.
_held contains id if {
	some id, law in data.prohibitions.events
	law.effect == "REVIEW"
	_concerns(law)
}

# METADATA
# title: Barred
# description: Why the event is denied whatever was agreed.
# scope: document
_barred contains concat(":", ["prohibition", id]) if some id in _forbidden

_barred contains "unknown:audience" if count(_facts.controller) == 0

_barred contains "unknown:schema_version" if input.schema_version == 0

_barred contains concat(":", ["unknown", name]) if {
	some name in ["agency", "event_type", "role", "regime", "consent", "sensitivities"]
	"unknown" in _facts[name]
}

_barred contains "agency_mismatch" if {
	startswith(input.event_type, concat("", [input.agency, "."])) == false
}

_barred contains "policy_incomplete" if _complete == false

# METADATA
# title: Complete
# description: Whether the whole policy is here; one that lost a part permits nothing.
# scope: document
default _complete := false

_complete if {
	data.counts == {
		"agreements": count(data.agreements),
		"events": count(data.prohibitions.events),
		"fields": count(data.prohibitions.fields),
	}
}

# METADATA
# title: Candidates
# description: Clauses that speak of this audience and event type, as agreement and clause.
_candidates := object.get(data.index, [input.audience, input.event_type], [])

# METADATA
# title: In force
# description: Whether an agreement is signed and its time has come and not passed. The end is the first instant outside.
_in_force(agreement) if {
	agreement.status in ["signed", "in_force"]
	agreement.in_force_from_ns <= input.now_ns
	input.now_ns < agreement.in_force_until_ns
}

# METADATA
# title: Applicable
# description: Candidates of an agreement in force, all of whose conditions hold.
_applicable contains ref if {
	some ref in _candidates
	_in_force(data.agreements[ref[0]])
	_agrees(_clause(ref).when)
}

# METADATA
# title: Clause
# description: The terms of a clause.
_clause(ref) := data.agreements[ref[0]].clauses[ref[1]]

# METADATA
# title: Lapsed
# description: Why the candidates do not apply.
# scope: document
_lapsed contains "agreement_not_in_force" if {
	live := [ref | some ref in _candidates; _in_force(data.agreements[ref[0]])]
	count(live) < count(_candidates)
}

_lapsed contains "condition_not_met" if {
	some ref in _candidates
	_in_force(data.agreements[ref[0]])
	count([1 | _agrees(_clause(ref).when)]) == 0
}

# METADATA
# title: Overdue
# description: A warning, not a bar, that an agreement relied on is past its review.
_overdue contains "review_overdue" if {
	some ref in _applicable
	data.agreements[ref[0]].review_by_ns <= input.now_ns
}

# METADATA
# title: Clauses by purpose
# description: For each purpose that the audience is registered for, the clauses that apply.
_clauses_by_purpose[purpose] := refs if {
	some purpose in data.audiences[input.audience].purposes
	refs := {ref | some ref in _applicable; purpose in _clause(ref).purposes}
	count(refs) > 0
}

# METADATA
# title: Reviewed
# description: Purposes for which some clause asks for a person's decision; that outranks a clause that permits.
_reviewed contains purpose if {
	some purpose, refs in _clauses_by_purpose
	some ref in refs
	_clause(ref).outcome == "REVIEW"
}

# METADATA
# title: Granted
# description: Purposes for which every clause that applies permits.
_granted := {purpose | some purpose, _ in _clauses_by_purpose} - _reviewed

# METADATA
# title: Rank
# description: Modes by strength; the least wins.
_rank := {"drop": 0, "mask": 1, "pass": 2}

# METADATA
# title: Listed
# description: What each clause that applies says of each field it does not drop; its name outranks its label.
_listed[key] := modes if {
	some ref in _applicable
	key := concat("/", ref)
	clause := _clause(ref)
	modes := {name: rank |
		some name, label in input.fields
		rank := _rank[object.get(clause.fields, name, object.get(clause.labels, label, "drop"))]
		rank > 0
	}
}

# METADATA
# title: Overrides
# description: Fields of which a prohibition leaves less than some clause would pass, as name, prohibition and what is left.
_overrides contains [name, id, rank] if {
	some id, law in data.prohibitions.fields
	_concerns(law)
	rank := _rank[law.effect]
	some _, modes in _listed
	some name, offered in modes
	offered > rank
	_covers(law, name)
}

# METADATA
# title: Covers
# description: Whether a prohibition concerns a field, by name or by label.
# scope: document
_covers(law, name) if {
	name in law.fields
}

_covers(law, name) if {
	input.fields[name] in law.labels
	count([1 | some kept in law.except_fields; kept == name]) == 0
}

# METADATA
# title: Grants
# description: One grant a purpose. A field passes only as far as every clause that applies, and the law, let it.
# scope: document
default _grants := []

_grants := [grant |
	some purpose in _granted
	refs := _clauses_by_purpose[purpose]
	ref := _first(refs)
	ranks := _ranks(refs)
	grant := {
		"purpose": purpose,
		"agreement": ref[0],
		"clause": ref[1],
		"obligations": {obligation | some r in refs; some obligation in _clause(r).obligations},
		"fields": {name | some name, rank in ranks; rank == 2},
		"masked": {name | some name, rank in ranks; rank == 1},
		"valid_until_ns": min({data.agreements[r[0]].in_force_until_ns | some r in refs}),
	}
] if {
	_outcome == "PERMIT"
}

# METADATA
# title: Ranks
# description: What is left of each field under all of these clauses and the law.
_ranks(refs) := {name: rank |
	some name, _ in _listed[concat("/", _first(refs))]
	clauses := {object.get(_listed[concat("/", ref)], name, 0) | some ref in refs}
	law := {o[2] | some o in _overrides; o[0] == name}
	rank := min(clauses | law)
}

# METADATA
# title: Shown
# description: Names of the fields that some purpose sees, whole or coarser.
_shown := {name | some grant in _grants; some name in (grant.fields | grant.masked)}

# METADATA
# title: First
# description: The least member of a set, which both engines keep in order.
_first(members) := [member | some member in members][0]
