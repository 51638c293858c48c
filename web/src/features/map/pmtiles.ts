/** Lets the map read tiles from one PMTiles file in ranges; loaded when such a file is configured. */
import type { addProtocol } from 'maplibre-gl'

let isAdded = false

/** Told how a protocol is added, so that pages without a map need not load its library. */
export function readPmtiles(add: typeof addProtocol): void {
  if (isAdded) return
  isAdded = true
  const protocol = import('pmtiles').then(({ Protocol }) => new Protocol())
  add('pmtiles', async (request, abort) => (await protocol).tile(request, abort))
}
