/** A server of map tiles on this machine: every tile is one colour. */
import { createServer } from 'node:http'
import { crc32, deflateSync } from 'node:zlib'
import type { Page } from '@playwright/test'

/** No colour of ours comes near it. */
const COLOUR = [200, 60, 160] as const
/** How far a colour may be off: counties lie on the tiles as a thin veil. */
const VEIL = 40

const chunk = (name: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}

/** One pixel, 8 bits a colour, not filtered; the map stretches it over the tile. */
const PNG = Buffer.concat([
  Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
  chunk('IHDR', Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0])),
  chunk('IDAT', deflateSync(Buffer.from([0, ...COLOUR]))),
  chunk('IEND', Buffer.alloc(0)),
])

export interface TileServer {
  /** The address with its places, as the configuration takes it. */
  url: string
  /** The paths that were asked for. */
  asked: string[]
  stop(): Promise<void>
}

export async function startTileServer(): Promise<TileServer> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(200, { 'content-type': 'image/png', 'access-control-allow-origin': '*' })
    response.end(PNG)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port for the tiles')
  return {
    url: `http://127.0.0.1:${address.port}/{z}/{x}/{y}.png`,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The share of a picture that has the colour of the tiles, from 0 to 1. */
export async function shareOfTiles(page: Page, picture: Buffer): Promise<number> {
  const reader = await page.context().newPage()
  const share = await reader.evaluate(
    async ({ base64, colour, most }) => {
      const image = new Image()
      image.src = `data:image/png;base64,${base64}`
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = image.width
      canvas.height = image.height
      const context = canvas.getContext('2d')
      if (context === null) throw new Error('no canvas')
      context.drawImage(image, 0, 0)
      const { data } = context.getImageData(0, 0, image.width, image.height)
      let alike = 0
      for (let at = 0; at < data.length; at += 4) {
        const far = colour.map((part, place) => Math.abs((data[at + place] ?? 0) - part))
        if (Math.max(...far) <= most) alike += 1
      }
      return alike / (data.length / 4)
    },
    { base64: picture.toString('base64'), colour: COLOUR, most: VEIL },
  )
  await reader.close()
  return share
}
