/** What other features may use of the tasks. */
export { default as DueTasks } from './components/DueTasks.vue'
