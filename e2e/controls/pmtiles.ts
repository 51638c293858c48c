/** A PMTiles file (version 3) of one raster tile, written by hand from the specification. */
import { writeFileSync } from 'node:fs'

/** One green pixel, which the map stretches over the world. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

export function writePmtiles(path: string): void {
  // one entry: tile 0, run of 1, its length, offset 0 (written as 1)
  const directory = Buffer.from([1, 0, 1, PNG.length, 1])
  const metadata = Buffer.from('{}')
  const head = Buffer.alloc(127)
  head.write('PMTiles', 0, 'latin1')
  head.writeUInt8(3, 7)
  const place = (at: number, offset: number, length: number): void => {
    head.writeBigUInt64LE(BigInt(offset), at)
    head.writeBigUInt64LE(BigInt(length), at + 8)
  }
  const first = head.length
  place(8, first, directory.length)
  place(24, first + directory.length, metadata.length)
  place(40, 0, 0)
  place(56, first + directory.length + metadata.length, PNG.length)
  for (const at of [72, 80, 88]) head.writeBigUInt64LE(1n, at)
  head.writeUInt8(1, 96) // clustered
  head.writeUInt8(1, 97) // nothing compressed inside
  head.writeUInt8(1, 98) // nor the tiles
  head.writeUInt8(2, 99) // PNG
  head.writeInt32LE(-1_800_000_000, 102)
  head.writeInt32LE(-850_000_000, 106)
  head.writeInt32LE(1_800_000_000, 110)
  head.writeInt32LE(850_000_000, 114)
  writeFileSync(path, Buffer.concat([head, directory, metadata, PNG]))
}
