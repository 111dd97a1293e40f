// Numbers, times and words as the page shows them. Pure.

export const severities = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'] as const;
export type Severity = (typeof severities)[number];

export function severityOf(word: string | undefined | null): Severity {
  const lower = (word ?? '').toLowerCase();
  return (severities as readonly string[]).includes(lower) ? (lower as Severity) : 'unknown';
}

export function count(value: number | undefined | null): string {
  return value === undefined || value === null ? '–' : value.toLocaleString('en-US');
}

/** 1234567 -> "1.23M": at most three digits, for axes and tiles. */
export function compact(value: number | undefined | null): string {
  if (value === undefined || value === null) return '–';
  if (Math.abs(value) < 10_000) return count(value);
  return new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 }).format(value);
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function bytes(value: number | undefined | null): string {
  if (value === undefined || value === null) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let amount = value;
  let unit = 0;
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000;
    unit++;
  }
  return `${unit === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`;
}

export function duration(seconds: number): string {
  const s = Math.max(0, seconds);
  if (s < 1) return `${Math.round(s * 1000)} ms`;
  if (s < 60) return `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.round((s % 86_400) / 3600)} h`;
}

/** "3 min ago", "in 2 d"; the coarsest unit that is not zero. */
export function relative(time: string | undefined | null, now: number): string {
  if (!time) return 'never';
  const at = Date.parse(time);
  if (Number.isNaN(at)) return time;
  const seconds = Math.round((now - at) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return 'just now';
  const steps: [number, string][] = [
    [31_557_600, 'y'],
    [2_629_800, 'mo'],
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const [unit, name] = steps.find(([unit]) => size >= unit) ?? [1, 's'];
  const text = `${Math.floor(size / unit)} ${name}`;
  return seconds >= 0 ? `${text} ago` : `in ${text}`;
}

/** "2026-11-26 14:03:22", local time. */
export function absolute(time: string | undefined | null): string {
  if (!time) return '';
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return time;
  const two = (value: number) => String(value).padStart(2, '0');
  return (
    `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ` +
    `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
  );
}

export function ageInDays(time: string | undefined | null, now: number): number | null {
  const at = time ? Date.parse(time) : Number.NaN;
  return Number.isNaN(at) ? null : (now - at) / 86_400_000;
}

/** Points of a rank reason: "+12.4", "−3.1" (a true minus). */
export function points(value: number): string {
  const text = Math.abs(value).toFixed(1);
  return value < 0 ? `−${text}` : `+${text}`;
}

export function percent(value: number | undefined | null, digits = 0): string {
  return value === undefined || value === null ? '–' : `${(value * 100).toFixed(digits)} %`;
}

/** RFC 4180; a cell that a spreadsheet would take for a formula starts with an apostrophe. */
export function csv(header: string[], rows: (string | number | boolean | null | undefined)[][]): string {
  const cell = (value: string | number | boolean | null | undefined) => {
    let text = value === null || value === undefined ? '' : String(value);
    if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${[header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

export function splitWords(text: string): string[] {
  return text
    .split(/[\s,]+/)
    .map((word) => word.trim())
    .filter(Boolean);
}
