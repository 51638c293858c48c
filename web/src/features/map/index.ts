/** What other features may use of the map. */
export { default as CityGlance } from './components/CityGlance.vue'
export { default as MarkerMap, type Spot } from './components/MarkerMap.vue'
export { layerOf, othersOf, shapesOf } from './layers'
export { readPmtiles } from './pmtiles'
export { drawnAt } from './shown-points'
export { useMapConfiguration, useMapLayers } from './queries'
export { buildStyle } from './style'
