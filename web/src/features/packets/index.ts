/** What other features use of packets. */
export { default as ExplainedFields } from './components/ExplainedFields.vue'
export type { ExplainedPacket } from './queries'
