/** Where the name of a county stands: beside its seat, clear of the points around it. */

export interface Spot {
  x: number
  y: number
  radius: number
}

/** Offsets in pixels from the seat, the preferred ones first. */
const OFFSETS: readonly (readonly [number, number])[] = [
  [0, -24],
  [0, 24],
  [0, -40],
  [0, 40],
  [-44, 0],
  [44, 0],
  [0, -58],
  [0, 58],
]
const HALF_HEIGHT = 9

/** By how much a circle reaches into the box of a name, pixels. */
function overlap(spot: Spot, x: number, y: number, halfWidth: number): number {
  const across = Math.max(Math.abs(spot.x - x) - halfWidth, 0)
  const down = Math.max(Math.abs(spot.y - y) - HALF_HEIGHT, 0)
  return Math.max(spot.radius - Math.hypot(across, down), 0)
}

/** The offset that covers least, the preferred one where several cover nothing. */
export function placeLabel(
  seat: { x: number; y: number },
  halfWidth: number,
  spots: readonly Spot[],
): [number, number] {
  let best: [number, number] = [0, -24]
  let least = Infinity
  for (const [across, down] of OFFSETS) {
    const covered = spots.reduce(
      (sum, spot) => sum + overlap(spot, seat.x + across, seat.y + down, halfWidth),
      0,
    )
    if (covered < least) {
      least = covered
      best = [across, down]
    }
    if (covered === 0) break
  }
  return best
}
