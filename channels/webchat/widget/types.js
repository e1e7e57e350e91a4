/**
 * What the chat's server speaks (../frames.py), as types. Nothing here runs, and no page loads it.
 *
 * @typedef {"none" | "waiting" | "taken" | "answered" | "resolved"} Stage
 * @typedef {{state: Stage, team: string, place: number | null, wait: number | null, heard: number, has_address: boolean}} Status
 * @typedef {{position: string, id: string, side: "visitor" | "team", text: string, at: number, key: string, author: string, team: string}} Line
 *
 * @typedef {{type: "welcome", lines: Line[], status: Status, max_length: number, offers_email: boolean, token: string}} Welcome
 * @typedef {{type: "lines", lines: Line[]}} Lines
 * @typedef {{type: "accepted", key: string, position: string}} Accepted
 * @typedef {{type: "refused", key: string, reason: "later" | "slow" | "unacceptable", retry_after: number, detail: string}} Refused
 * @typedef {{type: "error", code: string, detail: string, key: string}} Complaint
 * @typedef {{type: "address", kept: boolean}} AddressKept
 * @typedef {{type: "typing", name: string}} Typing
 * @typedef {Welcome | Lines | Accepted | Refused | Complaint | AddressKept | Typing | ({type: "status"} & Status) | {type: "pong"}} FromServer
 *
 * @typedef {{type: "hello", token: string, after: string, language: string, name: string}} Hello
 * @typedef {Hello | {type: "message", key: string, text: string} | {type: "fetched", position: string} | {type: "address", email: string} | {type: "typing"} | {type: "ping"}} ToServer
 *
 * @typedef {{key: string, text: string, at: number}} Pending
 * @typedef {{base: string, language: string, name: string}} Options
 *
 * @typedef {object} Model what the view shows
 * @property {boolean} isOpen
 * @property {Line[]} lines
 * @property {Pending[]} pending
 * @property {Status} status
 * @property {boolean} isDown the line is down, and has been for long enough to say so
 * @property {boolean} isSending whether what is pending goes out now
 * @property {string} typing who of the team is writing
 * @property {number} unread
 * @property {boolean} offersEmail
 * @property {"" | "asking" | "saving" | "kept" | "wrong" | "later"} email
 * @property {"" | "slow" | "unacceptable" | "long"} problem
 * @property {number} maxLength
 */

export {};
