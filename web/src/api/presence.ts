/**
 * Whether somebody is at this browser. Pages refresh themselves; what they ask for while nobody
 * touches them must not keep a session alive that should end by itself.
 */
const QUIET_MS = 60_000
const TOUCHES = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const

let touchedAt = performance.now()

/** Begins to notice keyboard, mouse and finger. */
export function watchPresence(): void {
  for (const touch of TOUCHES)
    addEventListener(touch, () => (touchedAt = performance.now()), { passive: true, capture: true })
}

/** What a request says about it. */
export const presenceHeaders = (): Record<string, string> =>
  performance.now() - touchedAt > QUIET_MS ? { 'x-unattended': '1' } : {}
