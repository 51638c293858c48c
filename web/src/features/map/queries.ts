/** Server data of the map. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import type { FeatureCollection } from 'geojson'
import { getJson, request, withQuery } from '@/api/request'
import type { components } from '@/api/schema'

export interface MapLayer {
  name: string
  geojson: FeatureCollection
  feature_count: number
  source: string
  is_schematic: boolean
  updated_at: string
}

export type TileLayer = components['schemas']['TileLayer']
type Preview = Omit<components['schemas']['MapPreviewBody'], 'geojson'> & {
  geojson: FeatureCollection
}
export type { Preview as MapPreview }

export interface LayerFile {
  name: string
  file: File
  source: string
  nameField: string
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
    queryFn: () =>
      getJson<{ map_configuration: { tile_layers: TileLayer[] } }>('/map/configuration'),
    select: (body) => body.map_configuration.tile_layers,
    staleTime: Infinity,
  })

function send<T>(method: string, path: string, { file, source, nameField }: LayerFile): Promise<T> {
  return request<T>(withQuery(`/api/v1${path}`, { source, name_field: nameField }), {
    method,
    headers: { 'content-type': 'application/octet-stream' },
    body: file,
  })
}

export const usePreview = () =>
  useMutation({
    mutationFn: (layer: LayerFile) =>
      send<{ preview: Preview }>('POST', `/map/layers/${layer.name}/preview`, layer).then(
        (body) => body.preview,
      ),
  })

function useLayerChange<Input>(change: (input: Input) => Promise<unknown>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ['map-layers'] }),
  })
}

export const usePutLayer = () =>
  useLayerChange((layer: LayerFile) => send<unknown>('PUT', `/map/layers/${layer.name}`, layer))

export const useRemoveLayer = () =>
  useLayerChange((name: string) =>
    request<unknown>(`/api/v1/map/layers/${name}`, { method: 'DELETE' }),
  )
