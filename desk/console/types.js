/**
 * What the desk's API speaks (docs/api.md), as types. Nothing here runs.
 *
 * @typedef {{id: string, name: string}} Named
 * @typedef {Named & {role: string}} Agent
 * @typedef {Named & {waiting: number, total: number}} TeamCount
 * @typedef {{agent: Agent, teams: TeamCount[], all_teams: Named[], answers_by: string[], position: string}} Me
 *
 * @typedef {"new" | "open" | "pending" | "snoozed" | "resolved" | "closed"} State
 * @typedef {"low" | "normal" | "high" | "urgent"} Priority
 * @typedef {{kind: string, address: string, link: "verified" | "claimed", evidence: Evidence | null, by: Named | null, since: string}} Handle
 * @typedef {"written" | "site" | "dkim" | "code" | "agent" | "directory"} Evidence what speaks for a handle's being theirs
 * @typedef {{customer: string, since: string, evidence: Evidence, by: Named | null, handles: string[]}} Part who became part of this customer
 *
 * @typedef {object} Suggestion somebody else who may be the same customer
 * @property {string | null} handle
 * @property {string | null} customer
 * @property {string | null} conversation the one that they have open
 * @property {Named | null} team its owner
 * @property {"other_identity" | "supervisor" | null} doubt
 *
 * @typedef {{handle: string, state: "waiting" | "used" | "failed", sent_at: string | null, expires_at: string, wrong: number}} Code
 *
 * @typedef {Record<string, string>} Texts by language
 * @typedef {{kind: string, label: Texts, ask: Texts, is_open: boolean, of_the_matter: boolean}} FactKind
 * @typedef {{kinds: FactKind[], steps: {value: string, words: Texts}[]}} FactKinds
 *
 * @typedef {object} Fact something known of the customer or of the matter
 * @property {string} kind
 * @property {Texts} label
 * @property {string} value
 * @property {string} masked
 * @property {Texts | null} words what people call it, where it is a step
 * @property {string | null} sort
 * @property {boolean | null} proved what its check digit says
 * @property {boolean} of_other
 * @property {boolean} is_claimed nothing proves that the customer said it
 * @property {Named | null} confirmed_by
 * @property {string | null} confirmed_at
 * @property {string | null} at
 * @property {string | null} source the message that says it
 * @property {string} phrase
 *
 * @typedef {Named & {handles?: Handle[], parts?: Part[], facts?: Fact[] | null, profile?: Profile | null}} Customer
 * @typedef {{tier: string, region: string, expertise: string, followers: number | null, tags: string[],
 *   attributes: Record<string, string>}} Profile what the directory knows of the customer
 * @typedef {{channel: string, handle: string, proof: string, public: boolean}} ReplyTarget
 * @typedef {"first_reply" | "next_reply" | "resolution" | "update"} DeadlineKind
 * @typedef {{kind: DeadlineKind, due_at: string, missed_at: string | null, promised?: boolean}} Deadline
 *
 * @typedef {object} Conversation
 * @property {string} id
 * @property {State} state
 * @property {number} revision
 * @property {Named} team
 * @property {string} owned_since
 * @property {string} reason
 * @property {Named | null} assignee
 * @property {Priority} priority
 * @property {string[]} tags
 * @property {Customer} customer
 * @property {string | null} channel
 * @property {ReplyTarget[]} replies_to
 * @property {string | null} address
 * @property {{message: string, state: "unconfirmed" | "failed"}[]} unreached replies about which a person has to choose
 * @property {string} subject
 * @property {string} preview
 * @property {string} language
 * @property {number} messages
 * @property {string | null} waiting_since
 * @property {string} created_at
 * @property {string} updated_at
 * @property {string | null} resolved_at
 * @property {string | null} snoozed_until
 * @property {Deadline[]} deadlines what runs, or was missed and is still owed; nearest first
 * @property {{kind: DeadlineKind} | null} paused what goes on once the customer has written
 * @property {Record<string, string>} facts what the rules gave it
 * @property {Fact[] | null} [known]
 * @property {string[]} skills
 * @property {string} spoken
 * @property {Callback | null} callback
 * @property {Call | null} call the call under way, or the latest
 * @property {Promised[]} promises the open ones first
 * @property {FollowUp | null} follow_up
 * @property {boolean} [hidden] somebody rings, and nobody has made sure yet who it is: nothing that is known is told
 * @property {boolean} is_escalated
 * @property {{conversation: string | null} | null} part_of where its story goes on, once it is there
 * @property {Suggestion[]} suggestions
 * @property {Code | null} code the latest one-time code
 *
 * @typedef {object} Callback a call that may be offered to the customer (`offer`), or is owed to them
 * @property {"offer" | "schedule"} kind
 * @property {string | null} id
 * @property {string} asked_at
 * @property {string | null} due_at
 * @property {string | null} from_at
 * @property {string | null} ready_at when it goes to the agents
 * @property {string | null} number
 * @property {string | null} zone the customer's
 * @property {"asked" | "rule" | "agent" | "missed" | "dropped" | "promise"} reason
 * @property {string} note
 * @property {string} by
 * @property {string} consent the words by which it may be at any hour
 * @property {Agent | null} wanted who knows the case
 * @property {{agent: Agent, until: string} | null} offer who is asked to make it now
 * @property {number} attempts
 * @property {{at: string, status: CallStatus, agent: Agent | null}[]} tries
 * @property {boolean} is_in_doubt nobody knows whether the customer was rung
 * @property {boolean} order it is under way
 * @property {string | null} told_at
 * @property {string | null} broken_at
 *
 * @typedef {"ordered" | "agent_ringing" | "agent_answered" | "ringing" | "talking"} CallStep
 * @typedef {"ended" | "dropped" | "busy" | "no_answer" | "voicemail" | "wrong_number" | "failed" | "agent_away" | "in_doubt"} CallEnd
 * @typedef {CallStep | CallEnd} CallStatus
 * @typedef {"solved" | "follow_up" | "call_again" | "not_reached" | "wrong_number" | "other"} Disposition
 *
 * @typedef {object} Call
 * @property {string} id
 * @property {"in" | "out"} direction
 * @property {CallStatus} status
 * @property {boolean} is_over
 * @property {string} at
 * @property {string} number
 * @property {Agent | null} agent
 * @property {string | null} answered_at
 * @property {string | null} ended_at
 * @property {number | null} seconds
 * @property {string} reason
 * @property {string | null} recording
 * @property {string | null} disposition
 * @property {string | null} wrapped_at
 * @property {string | null} checked_at
 * @property {string | null} grace_until who rings back until then lands with the same agent
 *
 * @typedef {"word" | "call" | "visit" | "deed"} PromiseKind
 * @typedef {"open" | "kept" | "broken" | "dropped"} PromiseState
 *
 * @typedef {object} Promised what somebody of ours promised the customer
 * @property {string} id
 * @property {PromiseKind} kind
 * @property {string} made_at
 * @property {string} due_at
 * @property {string | null} from_at
 * @property {Agent | null} by
 * @property {string} text
 * @property {PromiseState} state
 * @property {"nobody" | "agent" | "team" | "supervisor"} chased who was reminded of it last
 * @property {string | null} broken_at
 * @property {string | null} settled_at
 * @property {boolean} vague its words named no time: the policy did
 *
 * @typedef {{due_at: string, asked_at: string | null, works: boolean | null, score: number | null}} FollowUp
 *
 * @typedef {object} Phone where the agent at this desk is rung; `provider` is null where nobody can be called from here
 * @property {boolean} is_ready
 * @property {string | null} number
 * @property {"twilio" | "asterisk" | "manual" | null} provider
 * @property {string | null} idle_since
 * @property {"unanswered" | "passed" | null} off why others took them off
 *
 * @typedef {{callbacks: Conversation[], phone: Phone, position: string}} Calls
 *
 * @typedef {object} Entry
 * @property {string} id
 * @property {string} kind
 * @property {string} at
 * @property {string} actor
 * @property {string} text
 * @property {string} channel
 * @property {string} message
 * @property {Record<string, string>} detail
 * @property {string | null} [part] the customer who became part of this one, and in whose story it stood
 * @property {{ name: string, type: string, size: number, digest?: string, url?: string }[]} attachments
 *
 * @typedef {{digest: string, name: string, type: string, size: number}} Attached a file that is kept, and can go along
 *
 * @typedef {object} Former another conversation of the same customer's, which is over
 * @property {string} id
 * @property {Named} team
 * @property {string} subject
 * @property {string} beginning how the customer's first message begins
 * @property {string[]} channels
 * @property {string} created_at
 * @property {string} closed_at
 *
 * @typedef {{team: Named, waiting: number, total: number, conversations: Conversation[], position: string}} Queue
 * @typedef {Conversation & {timeline: Entry[], timeline_start: number, former: Former[]}} Story
 * @typedef {{conversation: Conversation | null, revision: number, found?: Finding[]}} Answer
 * @typedef {object} Finding in code points of the reply's text
 * @property {string} kind
 * @property {string | null} what the sort of data that is shown
 * @property {string | null} to the place that the customer is sent to
 * @property {string} phrase
 * @property {number} start
 * @property {number} end
 * @property {boolean} is_customers
 * @property {string | null} fact the kind of fact that is asked for
 * @property {string | null} known the fact
 * @property {string | null} due_at by when something is promised
 * @property {boolean} [vague] its words name no time: the policy does
 * @property {PromiseKind | null} [promise] the kind of what is promised
 *
 * @typedef {object} Offer a way out of a stopped reply; `promise` is ours: a date by which the policy has the author keep it
 * @property {"dm" | "email" | "call" | "show_fact" | "date" | "promise" | "invitation" | "despite"} offer
 * @property {{channel?: string, public?: boolean, to?: string | null, number?: string | null, promise?: string | null}} [fields]
 * @property {string[]} [to]
 * @property {"supervisor" | "agent"} [needs]
 * @property {boolean} [reason]
 *
 * @typedef {{id: string, waiting: number, total: number}} Count
 * @typedef {{conversation: Conversation | null, id: string, kinds: string[], teams: Count[]}} Change
 * @typedef {{file: string, line: number, column: number, message: string, hint: string}} RulesProblem
 * @typedef {object} Rules how it stands with the rules; `problems` is empty for who can't mend them
 * @property {string | null} version
 * @property {string | null} loaded_at
 * @property {number} rules
 * @property {string | null} refused_at
 * @property {number} mistakes
 * @property {string[]} files
 * @property {RulesProblem[]} problems
 *
 * @typedef {{id: string, kind: string, at: string, channel: string, replays: number, error: string}} Letter
 * @typedef {{count: number, letters: Letter[], has_more: boolean}} Letters
 *
 * @typedef {{kind: "typing" | "present" | "away", conversation: string, is_customer: boolean, name: string}} Live
 */

export {};
