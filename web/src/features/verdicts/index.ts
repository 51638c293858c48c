/** What other features may use of verdicts. */
export { default as CityAirCard } from './components/CityAirCard.vue'
export { default as CityWaterCard } from './components/CityWaterCard.vue'
export { default as GradeLegend } from './components/GradeLegend.vue'
export { default as HeatGrid } from './components/HeatGrid.vue'
export { default as VerdictPanel } from './components/VerdictPanel.vue'
export { isJudged, yearGrid } from './model'
export { default as VerdictWord } from './components/VerdictWord.vue'
export { useVerdictWords } from './use-verdict-words'
