/** What other features may use of the map. */
export { useMapConfiguration, useMapLayers } from './queries'
export { buildStyle } from './style'
