/** Server data of the map. */
import { useQuery } from '@tanstack/vue-query'
import type { FeatureCollection } from 'geojson'
import { getJson } from '@/api/request'

interface MapLayer {
  name: string
  geojson: FeatureCollection
  is_schematic: boolean
}

interface MapConfiguration {
  tile_url: string | null
  tile_attribution: string | null
}

export const useMapLayers = () =>
  useQuery({
    queryKey: ['map-layers'],
    queryFn: () => getJson<{ layers: MapLayer[] }>('/map/layers'),
    select: (body) => body.layers,
    staleTime: Infinity,
  })

export const useMapConfiguration = () =>
  useQuery({
    queryKey: ['map-configuration'],
    queryFn: () => getJson<{ map_configuration: MapConfiguration }>('/map/configuration'),
    select: (body) => body.map_configuration,
    staleTime: Infinity,
  })
