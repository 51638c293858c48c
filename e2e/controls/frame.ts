/** Frames of HJ 212 as a logger writes them, from the text of the standard. */

/** The checksum of HJ 212: the byte is taken against the high half of the register. */
export function checksum(text: string): string {
  let register = 0xffff
  for (const byte of Buffer.from(text, 'utf8')) {
    register = (register >> 8) ^ byte
    for (let bit = 0; bit < 8; bit += 1) {
      const isOdd = (register & 1) === 1
      register >>= 1
      if (isOdd) register ^= 0xa001
    }
  }
  return register.toString(16).toUpperCase().padStart(4, '0')
}

/** `##`, the length, the data segment, the checksum, the end. */
export function encodeFrame(segment: string): string {
  return `##${String(segment.length).padStart(4, '0')}${segment}${checksum(segment)}\r\n`
}

/** An instant as civil time of Beijing without separators: to the second, or the millisecond. */
export function compactTime(epochMs: number, digits: 14 | 17): string {
  const civil = new Date(epochMs + 8 * 3_600_000).toISOString()
  return civil.replace(/[-T:.Z]/g, '').slice(0, digits)
}
