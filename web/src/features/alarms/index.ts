/** What other features may use of alarms. */
export { default as AlarmFeed } from './components/AlarmFeed.vue'
export { default as AlarmSound } from './components/AlarmSound.vue'
