/** Lets the map read tiles from one PMTiles file in ranges; loaded when such a file is configured. */
import { addProtocol } from 'maplibre-gl'

let isAdded = false

export function readPmtiles(): void {
  if (isAdded) return
  isAdded = true
  const protocol = import('pmtiles').then(({ Protocol }) => new Protocol())
  addProtocol('pmtiles', async (request, abort) => (await protocol).tile(request, abort))
}
