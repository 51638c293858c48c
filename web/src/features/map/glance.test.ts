import { expect, test } from 'vitest'
import type { MapPoint } from '@/features/points'
import { sitesOf } from './glance'

const point = (id: number, site: string, state: string, longitude: number | null = 112.5) =>
  ({ id, site_name_zh: site, site_name_en: site, state, longitude, latitude: 26.9 }) as MapPoint

test('a site has one mark in the worst state of its points, and leads to that point', () => {
  const marks = sitesOf([
    point(1, 'A', 'normal'),
    point(2, 'A', 'alarm'),
    point(3, 'A', 'offline'),
    point(4, 'B', 'maintenance', 112.6),
  ])
  expect(marks.map(({ name_zh, state, pointId }) => [name_zh, state, pointId])).toEqual([
    ['B', 'maintenance', 4],
    ['A', 'alarm', 2],
  ])
})

test('a point without a place has no mark', () => {
  expect(sitesOf([point(1, 'A', 'alarm', null)])).toEqual([])
})
