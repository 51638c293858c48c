/** What other features may use of commands. */
export { default as CommandPanel } from './components/CommandPanel.vue'
