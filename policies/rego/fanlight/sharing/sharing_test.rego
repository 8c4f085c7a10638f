# METADATA
# title: Sharing, tested
# description: Runs books of cases, each with the policy they are about, given as data.books; and what no case can ask for.
package fanlight.sharing_test

import data.fanlight.sharing

# METADATA
# title: Decided
# description: The answer to one input under the policy of one book, as a reader gets it.
_decided(book, asked) := json.unmarshal(json.marshal(answer)) if {
	answer := sharing.decision with input as asked
		with data.agreements as book.agreements
		with data.audiences as book.audiences
		with data.index as book.index
		with data.prohibitions as book.prohibitions
		with data.revision as book.revision
}

# METADATA
# title: Every case
# description: Each case gets exactly the answer it expects.
test_case[name] if {
	some title, book in data.books
	some note, example in book.cases
	name := concat(", ", [title, note])
	_decided(book, example.input) == example.answer
}

# METADATA
# title: There are cases
# description: No cases at all would pass, too.
test_there_are_cases_of_every_outcome if {
	outcomes := {example.answer.outcome | some example in data.books[_].cases}
	outcomes == {"PERMIT", "REVIEW", "DENY"}
}

# METADATA
# title: Batch
# description: Asked together, each item gets the answer it would get alone.
test_a_batch_answers_each_item if {
	some book in data.books
	items := {note: example.input | some note, example in book.cases}
	answers := sharing.results with input as {"items": items}
		with data.agreements as book.agreements
		with data.audiences as book.audiences
		with data.index as book.index
		with data.prohibitions as book.prohibitions
		with data.revision as book.revision
	json.unmarshal(json.marshal(answers)) == {note: example.answer | some note, example in book.cases}
}

# METADATA
# title: Lost part
# description: A policy that lost its prohibitions permits nothing.
test_a_policy_that_lost_its_prohibitions_permits_nothing if {
	every book in data.books {
		lost := object.union(object.remove(book, ["prohibitions"]), {"prohibitions": {}})
		every example in book.cases {
			_decided(lost, example.input).outcome == "DENY"
		}
	}
}
