/** What other features may use of verdicts. */
export { default as CityAirCard } from './components/CityAirCard.vue'
export { default as CityWaterCard } from './components/CityWaterCard.vue'
export { default as VerdictPanel } from './components/VerdictPanel.vue'
export { isJudged } from './model'
export { default as VerdictWord } from './components/VerdictWord.vue'
export { useVerdictWords } from './use-verdict-words'
