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
 * @typedef {{type: "status"} & Status} Told
 * @typedef {Welcome | Lines | Accepted | Refused | Complaint | AddressKept | Typing | Told | {type: "pong"}} FromServer
 *
 * @typedef {{type: "hello", token: string, after: string, language: string, name: string, identity: string}} Hello
 * @typedef {{type: "message", key: string, text: string}} Said
 * @typedef {{type: "fetched", position: string} | {type: "address", email: string}} Reported
 * @typedef {Hello | Said | Reported | {type: "typing"} | {type: "ping"}} ToServer
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
 * @property {"" | "slow" | "unacceptable" | "long"} problem
 * @property {number} maxLength
 */

export {};
