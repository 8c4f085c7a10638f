# METADATA
# title: Sharing
# description: >-
#   Whether one event may reach one audience, for which purposes, and how much of it. General rules only: what was agreed and
#   what is forbidden is data. The input holds attributes and field names, never a value, and has every key, always. Keeps to
#   what Open Policy Agent and regorus evaluate alike, so nothing here negates a reference that may be undefined. Refers to
#   data as deeply as it can: a server converts a whole document whenever it is named as a whole.
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
	"dropped": _names - _shown,
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
	count(_outstanding) == 0
	count(_granted) > 0
}

_outcome := "REVIEW" if {
	_complete
	count(_barred) == 0
	count(_outstanding) > 0
	count(_speaking) > 0
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

_ground := {"agreement": clause.agreement, "clause": clause.id} if {
	_outcome == "REVIEW"
	count(_held) == 0
	clause := _applicable[_first({key | some [_, key] in _asking})]
}

_ground := {"agreement": null, "clause": _first(_forbidden)} if count(_forbidden) > 0

# METADATA
# title: Reasons
# description: Reason codes; never empty, so that no verdict stands without one.
# scope: document
_reasons := (({"permitted"} | _overdue) | _lifted) | {concat(":", ["prohibition", id]) | some id, _ in _overriding} if {
	_outcome == "PERMIT"
}

_reasons := (_outstanding | _lifted) | _overdue if _outcome == "REVIEW"

_reasons := _barred if count(_barred) > 0

_reasons := {"no_clause"} | _lapsed if {
	count(_barred) == 0
	count(_speaking) == 0
}

# METADATA
# title: Facts
# description: What prohibitions and clauses may ask about, each as a list of values.
_facts := {
	"audience": [input.audience],
	"controller": [controller | controller := data.audiences[input.audience].controller],
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
# title: Concerning
# description: Prohibitions on events that apply to this one, of those that the index finds by one of its attributes.
_concerning contains id if {
	some name, by_value in data.index.events
	some value in _facts[name]
	some id in by_value[_key(value)]
	_concerns(data.prohibitions.events[id])
}

# METADATA
# title: Key
# description: A value as the index names it, whose keys are text.
# scope: document
_key(value) := value if is_string(value)

_key(true) := "true"

_key(false) := "false"

# METADATA
# title: Forbidden
# description: Prohibitions that deny the event.
_forbidden := {id | some id in _concerning; data.prohibitions.events[id].effect == "DENY"}

# METADATA
# title: Left to a person
# description: Prohibitions that leave the event to a person, whether or not somebody has decided.
_left_to_a_person := {id | some id in _concerning; data.prohibitions.events[id].effect == "REVIEW"}

# METADATA
# title: Held
# description: Those of them that nobody has answered by releasing the event.
_held := _left_to_a_person - {id | some id in _left_to_a_person; concat(":", ["prohibition", id]) in input.released}

# METADATA
# title: Outstanding
# description: >-
#   For which reasons the event waits. Where a prohibition leaves it to a person, or no clause permits it without one for any
#   purpose, it waits for every clause that asks; else it goes for the purposes for which it is permitted, and waits for none.
# scope: document
_outstanding contains concat(":", ["prohibition", id]) if some id in _held

_outstanding contains concat(":", ["clause_requires_review", key]) if {
	count(_left_to_a_person) > 0
	some [_, key] in _asking
}

_outstanding contains concat(":", ["clause_requires_review", key]) if {
	count(_permitted) == 0
	some [_, key] in _asking
}

# METADATA
# title: Lifted
# description: For which reasons the event would wait as well, had nobody released it.
# scope: document
_lifted contains concat(":", ["released", "prohibition", id]) if some id in (_left_to_a_person - _held)

_lifted contains concat(":", ["released", "clause_requires_review", key]) if some [_, key] in (_requiring - _asking)

# METADATA
# title: Barred
# description: Why the event is denied whatever was agreed.
# scope: document
_barred contains concat(":", ["prohibition", id]) if some id in _forbidden

_barred contains "refused_by_a_person" if input.refused == true

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
	data.prohibitions.revision == data.revision
	data.index.revision == data.revision
}

# METADATA
# title: Candidates
# description: Clauses that speak of this audience and event type, as agreement and clause.
# scope: document
default _candidates := {}

_candidates := data.index.clauses[input.audience][input.event_type]

# METADATA
# title: In force
# description: Whether an agreement is signed and its time has come and not passed. The end is the first instant outside.
_in_force(agreement) if {
	data.agreements[agreement].status in ["signed", "in_force"]
	data.agreements[agreement].in_force_from_ns <= input.now_ns
	input.now_ns < data.agreements[agreement].in_force_until_ns
}

# METADATA
# title: Live
# description: Candidates of an agreement in force, with their terms.
_live[key] := clause if {
	some key, [agreement, id] in _candidates
	_in_force(agreement)
	clause := {"agreement": agreement, "id": id, "terms": data.agreements[agreement].clauses[id]}
}

# METADATA
# title: Applicable
# description: Live clauses all of whose conditions hold.
_applicable[key] := clause if {
	some key, clause in _live
	_agrees(clause.terms.when)
}

# METADATA
# title: Lapsed
# description: Why the candidates do not apply.
# scope: document
_lapsed contains "agreement_not_in_force" if count(_live) < count(_candidates)

_lapsed contains "condition_not_met" if count(_applicable) < count(_live)

# METADATA
# title: Overdue
# description: A warning, not a bar, that an agreement relied on is past its review.
_overdue contains "review_overdue" if {
	some _, clause in _applicable
	data.agreements[clause.agreement].review_by_ns <= input.now_ns
}

# METADATA
# title: Speaking
# description: Which clause that applies speaks of which purpose that the audience is registered for.
_speaking contains [purpose, key] if {
	some key, clause in _applicable
	some purpose in (object.keys(clause.terms.purposes) & object.keys(data.audiences[input.audience].purposes))
}

# METADATA
# title: Requiring
# description: Those that require a person's decision, whether or not somebody has decided.
_requiring := {spoken | some spoken in _speaking; _applicable[spoken[1]].terms.outcome == "REVIEW"}

# METADATA
# title: Asking
# description: >-
#   Those that wait for one, as nobody has answered the clause as it reads now; for that purpose it outranks a clause that
#   permits.
_asking := _requiring - {spoken |
	some spoken in _requiring
	_applicable[spoken[1]].terms.question in input.released
}

# METADATA
# title: Permitted
# description: Purposes for which every clause that applies permits, whatever anybody answers.
_permitted := {purpose | some [purpose, _] in _speaking} - {purpose | some [purpose, _] in _requiring}

# METADATA
# title: Granted
# description: Purposes for which every clause that applies permits, or was answered.
_granted := {purpose | some [purpose, _] in _speaking} - {purpose | some [purpose, _] in _asking}

# METADATA
# title: Offered
# description: What each clause lets through, whole and in any form; a field's name outranks its label, silence is a drop.
_offered[key] := {"whole": whole, "shown": (whole | coarser)} if {
	some key, clause in _applicable
	terms := clause.terms
	named := (object.keys(terms.pass.fields) | object.keys(terms.mask.fields)) | object.keys(terms.drop.fields)
	whole := _of_event(terms.pass.fields) | (_labelled(terms.pass.labels) - named)
	coarser := _of_event(terms.mask.fields) | (_labelled(terms.mask.labels) - named)
}

# METADATA
# title: Names
# description: Every field of the event.
_names := union({object.keys(names) | some _, names in input.labels})

# METADATA
# title: Of the event
# description: Of some fields, those that the event has.
_of_event(fields) := object.keys(fields) & _names

# METADATA
# title: Labelled
# description: The event's fields with one of these labels.
_labelled(labels) := union({object.keys(input.labels[label]) | some label in labels})

# METADATA
# title: Offered whole
# description: Fields that some clause passes as they are.
_offered_whole := union({offer.whole | some _, offer in _offered})

# METADATA
# title: Offered in some form
# description: Fields that some clause passes at all.
_offered_some := union({offer.shown | some _, offer in _offered})

# METADATA
# title: Watching
# description: Prohibitions on fields that the index finds by the name or label of a field that is offered.
# scope: document
_watching contains id if {
	some label, names in input.labels
	count(object.keys(names) & _offered_some) > 0
	some id in data.index.labels[label]
}

_watching contains id if {
	some name in (object.keys(data.index.fields) & _offered_some)
	some id in data.index.fields[name]
}

# METADATA
# title: Overriding
# description: Prohibitions that leave less of some fields than was agreed, with those fields.
_overriding[id] := names if {
	some id in _watching
	law := data.prohibitions.fields[id]
	names := _covered(law) & _takeable(law.effect)
	count(names) > 0
	_concerns(law)
}

# METADATA
# title: Takeable
# description: Of what is offered, the fields of which a prohibition with this effect leaves less.
# scope: document
_takeable("drop") := _offered_some

_takeable("mask") := _offered_whole

# METADATA
# title: Covered
# description: The fields that a prohibition concerns, by name or by label.
_covered(law) := (_labelled(law.labels) | object.keys(law.fields)) - object.keys(law.except_fields)

# METADATA
# title: Taken
# description: Fields on which a prohibition with this effect is overriding what was agreed.
_taken(effect) := union({names | some id, names in _overriding; data.prohibitions.fields[id].effect == effect})

# METADATA
# title: Grants
# description: One grant a purpose. A field passes only as far as every clause that applies, and the law, let it.
# scope: document
default _grants := []

_grants := [grant |
	some purpose in _granted
	keys := {key | some [spoken, key] in _speaking; spoken == purpose}
	clause := _applicable[_first(keys)]
	shown := intersection({_offered[key].shown | some key in keys}) - _taken("drop")
	whole := (shown & intersection({_offered[key].whole | some key in keys})) - _taken("mask")
	grant := {
		"purpose": purpose,
		"agreement": clause.agreement,
		"clause": clause.id,
		"obligations": union({object.keys(_applicable[key].terms.obligations) | some key in keys}),
		"fields": whole,
		"masked": shown - whole,
		"valid_until_ns": min({data.agreements[_applicable[key].agreement].in_force_until_ns | some key in keys}),
	}
] if {
	_outcome == "PERMIT"
}

# METADATA
# title: Shown
# description: Names of the fields that some purpose sees, whole or coarser.
_shown := {name | some grant in _grants; some name in (grant.fields | grant.masked)}

# METADATA
# title: First
# description: The least member of a set, which both engines keep in order.
_first(members) := [member | some member in members][0]
