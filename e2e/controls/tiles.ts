/** A server of map tiles on this machine: every tile is one colour. */
import { createServer } from 'node:http'
import type { Page } from '@playwright/test'
import { PNG } from './pmtiles.ts'

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
    async ([shown, tile]) => {
      const pixels = async (base64: string): Promise<Uint8ClampedArray> => {
        const image = new Image()
        image.src = `data:image/png;base64,${base64}`
        await image.decode()
        const canvas = document.createElement('canvas')
        canvas.width = image.width
        canvas.height = image.height
        const context = canvas.getContext('2d')
        if (context === null) throw new Error('no canvas')
        context.drawImage(image, 0, 0)
        return context.getImageData(0, 0, image.width, image.height).data
      }
      const [all, one] = [await pixels(shown), await pixels(tile)]
      let alike = 0
      for (let at = 0; at < all.length; at += 4) {
        const far = [0, 1, 2].map((part) => Math.abs((all[at + part] ?? 0) - (one[part] ?? 0)))
        if (Math.max(...far) <= 24) alike += 1
      }
      return alike / (all.length / 4)
    },
    [picture.toString('base64'), PNG.toString('base64')] as const,
  )
  await reader.close()
  return share
}
