import { expect, it } from 'vitest'
import { placeLabel } from './label-place'

const seat = { x: 100, y: 100 }

it('stands above its seat when nothing is there', () => {
  expect(placeLabel(seat, 20, [{ x: 100, y: 100, radius: 12 }])).toEqual([0, -24])
})

it('goes below when a point is above', () => {
  expect(placeLabel(seat, 20, [{ x: 100, y: 76, radius: 12 }])).toEqual([0, 24])
})

it('takes the place that covers least when every place is taken', () => {
  const spots = [-58, -40, -24, 24, 40].map((down) => ({ x: 100, y: 100 + down, radius: 30 }))
  const sides = [-44, 44].map((across) => ({ x: 100 + across, y: 100, radius: 30 }))
  expect(placeLabel(seat, 20, [...spots, ...sides])).toEqual([0, 58])
})
