/** Pictures for the guide: what the browser shows, small enough for a repository. */
import { writeFileSync } from 'node:fs'
import type { Page } from '@playwright/test'

/** Quality of WebP: letters stay sharp, a page takes 30 to 120 KB. */
const QUALITY = 0.74

/** Writes what the page shows as WebP, which the browser itself encodes. */
export async function keepPicture(page: Page, painter: Page, file: string): Promise<void> {
  const shot = await page.screenshot({ type: 'png' })
  const encoded = await painter.evaluate(
    async ([png, quality]) => {
      const image = new Image()
      image.src = `data:image/png;base64,${png}`
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = image.naturalWidth
      canvas.height = image.naturalHeight
      canvas.getContext('2d')?.drawImage(image, 0, 0)
      return canvas.toDataURL('image/webp', quality)
    },
    [shot.toString('base64'), QUALITY] as const,
  )
  const [head, body] = encoded.split(',')
  if (head !== 'data:image/webp;base64' || body === undefined)
    throw new Error(`the browser wrote no WebP: ${head}`)
  writeFileSync(file, Buffer.from(body, 'base64'))
}
