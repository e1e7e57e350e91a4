/**
 * What the chat's server speaks (../frames.py), as types. Nothing here runs, and no page loads it.
 *
 * @typedef {"none" | "waiting" | "taken" | "answered" | "resolved"} Stage
 *
 * @typedef {object} Status
 * @property {Stage} state
 * @property {string} team
 * @property {number | null} place 1 is next
 * @property {number | null} wait in seconds
 * @property {number} heard the instant of the visitor's latest message that lies in the team's queue
 * @property {boolean} has_address
 * @property {{state: "offered" | "owed" | "under_way", start: number | null, end: number | null, number: string} | null} call
 * @property {boolean} is_long it can't be taken soon
 *
 * @typedef {object} Line
 * @property {string} position
 * @property {string} id
 * @property {"visitor" | "team"} side
 * @property {string} text
 * @property {number} at
 * @property {string} key
 * @property {string} author
 * @property {string} team
 *
 * @typedef {object} Welcome
 * @property {"welcome"} type
 * @property {Line[]} lines
 * @property {Status} status
 * @property {number} max_length
 * @property {boolean} offers_email
 * @property {string} token
 * @property {boolean} is_signed the site has said who the visitor is, and is believed
 * @property {boolean} offers_call
 *
 * @typedef {object} Refused
 * @property {"refused"} type
 * @property {string} key
 * @property {"later" | "busy" | "slow" | "unacceptable"} reason
 * @property {number} retry_after in seconds
 * @property {string} detail
 *
 * @typedef {{type: "lines", lines: Line[]}} Lines
 * @typedef {{type: "accepted", key: string, position: string}} Accepted
 * @typedef {{type: "error", code: string, detail: string, key: string}} Complaint
 * @typedef {{type: "address", kept: boolean}} AddressKept
 * @typedef {{type: "typing", name: string}} Typing
 * @typedef {{type: "call", kept: boolean, reason: "" | "full" | "later"}} CallKept
 * @typedef {{type: "call_times", number: string, is_now: boolean, is_any_hour: boolean, windows: [number, number][]}} CallTimes
 * @typedef {{type: "status"} & Status} Told
 * @typedef {Welcome | Lines | Accepted | Refused | Complaint | AddressKept | Typing | Told} Usual
 * @typedef {Usual | CallKept | CallTimes | {type: "pong"}} FromServer
 *
 * @typedef {{type: "hello", token: string, after: string, language: string, name: string, identity: string}} Hello
 * @typedef {{type: "message", key: string, text: string}} Said
 * @typedef {{type: "fetched", position: string} | {type: "address", email: string}} Reported
 * @typedef {{type: "call_times", number: string}} CallTimesAsked
 * @typedef {{type: "call", key: string, number: string, start: number | null, any_hour: boolean, words: string}} CallAsked
 * @typedef {Hello | Said | Reported | CallTimesAsked | CallAsked | {type: "typing"} | {type: "ping"}} ToServer
 *
 * @typedef {{key: string, text: string, at: number}} Pending
 *
 * @typedef {object} Model what the view shows
 * @property {boolean} isOpen
 * @property {Line[]} lines
 * @property {Pending[]} pending
 * @property {Status} status
 * @property {boolean} isDown the line is down, and has been for long enough to say so
 * @property {boolean} isBusy the line is up, and the server takes nothing new for now
 * @property {boolean} isSending whether what is pending goes out now
 * @property {string} typing who of the team is writing
 * @property {number} unread
 * @property {boolean} offersEmail
 * @property {"" | "asking" | "saving" | "kept" | "wrong" | "later"} email
 * @property {boolean} offersCall
 * @property {{step: "" | "number" | "times", times: CallTimes | null, problem: "" | "asking" | "wrong" | "abroad" | "often" | "full" | "later"}} call
 * @property {"" | "slow" | "unacceptable" | "long"} problem
 * @property {number} maxLength
 */

export {};
