/** What other features may use of the map. */
export { layerOf, othersOf, shapesOf } from './layers'
export { readPmtiles } from './pmtiles'
export { useMapConfiguration, useMapLayers } from './queries'
export { buildStyle } from './style'
