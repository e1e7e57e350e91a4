"""What can be proved of rules before they are live: contradictions, rules in the shadow of others, spare words."""
