// A few line icons, drawn on a grid of 24. Always beside a text or with a label on the control.
const paths = {
  overview: 'M4 13h6V4H4zM14 20h6V4h-6zM4 20h6v-4H4z',
  shield: 'M12 3l8 3v6c0 5-3.500 8-8 9-4.500-1-8-4-8-9V6z',
  bug: 'M8 9a4 4 0 018 0v6a4 4 0 01-8 0zM3 7l5 3M21 7l-5 3M3 13h5M16 13h5M4 20l4-3M20 20l-4-3M9 5l1 1M15 5l-1 1',
  server: 'M4 4h16v7H4zM4 13h16v7H4zM8 7.500h.01M8 16.500h.01',
  box: 'M12 3l8 4.500v9L12 21l-8-4.500v-9zM4 7.500l8 4.500 8-4.500M12 12v9',
  layers: 'M12 3l9 5-9 5-9-5zM3 13l9 5 9-5',
  graph:
    'M6 6.500a2.500 2.500 0 100-.01M18 6.500a2.500 2.500 0 100-.01M12 18.500a2.500 2.500 0 100-.01M6 6.500h12M7 8l4 8M17 8l-4 8',
  search: 'M11 4a7 7 0 100 14 7 7 0 000-14zM16 16l5 5',
  scan: 'M4 8V4h4M20 8V4h-4M4 16v4h4M20 16v4h-4M4 12h16',
  mask: 'M3 12s3.500-6 9-6 9 6 9 6-3.500 6-9 6-9-6-9-6zM4 20L20 4',
  feed: 'M5 19h.01M5 12a7 7 0 017 7M5 5a14 14 0 0114 14',
  gear: 'M12 9a3 3 0 100 6 3 3 0 000-6zM12 2v4M12 18v4M2 12h4M18 12h4M5 5l3 3M16 16l3 3M19 5l-3 3M8 16l-3 3',
  sun: 'M12 8a4 4 0 100 8 4 4 0 000-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2',
  moon: 'M20 14A8.500 8.500 0 0110 4a8.500 8.500 0 1010 10z',
  screen: 'M3 4h18v12H3zM9 20h6M12 16v4',
  user: 'M12 4a4 4 0 100 8 4 4 0 000-8zM4 21c0-4 3.500-6 8-6s8 2 8 6',
  close: 'M6 6l12 12M18 6L6 18',
  check: 'M4 12.500l5 5L20 6.500',
  alert: 'M12 3l10 18H2zM12 10v5M12 18h.01',
  stop: 'M8 3h8l5 5v8l-5 5H8l-5-5V8zM12 8v5M12 16h.01',
  info: 'M12 3a9 9 0 100 18 9 9 0 000-18zM12 11v6M12 7.500h.01',
  up: 'M12 20V5M6 11l6-6 6 6',
  down: 'M12 4v15M6 13l6 6 6-6',
  minus: 'M5 12h14',
  question: 'M9 9a3 3 0 116 .5c-.5 2-3 2-3 4.500M12 18h.01',
  right: 'M9 5l7 7-7 7',
  left: 'M15 5l-7 7 7 7',
  globe:
    'M12 3a9 9 0 100 18 9 9 0 000-18zM3 12h18M12 3c3 3 3.500 6 3.500 9s-.5 6-3.500 9c-3-3-3.500-6-3.500-9s.5-6 3.500-9z',
  plug: 'M9 3v5M15 3v5M6 8h12v3a6 6 0 01-12 0zM12 17v4',
  cpu: 'M7 7h10v10H7zM4 10h3M4 14h3M17 10h3M17 14h3M10 4v3M14 4v3M10 17v3M14 17v3',
  fire: 'M12 3c1 4 5 5.500 5 10a5 5 0 01-10 0c0-2 1-3 2-4 .5 1.500 1 2 2 2 .5-3-.5-5 1-8z',
  wrench: 'M20 7a5 5 0 01-6.500 5L7 18.500 5.500 17 12 10.500A5 5 0 0117 4l-2.500 2.500 3 3z',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  download: 'M12 4v11M7 10l5 5 5-5M4 20h16',
  upload: 'M12 15V4M7 9l5-5 5 5M4 20h16',
  refresh: 'M20 6v5h-5M4 18v-5h5M6 9a7 7 0 0112-2l2 4M18 15a7 7 0 01-12 2l-2-4',
  plus: 'M12 5v14M5 12h14',
  menu: 'M4 7h16M4 12h16M4 17h16',
  clock: 'M12 3a9 9 0 100 18 9 9 0 000-18zM12 7v5l3.500 2',
  key: 'M15.500 3.500a5 5 0 100 10 5 5 0 000-10zM12 12l-8 8M6.500 17.500l2.500 2.500M10 14l2 2M16 8h.01',
  rules: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  commit: 'M12 8a4 4 0 100 8 4 4 0 000-8zM2 12h6M16 12h6',
  lock: 'M5 11h14v9H5zM8 11V8a4 4 0 018 0v3',
} as const;
export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.800"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
