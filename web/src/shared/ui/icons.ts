/** Paths of the icons. */
export const ICONS = {
  overview: 'M4 13h6V4H4zM14 9h6V4h-6zM4 20h6v-3H4zM14 20h6v-7h-6z',
  map: 'M9 4 4 6v14l5-2 6 2 5-2V4l-5 2zM9 4v14M15 6v14',
  point:
    'M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  packet: 'M4 7l8-4 8 4v10l-8 4-8-4zM4 7l8 4 8-4M12 11v10',
  alarm: 'M6 16V11a6 6 0 1 1 12 0v5l1.5 2h-15zM10 20.5a2.2 2.2 0 0 0 4 0',
  duty: 'M5 4h14v17H5zM9 2.5v3M15 2.5v3M8.5 10h7M8.5 13.5h7M8.5 17h4',
  rule: 'M4 6h10M18 6h2M4 12h2M10 12h10M4 18h8M16 18h4M16 4v4M8 10v4M14 16v4',
  device: 'M4 5h16v10H4zM8 19h8M12 15v4M7.5 8.5h3M7.5 11.5h5',
  command: 'M5 6l6 6-6 6M13 18h6',
  forward: 'M4 12h13M12 6l6 6-6 6M21 5v14',
  quarantine: 'M12 3 4 6v6c0 4.5 3.3 7.7 8 9 4.7-1.3 8-4.5 8-9V6zM9.5 9.5l5 5M14.5 9.5l-5 5',
  broken: 'M4 4h16v6l-4 2-3-2-3 3-3-2-3 2zM4 16.5l3-2 3 2 3-3 3 2 4-2V20H4z',
  site: 'M4 20V9l5 3V9l5 3V5h6v15zM3 20h18',
  organisation: 'M5 21V4h9v17M14 9h5v12M8 8h3M8 12h3M8 16h3M3 21h18',
  region: 'M9.5 3.5h5v5h-5zM3.5 15.5h5v5h-5zM15.5 15.5h5v5h-5zM12 8.5V12M6 15.5V12h12v3.5',
  import: 'M12 3v12M7 10l5 5 5-5M4 17v4h16v-4',
  rate: 'M4 20V4M4 20h16M8 16l4-5 3 3 5-7',
  pollutant: 'M9 3h6M10 3v6l-5 9a2 2 0 0 0 1.8 3h10.4a2 2 0 0 0 1.8-3l-5-9V3M7.5 15h9',
  sample: 'M9 3h6M10 3v15a2 2 0 0 0 4 0V3M10 12h4',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0',
  people:
    'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 11.5a3 3 0 1 0-1.5-5.6M17.5 14.6A5.5 5.5 0 0 1 21.5 20',
  trail: 'M6 3h9l4 4v14H6zM15 3v4h4M9 11h7M9 14.5h7M9 18h4',
  key: 'M8 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM11.5 12H21v3.5M17 12v3',
  system: 'M4 5h16v6H4zM4 13h16v6H4zM7.5 8h.01M7.5 16h.01M11 8h5M11 16h5',
  menu: 'M4 7h16M4 12h16M4 17h16',
  close: 'M6 6l12 12M18 6 6 18',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  moon: 'M20 14.5A8 8 0 0 1 9.5 4a8 8 0 1 0 10.5 10.5z',
  auto: 'M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16',
  language:
    'M3 6h10M8 3.5V6M10.5 6c-.8 4-3.5 7-7 8.5M5.5 9c1.5 2.7 3.5 4.5 6.5 5.5M12.5 20.5 16.5 10l4 10.5M14 17h5',
  sound: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
  mute: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20.5 20.5 16 16',
  refresh: 'M20 11a8 8 0 1 0-1.5 6M20 5v6h-6',
  download: 'M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14',
  plus: 'M12 5v14M5 12h14',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  chevron: 'M9 6l6 6-6 6',
  back: 'M15 6l-6 6 6 6',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.5l3.5 2',
  edit: 'M4 20l1-4L16.5 4.5l3 3L8 19z',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.5 1.5M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.5-1.5',
  wave: 'M3 9c3-3 6-3 9 0s6 3 9 0M3 15c3-3 6-3 9 0s6 3 9 0',
  smoke: 'M6 21V11h5v10M3 21h18M15 21v-6h4v6M8.5 8c0-2 2-2 2-4M13 9c0-2 3-2.5 3-5',
  water: 'M12 3s6.5 7 6.5 11.5a6.5 6.5 0 0 1-13 0C5.5 10 12 3 12 3z',
  wind: 'M3 9h11a3 3 0 1 0-3-3M3 13h15a3 3 0 1 1-3 3M3 17h7a2 2 0 1 1-2 2',
  noise: 'M4 10v4M8 7v10M12 4v16M16 7v10M20 10v4',
} as const

export type IconName = keyof typeof ICONS

/** The icon of a medium. */
export function mediumIcon(medium: string): IconName {
  switch (medium) {
    case 'waste_gas':
      return 'smoke'
    case 'waste_water':
      return 'water'
    case 'surface_water':
      return 'wave'
    case 'noise':
      return 'noise'
    default:
      return 'wind'
  }
}
