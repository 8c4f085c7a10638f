"""The same job written in other ways, to be measured in the same run."""

#: The topics of `plain_faust`, named and made by us: Faust's own name for a repartition topic leaves out the app's id,
#: and stock Faust does not make the topics that agents send to.
REPARTITIONED = "plain.events-by-person"
DECISIONS = "plain.decisions"
DISCLOSURES = "plain.disclosures"
PEER_SINKS = (REPARTITIONED, DECISIONS, DISCLOSURES)
