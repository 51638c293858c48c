/** What other features may use of points. */
export { useMapPoints, usePoint } from './queries'
export { default as LiveValues } from './components/LiveValues.vue'
export type { LatestValue, MapPoint } from './model'
export { useLiveMapPoints } from './live-values'
export { importPath } from './model'
