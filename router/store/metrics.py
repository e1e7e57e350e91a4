"""What is counted and timed, in a registry of our own; labels name channels and kinds, never customers."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()
SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)

ACCEPTED = Counter(
    "hilo_accepted",
    "Arrivals that the inbox holds: messages, and receipts and addresses too (hilo audit counts messages alone)",
    ["channel"],
    registry=REGISTRY,
)
DUPLICATES = Counter("hilo_duplicates", "Arrivals that the inbox held already", ["channel"], registry=REGISTRY)
REFUSED = Counter(
    "hilo_refused", "Arrivals that could not be taken; their source keeps them", ["channel"], registry=REGISTRY
)
LEFT_OUT = Counter(
    "hilo_left_out", "What a source showed that is no message, by why", ["channel", "why"], registry=REGISTRY
)
GAPS = Counter(
    "hilo_source_gaps", "Times that a source no longer showed all since the last look", ["channel"], registry=REGISTRY
)
PROVIDER_CALLS = Counter(
    "hilo_provider_calls",
    "Calls to a provider, by what was asked and what became of each (held_back: not made, by its limit or our budget)",
    ["channel", "ask", "result"],
    registry=REGISTRY,
)
COMMITTED = Counter("hilo_events_committed", "Events committed", ["kind"], registry=REGISTRY)
COMMIT_SECONDS = Histogram("hilo_commit_seconds", "One commit script", buckets=SECONDS, registry=REGISTRY)
LAG_SECONDS = Histogram("hilo_accepted_to_committed_seconds", "An event's way", buckets=SECONDS, registry=REGISTRY)
REPEATED = Counter("hilo_batches_repeated", "Batches decided again", ["why"], registry=REGISTRY)
DEAD_LETTERS = Counter("hilo_dead_letters", "Events set aside for a person", registry=REGISTRY)
PARTITIONS_HELD = Gauge("hilo_partitions_held", "Partitions whose lease this router holds", registry=REGISTRY)
HISTORY_ARCHIVED = Counter("hilo_history_archived", "Conversations that left Redis for history", registry=REGISTRY)
HISTORY_WAITING = Gauge("hilo_history_waiting", "Closed conversations still to be archived", registry=REGISTRY)
HISTORY_AWAY = Gauge("hilo_history_away", "1 while the archive can't be written", registry=REGISTRY)
STORE_FULL_RATIO = Gauge("hilo_store_full_ratio", "Share of its memory that the fullest Redis uses", registry=REGISTRY)
BACKLOG = Gauge("hilo_backlog_events", "Events that wait to be committed", registry=REGISTRY)
DEAD_WAITING = Gauge("hilo_dead_letters_waiting", "Dead letters that wait for a person", registry=REGISTRY)
TIMERS_LATE = Histogram("hilo_timer_late_seconds", "How late timers fired", buckets=SECONDS, registry=REGISTRY)
SENDS = Counter(
    "hilo_sends",
    "Attempts to send, by what became of each (held_back: by our own brake)",
    ["channel", "result"],
    registry=REGISTRY,
)
GUARD = Counter(
    "hilo_guard_replies",
    "Replies in which the guard saw something, by team, by what it saw, and by what became of each",
    ["team", "kind", "became"],
    registry=REGISTRY,
)
TALLIES = Counter(
    "hilo_owed",
    "What teams owed (promise, callback, visit, follow_up), by team, and by what became of each (kept, broken, …)",
    ["team", "what", "became"],
    registry=REGISTRY,
)
LOOK_UPS = Counter(
    "hilo_directory_look_ups",
    "Look-ups in the directory, by what came of each (known, unknown; failed: tried again; refused, too_old: given up)",
    ["result"],
    registry=REGISTRY,
)
LOOK_UPS_WAITING = Gauge(
    "hilo_directory_waiting", "Look-ups of this router's partitions that are not answered yet", registry=REGISTRY
)

CALLBACKS_WAITING = Gauge(
    "hilo_callbacks_waiting", "Calls that may be made now and wait for an agent", registry=REGISTRY
)
CALLBACKS_LATE = Gauge("hilo_callbacks_late", "Those of them that are past the promised time", registry=REGISTRY)
CALL_OFFERS = Counter(
    "hilo_call_offers",
    "Calls offered to agents, by what became of each (made; refused, not_taken, unheard: nobody was asked), and agents "
    "who did not answer (unanswered)",
    ["result"],
    registry=REGISTRY,
)

CIRCUIT_OPEN = Gauge(
    "hilo_circuit_open",
    "1 while a provider's account is left alone and replies wait",
    ["channel", "account"],
    registry=REGISTRY,
)

# A process without a router has no rules, and tells none of these: a 0 would ring an alarm.
RULES_REGISTRY = CollectorRegistry()
RULES_RELOADS = Counter(
    "hilo_rules_reloads", "Changes of the rules, by what became of each", ["result"], registry=RULES_REGISTRY
)
RULES_LAST_RELOAD_SUCCESS = Gauge(
    "hilo_rules_last_reload_success", "1 if the files on disk are in force, 0 if refused", registry=RULES_REGISTRY
)
RULES_LAST_SUCCESS = Gauge(
    "hilo_rules_last_success_timestamp_seconds", "When the files were last taken", registry=RULES_REGISTRY
)
RULES_INFO = Gauge("hilo_rules_info", "The version in force", ["version"], registry=RULES_REGISTRY)
RULES_COUNT = Gauge("hilo_rules_count", "Rules in force", registry=RULES_REGISTRY)


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    has_rules = any(metric.samples for metric in RULES_INFO.collect())
    return generate_latest(REGISTRY) + (generate_latest(RULES_REGISTRY) if has_rules else b"")
