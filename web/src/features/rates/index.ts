/** What other features may use of the rates. */
export { default as RateFigures } from './components/RateFigures.vue'
export { default as RateTable } from './components/RateTable.vue'
export { spanOf, useMonthRates, useRates } from './queries'
