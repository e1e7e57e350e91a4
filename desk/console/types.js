/**
 * What the desk's API speaks (docs/api.md), as types. Nothing here runs.
 *
 * @typedef {{id: string, name: string}} Named
 * @typedef {Named & {role: string}} Agent
 * @typedef {Named & {waiting: number, total: number}} TeamCount
 * @typedef {{agent: Agent, teams: TeamCount[], all_teams: Named[], position: string}} Me
 *
 * @typedef {"new" | "open" | "pending" | "snoozed" | "resolved" | "closed"} State
 * @typedef {"low" | "normal" | "high" | "urgent"} Priority
 * @typedef {{kind: string, address: string, link: "verified" | "claimed"}} Handle
 * @typedef {Named & {handles?: Handle[]}} Customer
 * @typedef {{channel: string, handle: string, proof: string}} ReplyTarget
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
 * @property {string} subject
 * @property {string} preview
 * @property {string} language
 * @property {number} messages
 * @property {string | null} waiting_since
 * @property {string} created_at
 * @property {string} updated_at
 * @property {string | null} resolved_at
 * @property {string | null} snoozed_until
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
 *
 * @typedef {{team: Named, waiting: number, total: number, conversations: Conversation[], position: string}} Queue
 * @typedef {Conversation & {timeline: Entry[], timeline_start: number}} Story
 * @typedef {{conversation: Conversation | null, revision: number}} Answer
 * @typedef {{id: string, waiting: number, total: number}} Count
 * @typedef {{conversation: Conversation | null, id: string, kinds: string[], teams: Count[]}} Change
 * @typedef {{kind: "typing" | "present" | "away", conversation: string, is_customer: boolean, name: string}} Live
 */

export {};
